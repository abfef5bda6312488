"""The message reaches a real HTTP server, tries again where that can help, and never raises."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tasks.report.contents import Page
from tasks.report.notify import message, notify
from tests.sample_page import sample_page

REPORT = Path("/somewhere/report/index.html")
SECRET = "T0KEN-of-the-chat"


@dataclass
class Chat:
    """A webhook on this machine: answers with the given statuses, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    here = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            here.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(here.statuses.pop(0) if here.statuses else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}/services/{SECRET}"
    monkeypatch.setenv("CONCERTINO_WEBHOOK_URL", here.url)
    yield here
    server.shutdown()
    thread.join()
    server.server_close()


def send(page: Page) -> str | None:
    return notify(page.result, page.judged, page.regression, REPORT)


def test_message_is_posted_once_as_text(chat: Chat) -> None:
    assert send(sample_page()) is None
    [body] = chat.received
    assert set(body) == {"text"}
    lines = body["text"].splitlines()
    assert len(lines) <= 10
    assert lines[0] == "Concertino mmlu-pro-open: PROMOTE"
    for part in ("+2.1", "+1.2 to +3.0", "−3 %", "best-single: 54.4 %", str(REPORT), "20261123T023000-1a2b3c"):
        assert part in body["text"]


def test_passing_failures_are_tried_three_times(chat: Chat) -> None:
    chat.statuses = [503, 429]
    assert send(sample_page()) is None
    assert len(chat.received) == 3


def test_a_lasting_failure_is_told_without_the_secret(chat: Chat) -> None:
    chat.statuses = [500] * 5
    problem = send(sample_page())
    assert problem == "the webhook at 127.0.0.1 refused the verdict: HTTP 500"
    assert len(chat.received) == 3


def test_a_refused_request_is_not_repeated(chat: Chat) -> None:
    chat.statuses = [404]
    problem = send(sample_page())
    assert problem is not None
    assert "404" in problem
    assert SECRET not in problem
    assert len(chat.received) == 1


def test_an_unreachable_address_is_told_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_WEBHOOK_URL", f"http://127.0.0.1:9/{SECRET}")
    problem = send(sample_page())
    assert problem is not None
    assert "could not be reached" in problem
    assert SECRET not in problem


def test_without_a_webhook_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONCERTINO_WEBHOOK_URL", raising=False)
    assert send(sample_page()) is None


def test_message_says_synthetic_and_that_there_is_no_baseline() -> None:
    page = sample_page(synthetic=True, baseline=False)
    first = message(page.result, page.judged, None, REPORT).splitlines()[0]
    assert first.startswith("SYNTHETIC")
    assert first.endswith("NO BASELINE YET")


def test_names_cannot_add_lines_or_call_people() -> None:
    page = sample_page()
    assert page.regression is not None
    regression = replace(page.regression, system="a\n\n\n<!channel>", reason="because\n" * 40)
    result = replace(page.result, systems=(replace(page.result.systems[0], system="best-single"),))
    text = message(result, "best-single", regression, REPORT)
    assert len(text.splitlines()) <= 10
    assert "<" not in text
