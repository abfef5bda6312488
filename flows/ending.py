"""How runs end: in one of six words, the same in the warehouse, in Prefect and on the page."""

from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterParentFlowRunId
from prefect.exceptions import ObjectNotFound, TerminationSignal
from prefect.runtime import flow_run
from prefect.states import Completed, Crashed, Failed

from tasks.measure.decision import Decision
from tasks.recorded.task import recorded
from tasks.stopping import KEPT, asked
from warehouse.errors import BudgetExceeded, Refused
from warehouse.runs import close_dead_runs, finish_run

_CANCELLED = "cancelled in Prefect"


def word_for(error: BaseException) -> str:
    """What a run is called that ended by an error."""
    if isinstance(error, BudgetExceeded):
        return "stopped by budget"
    if isinstance(error, TerminationSignal) and _cancelled(flow_run.id):
        return "cancelled"
    return "failed" if isinstance(error, Exception) and not asked() else "interrupted"


def sentence_for(error: BaseException) -> str:
    """The sentence of a run that ended by an error; errors that have none are told by their name."""
    if isinstance(error, TerminationSignal):
        return _CANCELLED if word_for(error) == "cancelled" else KEPT
    return str(error)[:500] or type(error).__name__


def failed(error: Exception) -> Any:
    """Prefect's state of a flow that ended by an error of ours: its sentence, and the budget's stop by name.

    Without Prefect the error is raised.
    """
    if flow_run.id is None:
        raise error
    name = "StoppedByBudget" if isinstance(error, BudgetExceeded) else "Failed"
    return Failed(name=name, message=str(error), data=error)


def completed(value: Any, message: str | None) -> Any:
    """Prefect's state of a flow that has its value although something failed; without Prefect or message the value."""
    if message is None or flow_run.id is None:
        return value
    return Completed(name="CompletedWithFailures", message=message, data=value)


def decided(decision: Decision, message: str | None) -> Any:
    """Prefect's state of a night: its message is the decision, and a regress or a refusal is told by name.

    A regress is a finding, not a failure: it completes. A refused night is failed, for there is something to do.
    """
    told = " · ".join(filter(None, (str(decision), message)))
    if decision.verdict == "refused":
        refused = Refused(decision.run_id, told)
        if flow_run.id is None:
            raise refused
        return Failed(name="Refused", message=told, data=refused)
    name = "Regress" if decision.verdict == "regress" else "CompletedWithFailures" if message else "Completed"
    return decision.run_id if flow_run.id is None else Completed(name=name, message=told, data=decision.run_id)


def close_dead() -> None:
    """Close the runs that were killed, here and in Prefect."""
    for run_id, flow_run_id in close_dead_runs().select("run_id", "flow_run_id").drop_nulls().iter_rows():
        if _cancelled(flow_run_id):
            finish_run(run_id, "cancelled", _CANCELLED)
        elif recorded():
            _crash(flow_run_id)


def _cancelled(flow_run_id: str | None) -> bool:
    """Whether somebody cancelled a flow run in Prefect."""
    if flow_run_id is None or not recorded():
        return False
    with get_client(sync_client=True) as client:
        try:
            state = client.read_flow_run(UUID(flow_run_id)).state
        except ObjectNotFound:  # of another server
            return False
    return state is not None and (state.is_cancelling() or state.is_cancelled())


def _crash(flow_run_id: str) -> None:
    """End a dead flow run and its stages in Prefect, where they would run for ever."""
    with get_client(sync_client=True) as client:
        parent = FlowRunFilterParentFlowRunId(any_=[UUID(flow_run_id)])
        stages = client.read_flow_runs(flow_run_filter=FlowRunFilter(parent_flow_run_id=parent))
        itself = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run_id)])))
        for one in (*stages, *itself):
            if one.state is not None and not one.state.is_final():
                client.set_flow_run_state(one.id, Crashed(message="Its process ended without a word."), force=True)
