"""The nightly message: at most ten lines, posted as JSON; a chat that is down never stops a run."""

import html
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import stamina

from profiles.readable import interval, percent
from tasks.measure.result import RunResult
from tasks.report.contents import Regression
from tasks.report.tables import headline, one_line, statement
from warehouse.settings import settings

_ATTEMPTS = 3
_TIMEOUT_S = 10.0


def message(result: RunResult, judged: str | None, regression: Regression | None, report: Path) -> str:
    """The verdict in at most ten lines, with &, < and > escaped as chats want it, so that no name calls anybody."""
    mark = "SYNTHETIC (simulated models) · " if result.synthetic else ""
    lines = [f"{mark}Concertino {result.profile}: {headline(regression).upper()}"]
    lines += [one_line(statement(result, judged, regression), 400)]
    if regression is not None:
        lines += [one_line(regression.reason, 300), one_line(f"answers: {regression.answers}", 300)]
    for name in ("best-single", judged):
        line = result.system(name) if name else None
        if line is not None:
            accuracy, ends = percent(line.macro_accuracy), interval(line.ci_low, line.ci_high)
            lines += [one_line(f"{line.system}: {accuracy} % macro accuracy ({ends}), n = {line.n:,}")]
    lines += [f"report: {report}", f"run {result.run_id}, snapshot {result.snapshot_id}"]
    return html.escape("\n".join(lines), quote=False)


def notify(result: RunResult, judged: str | None, regression: Regression | None, report: Path) -> str | None:
    """Post the message to the webhook, if one is set; each attempt has a time limit, passing failures are tried again.

    Returns:
        None when it was delivered or no webhook is set, else one sentence that says what went wrong. The address is
        a secret (it holds a chat's token), so only its host is named.
    """
    url = settings().webhook_url
    if not url:
        return None
    text = message(result, judged, regression, report)
    try:
        for attempt in stamina.retry_context(
            on=lambda error: isinstance(error, _Undelivered) and error.passing,
            attempts=_ATTEMPTS,
            wait_initial=0.2,
            wait_max=5.0,
        ):
            with attempt:
                _post(url, text)
    except _Undelivered as error:
        return f"the webhook at {_host(url)} {error}"
    return None


class _Undelivered(Exception):
    """A failed attempt, told without the address, since whatever retries may log it."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(reason)
        self.passing = passing


def _post(url: str, text: str) -> None:
    try:
        httpx.post(url, json={"text": text}, timeout=_TIMEOUT_S).raise_for_status()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise _Undelivered(f"refused the verdict: HTTP {status}", passing=status == 429 or status >= 500) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        passing = isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)
        raise _Undelivered(f"could not be reached: {type(error).__name__}", passing=passing) from None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "(no host)"
    except ValueError:
        return "(not an address)"
