"""Ages of answers, and which of several answers counts, on a small warehouse."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from profiles.schema import RunProfile
from tasks.collect.refresh import last_decision, last_night_usd
from tasks.measure.freshness import freshness
from tasks.measure.model_change import CELL
from tests.fill import MOMENT, fill, questions, response, score
from warehouse.connect import rows
from warehouse.writer import now

RUN = RunProfile(name="p", title="t", source="questions", datasets=["d"], pool="p")


def _call(key: str, days: float, model: str = "m1", run: str = "r1", **told: object) -> dict[str, object]:
    return {
        "call_id": f"{key} {days}",
        "request_key": key,
        "run_id": run,
        "question_id": "q1",
        "purpose": "answer",
        "asked_model": model,
        "attempt": 1,
        "started_at": now() - timedelta(days=days),
        **told,
    }


def test_the_newest_answer_counts_by_when_it_was_asked(home: Path) -> None:
    later = {"refresh": 1, "created_at": MOMENT}
    fill(
        question=questions("q1", "q2"),
        response=[
            response("old", "q1", request_key="k1", created_at=now()),  # written again today, asked long ago
            response("new", "q1", request_key="k2", **later),
            response("one", "q2", request_key="k3", sample_index=0),
            response("two", "q2", request_key="k4", sample_index=1),
        ],
        score=[score("old", 1.0), score("new", 0.0), score("one", 1.0), score("two", 0.0)],
        call=[_call("k1", 12.5), _call("k2", 1), _call("k3", 3), _call("k4", 3), _call("k9", 0, "m7")],
    )
    found = rows("answer_verdict", datasets=["d"], models=["m1"], score_mode="fixed")
    assert sorted(found["response_id"]) == ["new", "one", "two"], "samples count together until one is asked anew"

    cells = [
        {"question_id": q, "dataset": "d", "model": "m1", "score": 1.0, "response_id": r}
        for q, r in (("q1", "new"), ("q2", "one"), ("q3", None))
    ]
    fill(decision=[{"run_id": "r0", "profile": "p", "created_at": now() - timedelta(days=2)}])
    fresh = freshness(RUN, "r1", pl.DataFrame(cells, schema=CELL))
    assert str(fresh) == "1 new, 1 reused, oldest 3 days, none from m7 to 1 request"
    assert freshness(RUN, "r1", pl.DataFrame(schema=CELL)).oldest_at is None


def test_a_clock_that_was_ahead_last_night_leaves_ages_and_new_answers_right(home: Path) -> None:
    fill(
        question=questions("q1", "q2"),
        response=[response("a", "q1", request_key="k1"), response("b", "q2", request_key="k2")],
        call=[_call("k1", -30), _call("k2", 1)],
        decision=[
            {"run_id": "r0", "profile": "p", "created_at": now() - timedelta(days=2)},
            {"run_id": "ahead", "profile": "p", "created_at": now() + timedelta(days=30)},
        ],
    )
    cells = [
        {"question_id": q, "dataset": "d", "model": "m1", "score": 1.0, "response_id": r}
        for q, r in (("q1", "a"), ("q2", "b"))
    ]
    assert str(freshness(RUN, "r1", pl.DataFrame(cells, schema=CELL))) == "1 new, 1 reused, oldest 1 day"
    assert last_decision("p", "r1") < now()


def test_a_night_on_a_host_whose_clock_is_a_little_ahead_is_the_last_one_in_all_respects(home: Path) -> None:
    decided = {"r0": timedelta(days=-1), "skewed": timedelta(minutes=30), "ahead": timedelta(days=30)}
    fill(
        call=[
            _call(run, 1, run=run, purpose="judge", cost_usd=usd)
            for run, usd in (("r0", 1.0), ("skewed", 0.25), ("ahead", 4.0))
        ],
        decision=[{"run_id": run, "profile": "p", "created_at": now() + late} for run, late in decided.items()],
    )
    assert last_decision("p", "r1") > now()
    assert last_night_usd("p", "r1") == 0.25
