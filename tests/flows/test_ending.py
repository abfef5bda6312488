"""How a night ends in Prefect: by the decision's word, with the decision and what failed in its message."""

import time
from typing import Any

import polars as pl
import pytest
from prefect.exceptions import TerminationSignal

from flows.ending import decided, sentence_for, word_for
from tasks.measure.decision import Decision, Judgement
from tasks.measure.freshness import Freshness
from tasks.recorded.task import flow
from tasks.stopping import asked, listening
from tests.fill import MOMENT

TROUBLE = "35 of 540 requests got no whole answer (m1: 35 quota)"


@pytest.mark.parametrize(
    ("verdict", "trouble", "name", "kind"),
    [
        ("hold", None, "Completed", "COMPLETED"),
        ("hold", TROUBLE, "CompletedWithFailures", "COMPLETED"),
        ("regress", TROUBLE, "Regress", "COMPLETED"),
        ("refused", TROUBLE, "Refused", "FAILED"),
    ],
)
def test_a_nights_state_says_the_decision_and_what_failed(
    verdict: Any, trouble: str | None, name: str, kind: str, prefect_server: None
) -> None:
    judgement = Judgement(verdict, "why", None, None, pl.DataFrame())
    fresh = Freshness(5, 7, None, {}, MOMENT)
    decision = Decision("r", "nightly", None, "smcs", judgement, fresh, ())

    @flow(name="night")
    def night() -> Any:
        return decided(decision, trouble)

    state = night(return_state=True)
    assert (state.name, state.type.value) == (name, kind)
    told = f"{verdict}: smcs: why · answers: 5 new, 7 reused"
    assert state.message == (told if trouble is None else f"{told} · {trouble}")


def test_what_a_signal_made_fail_is_interrupted() -> None:
    error = RuntimeError("Query interrupted")  # what DuckDB makes of Ctrl-C
    with listening(lambda: True, 0.001):
        deadline = time.monotonic() + 30
        while not asked() and time.monotonic() < deadline:
            time.sleep(0.001)
        assert word_for(error) == "interrupted"
    assert word_for(error) == "failed"


@pytest.mark.parametrize(
    ("cancelled", "word", "sentence"),
    [(True, "cancelled", "cancelled in Prefect"), (False, "interrupted", "stopped; the same command continues")],
)
def test_a_flow_that_prefect_ends_says_why(
    cancelled: bool, word: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.ending._cancelled", lambda flow_run_id: cancelled)
    error = TerminationSignal(signal=15)
    assert (word_for(error), sentence_for(error)) == (word, sentence)
