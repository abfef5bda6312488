"""Prefect where its server is, plain functions where none is.

With `PREFECT_API_URL` (a worker, `concertino up`, a server of one's own) runs, tasks and artifacts are recorded there.
Without it nothing is started for them: flows and tasks are the functions they are made of, and artifacts go nowhere.
The warehouse keeps every run and its lineage either way.
"""

import logging
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import prefect
from prefect import artifacts
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.events import emit_event as emit
from prefect.settings import get_current_settings
from prefect.utilities.callables import get_call_parameters

from warehouse.errors import UserError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_AWAY_S = 60.0  # as long as Prefect's client asks a server again that answered it once
_LOOK_S = 1.0


def recorded() -> bool:
    """Whether a Prefect server is there to record what runs."""
    return get_current_settings().api.url is not None


class Flow(prefect.Flow[_P, _R]):
    """A flow that runs without a server, too."""

    def __call__(self, *args: _P.args, **named: _P.kwargs) -> _R:  # type: ignore[override]
        """Run it, recorded where that is possible; arguments are checked and cast alike."""
        if recorded():
            if FlowRunContext.get() is not None:
                _await_server()
            return super().__call__(*args, **named)
        return self.fn(**self.validate_parameters(get_call_parameters(self.fn, args, named)))  # type: ignore[call-arg]


def _await_server() -> None:
    """Give a server that is started again some time: a flow within another begins with a client that asks once."""
    deadline = time.monotonic() + _AWAY_S
    with get_client(sync_client=True) as client:
        while client.api_healthcheck() is not None and time.monotonic() < deadline:
            time.sleep(_LOOK_S)


class Task(prefect.Task[_P, _R]):
    """A task that runs without a server, too."""

    def __call__(self, *args: _P.args, **named: _P.kwargs) -> _R:  # type: ignore[override]
        """Run it, as a task run where that is possible."""
        return super().__call__(*args, **named) if recorded() else self.fn(*args, **named)


def flow(**options: Any) -> Callable[[Callable[_P, _R]], Flow[_P, _R]]:
    """Prefect's decorator; options are those of `prefect.Flow`."""
    return lambda function: Flow(function, **options)


def task(**options: Any) -> Callable[[Callable[_P, _R]], Task[_P, _R]]:
    """Prefect's decorator, without a cache; options are those of `prefect.Task`."""
    return lambda function: Task(function, **{"cache_policy": NO_CACHE, **options})


def get_run_logger() -> logging.Logger | logging.LoggerAdapter[Any]:
    """The run's logger where it is recorded, else that of the terminal."""
    return prefect.get_run_logger() if recorded() else logging.getLogger("concertino")


def secret_blocks(names: Sequence[str]) -> dict[str, str]:
    """Values of Prefect's secret blocks, which only a server keeps; never a task's parameter or result.

    Raises:
        UserError: a block is not there, or no server is; none is started for it, for it would stay.
    """
    found: dict[str, str] = {}
    if names and not recorded():
        raise UserError(
            f"the Prefect secret block '{names[0]}' is kept by a Prefect server, and none runs here; start "
            "`concertino up`, or write the key as `os.environ/NAME` in the pool"
        )
    for name in names:
        from prefect.blocks.system import Secret

        try:
            found[name] = str(Secret.load(name).get())  # type: ignore[union-attr]
        except ValueError as error:
            raise UserError(f"there is no Prefect secret block '{name}'; create it in the UI under Blocks") from error
    return found


def _where_recorded(create: Callable[_P, Any]) -> Callable[_P, Any]:
    @wraps(create)
    def create_or_not(*args: _P.args, **named: _P.kwargs) -> Any:
        return create(*args, **named) if recorded() else None

    return create_or_not


create_link_artifact = _where_recorded(artifacts.create_link_artifact)
create_markdown_artifact = _where_recorded(artifacts.create_markdown_artifact)
create_progress_artifact = _where_recorded(artifacts.create_progress_artifact)
create_table_artifact = _where_recorded(artifacts.create_table_artifact)
update_progress_artifact = _where_recorded(artifacts.update_progress_artifact)
emit_event = _where_recorded(emit)
