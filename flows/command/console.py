"""Run a flow from the terminal: quiet Prefect, one line a stage, the result at the end."""

import logging
import os
import shutil
import sys
from importlib import import_module
from typing import Any

import httpx
from pydantic import ValidationError

import flows.params
from flows import environment
from flows.command import checks, show
from flows.command.server import check_server
from warehouse.errors import ConcertinoError, UserError, fault_of, reason_of
from warehouse.runs import refuse_unknown_run
from warehouse.settings import settings

_TOLD_ONCE = (
    "Encountered exception during execution",
    "Task run failed with exception",
    "Finished in state Failed",
    "Finished in state Crashed",
)

_RUNS = ("run_id", "resume", "baseline")  # options that name an earlier run


def run_here(name: str, values: dict[str, Any]) -> Any:
    """Run `flows.<name>` in this process.

    Args:
        name: the flow's and its module's name.
        values: fields of its parameter model; a wrong one is a UserError.
    """
    params = parameters(name, values)
    checks.check(name, params)
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    environment.prepare()
    for run_id in filter(None, (getattr(params, option, None) for option in _RUNS)):
        refuse_unknown_run(run_id)
    from prefect import tags
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from tasks.recorded.task import recorded

    if recorded():
        check_server()
    # A sync flow's heartbeat thread sleeps a second at the end of every flow; a person waits here.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), tags("cli", f"profile:{params.profile}"):
        try:
            return getattr(import_module(f"flows.{name}"), name)(**params.model_dump(exclude_unset=True))
        except httpx.HTTPError as error:
            reason = reason_of(error).partition(" for url ")[0]
            raise ConcertinoError(
                f"the Prefect server cannot be used any more ({reason}); what is paid for is kept, and once it answers "
                "the same command continues"
            ) from error


def dry_run(name: str, values: dict[str, Any]) -> Any:
    """What `ingest` or `collect` would do, found out without Prefect; arguments as of `run_here`."""
    params = parameters(name, values)
    checks.refuse_odd_datasets(name, params)
    return checks.dry_ingest(params) if name == "ingest" else {"estimate": checks.estimate(params)}


def parameters(name: str, values: dict[str, Any]) -> Any:
    """The parameter model of a flow.

    Raises:
        UserError: a value is wrong; the message names its option.
    """
    _show_progress()
    try:
        return getattr(flows.params, f"{name.capitalize()}Params")(**values)
    except ValidationError as error:
        where, wrong = fault_of(error)
        raise UserError(f"--{where.partition('.')[0].replace('_', '-') or name}: {wrong}") from error


def _show_progress() -> None:
    """Stage lines on stderr; a failure is told once, by the command, not with a traceback per task and flow."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(lambda record: not record.getMessage().startswith(_TOLD_ONCE))
    log = logging.getLogger("concertino")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = _Lines()
    handler.setFormatter(_Printable())
    log.handlers = [handler]


class _Lines(logging.Handler):
    """Lines above the live ones, where there are any."""

    def emit(self, record: logging.LogRecord) -> None:
        show.err.print(self.format(record), markup=False, soft_wrap=True)


class _Printable(logging.Formatter):
    """The message alone; it may hold words of a provider or a model."""

    def format(self, record: logging.LogRecord) -> str:
        return show.printable(super().format(record))


def print_result(run_id: str, *, as_json: bool) -> tuple[bool, str | None]:
    """Print a run's leaderboard, the page's path, what to type next and the decision; or the same as one JSON object.

    Returns:
        Whether the run shows all that it was asked for, and the decision's word; None when none was made.
    """
    from tasks.measure.decided import load_decision
    from tasks.measure.result import load_result

    result, decision = load_result(run_id), load_decision(run_id)
    if as_json:
        decided = {} if decision is None else {"decision": decision.to_dict()}
        show.as_json(result.to_dict() | decided | {"report": str(settings().report)})
        return result.complete, None if decision is None else decision.verdict
    show.leaderboard(f"{result.title}{' (synthetic)' if result.synthetic else ''}", result)
    show.out.print(f"\nReport page     {settings().report}", soft_wrap=True)
    show.out.print("\nNext:")
    for arguments in ("queries leaderboard", "queries explain", "up"):
        show.out.print(f"  {command()} {arguments}", soft_wrap=True)
    if decision is not None:
        show.out.print(f"\n{decision}", soft_wrap=True, markup=False)
    return result.complete, None if decision is None else decision.verdict


def command() -> str:
    """How this command is typed here: by name where it is on the path, else as it was called."""
    return "concertino" if shutil.which("concertino") else os.path.relpath(sys.argv[0])
