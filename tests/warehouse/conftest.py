"""A small warehouse by hand, of which every row of every mart is known."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fill import MOMENT, fill, questions, response, score
from tests.local_servers import postgres

_LATER = MOMENT + timedelta(days=1)


def _metric(run: str, system: str, metric: str, value: float | None, **columns: Any) -> dict[str, Any]:
    return {"run_id": run, "system": system, "dataset": "*", "metric": metric, "value": value, "n": 4, **columns}


def _call(key: str, question: str, model: str, request: str, **columns: Any) -> dict[str, Any]:
    return {
        "call_id": key,
        "request_key": request,
        "run_id": "r1",
        "question_id": question,
        "purpose": "answer",
        "asked_model": model,
        "attempt": 1,
        "started_at": MOMENT,
        **columns,
    }


@pytest.fixture(scope="module")
def filled(module_home: Path) -> None:
    fill(
        question=questions("q1", "q2", ground_truth="A") + questions("q3", dataset="e"),
        model=[{"model": "m1", "provider": "openai"}],
        run=[
            {"run_id": "r1", "flow": "run", "profile": "p", "status": "completed", "started_at": MOMENT},
            {"run_id": "r2", "flow": "run", "profile": "p", "status": "failed", "started_at": _LATER},
        ],
        lineage=[{"run_id": "r1", "stage": "score", "seconds": 2.0, "n_row": '{"score": 3}'}],
        response=[
            response("a1", "q1", cost_usd=0.02, request_key="k1", latency_s=1.0),
            response("a2", "q2", cost_usd=0.04, request_key="k2", latency_s=3.0),
            response("a3", "q1", "m2", source="imported"),
            response("a4", "q1", "m1", purpose="aggregate", cost_usd=0.5, request_key="k9"),
        ],
        score=[
            score("a1", 1.0),
            score("a1", 0.0, "recorded"),
            score("a2", 0.0, verdict="no_answer", scored_at=_LATER),
            score("a2", 1.0, scorer_version="0"),
            score("a3", 1.0, "recorded"),
        ],
        call=[
            _call("c1", "q1", "m1", "k1", cost_usd=0.01, error_kind="timeout", error_message="slow", latency_s=9.0),
            _call(
                "c2",
                "q1",
                "m1",
                "k1",
                cost_usd=0.02,
                attempt=2,
                latency_s=1.0,
                cost_source="priced",
                prompt_tokens=10,
                completion_tokens=20,
                started_at=_LATER,
                cache_read_tokens=700,
                reasoning_tokens=30,
            ),
            _call("c3", "q2", "m1", "k2", cost_usd=0.04, latency_s=3.0, cost_source="estimated"),
            _call("c4", "q3", "m3", "k3", error_kind="auth", error_message="no key"),
            _call("c5", "q1", "m1", "k9", cost_usd=None, purpose="aggregate"),
        ],
        metric=[
            _metric("r1", "knn", "accuracy", 0.6, created_at=MOMENT, ci_low=0.5, ci_high=0.7, spread=0.01),
            _metric("r1", "knn", "calls", 4.0, created_at=MOMENT),
            _metric("r1", "knn", "cost_usd", None, created_at=MOMENT),
            _metric("r1", "gone", "accuracy", 0.1, created_at=MOMENT - timedelta(hours=1)),
            _metric("r2", "knn", "accuracy", 0.9, created_at=_LATER),
            _metric("r2", "knn", "accuracy", 0.8, created_at=_LATER, dataset="d"),
        ],
        evaluation=[{"run_id": "r2", "missing": "common", "n_question": 4, "n_expected": 9, "created_at": _LATER}],
        gap=[
            {"run_id": "r2", "kind": "model", "name": name, "n": 0, "n_expected": 9}
            | {"reason": "no answer", "created_at": at}
            for name, at in (("m9", _LATER), ("before", _LATER - timedelta(hours=1)))
        ],
        collaboration=[
            {
                "collaboration_id": "c",
                "run_id": "r2",
                "preset": "smcs",
                "question_id": "q1",
                "response_id": "a4",
                "answer": "A",
                "score": 1.0,
                "n_call": 3,
                "cost_usd": 0.6,
                "stopped_early": True,
                "n_neighbour": 8,
                "prior": json.dumps(
                    [{"model": "m1", "score": 0.75, "chosen": True}, {"model": "m2", "score": None, "chosen": False}]
                ),
            },
            {
                "collaboration_id": "f",
                "run_id": "r2",
                "preset": "smcs",
                "question_id": "q2",
                "score": 0.0,
                "n_call": 5,
                "cost_usd": 0.2,
                "stopped_early": False,
                "n_neighbour": 4,
                "prior": "[]",
            },
            {  # the first question by another seed
                "collaboration_id": "g",
                "run_id": "r2",
                "preset": "smcs",
                "question_id": "q1",
                "split_id": "s2",
                "score": 0.0,
                "n_call": 4,
                "cost_usd": 0.4,
                "stopped_early": False,
                "n_neighbour": 4,
                "prior": "[]",
            },
        ],
        candidate=[
            {
                "collaboration_id": "c",
                "candidate_index": 0,
                "response_id": "a4",
                "model": "m1",
                "chosen": True,
                "extracted": "A",
                "posterior": 0.9,
                "reference_models": ["m1", "m2"],
            },
            {
                "collaboration_id": "c",
                "candidate_index": 1,
                "response_id": "a3",
                "model": "m2",
                "chosen": False,
                "extracted": "B",
                "posterior": 0.1,
            },
        ],
        system=[{"run_id": run, "system": "knn", "kind": "router", "name": "knn"} for run in ("r1", "r2")],
        comparison=[
            {"run_id": "r1", "system": "knn", "baseline": "best-single", "difference": 0.02, "ci_low": 0.01}
            | {"ci_high": 0.03, "p_holm": 0.004, "n": 4, "won": 3, "lost": 1, "created_at": MOMENT}
        ],
        policy=[
            {
                "policy_id": "abc123",
                "router": "knn",
                "seed": 0,
                "fit_s": 0.5,
                "options": "{}",
                "embedder": "e",
                "snapshot_id": "s",
                "split_id": "s",
                "parameters": "{}",
                "created_at": _LATER,
            }
        ],
        run_policy=[
            {
                "run_id": "r2",
                "policy_id": "abc123",
                "system": "knn",
                "point": "",
                "cost_weight": 0.0,
                "position": 0,
                "created_at": _LATER,
            }
        ],
        route=[
            {"policy_id": "abc123", "question_id": one, "model": "m1", "score": score}  # not our verdicts: the run's
            for one, score in (("q1", 1.0), ("q2", 0.5))
        ],
        dq_result=[
            {
                "run_id": "r1",
                "gate": "score",
                "table_name": "score",
                "expectation": "e",
                "success": True,
                "n_checked": 10,
                "n_unexpected": 0,
                "checked_at": MOMENT,
            },
            {
                "run_id": "r2",
                "gate": "score",
                "table_name": "score",
                "expectation": "e",
                "success": False,
                "n_checked": 10,
                "n_unexpected": 5,
                "checked_at": _LATER,
            },
        ],
        flip=[
            {
                "run_id": "r2",
                "baseline_run_id": "r1",
                "system": "smcs",
                "question_id": "q1",
                "dataset": "d",
                "before": 1.0,
                "after": 0.0,
                "response_before": "a1",
                "response_after": "a3",
            },
            {"run_id": "r2", "baseline_run_id": "r1", "system": "smcs", "question_id": "q2", "dataset": "d"}
            | {"before": 0.0, "after": 1.0},
        ],
        ablation=[
            {
                "run_id": "r2",
                "profile": "demo",
                "part": "validation",
                "study": "k",
                "setting": "k = 100",
                "dataset": "*",
                "base": True,
                "accuracy": 0.6,
                "created_at": _LATER,
            }
        ],
        decision=[
            {
                "run_id": "r2",
                "profile": "p",
                "system": "smcs",
                "baseline_run_id": "r1",
                "verdict": "regress",
                "difference": -0.25,
                "ci_low": -0.4,
                "ci_high": -0.1,
                "p_value": 0.01,
                "n": 40,
                "n_new": 9,
                "n_reused": 31,
                "created_at": _LATER,
            },
            {
                "run_id": "r1",
                "profile": "q",
                "system": "smcs",
                "verdict": "hold",
                "n_new": 3,
                "created_at": _LATER + timedelta(hours=1),
            },
        ],
        model_change=[
            {"run_id": "r2", "baseline_run_id": "r1", "model": "m1", "difference": -0.5, "p_holm": 0.01},
            {"run_id": "r2", "baseline_run_id": "r1", "model": "m2", "difference": -0.1, "p_holm": 0.7},
        ],
        quarantine=[{"quarantine_id": "x", "table_name": "response", "reason": "null_score"}],
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A PostgreSQL that is a lake's, and its password in the environment."""
    password = "it's \\ secret"
    with postgres(password) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", password)
        port = url.rpartition(":")[2].partition("/")[0]
        yield f"ducklake:postgres:host=127.0.0.1 port={port} user=prefect dbname=postgres"


@pytest.fixture(scope="module")
def module_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("it's a lake")


@pytest.fixture
def lake(address: str, module_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the module's one lake, which is set."""
    monkeypatch.setenv("CONCERTINO_HOME", str(module_lake))
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", address)
    return module_lake
