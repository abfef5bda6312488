"""An evaluated run in the warehouse, made by hand: small enough to know every figure of its report."""

import json
from typing import Any

from profiles.outcomes import outcome_cells
from profiles.system import Kind, System, system_rows
from tests.fill import fill, questions, response
from tests.fill import score as score_row
from warehouse.runs import finish_run, start_run
from warehouse.snapshot import take_snapshot
from warehouse.writer import land, now

RUN = "20261123T023000-1a2b3c"
PROFILE = "zeroeval"
MODELS = ("m1", "m2", "m3")
DATASETS = ("gsm8k", "math-level5")
_SCORES = {  # per dataset, per model: scores of its questions; None: no verdict
    "gsm8k": {"m1": (1, 1, 0, 1), "m2": (1, 0, 0, 1), "m3": (0, None, None, None)},
    "math-level5": {"m1": (0, 1), "m2": (1, 1), "m3": (0, 0)},
}
_QUESTIONS = {f"{dataset}-{i}": dataset for dataset in DATASETS for i in range(len(_SCORES[dataset]["m1"]))}


def land_run(*, status: str = "completed", run_id: str = RUN, score: str = "recorded") -> str:
    """Questions, answers, snapshot, outcomes, metrics and one comparison of a run; its id."""
    start_run(run_id, "run", parameters={}, profile=PROFILE, seeds=[0], synthetic=False)
    answers = {
        f"r-{dataset}-{i}-{model}": (f"{dataset}-{i}", model, value)
        for dataset, models in _SCORES.items()
        for model, values in models.items()
        for i, value in enumerate(values)
        if value is not None
    }
    asked = [questions(key, dataset=name, text=f"question {key}", ground_truth="7") for key, name in _QUESTIONS.items()]
    fill(
        dataset=[{"dataset": name, "variant": "test", "source": "recorded"} for name in DATASETS],
        question=[row for rows in asked for row in rows],
        response=[
            response(key, question, model, source="imported", text=f"{model} says {value}", cost_usd=0.002)
            for key, (question, model, value) in answers.items()
        ],
        score=[score_row(key, float(value), "recorded", scorer=score) for key, (_, _, value) in answers.items()],
    )
    found = outcome_cells(DATASETS, MODELS, "recorded", {})
    snapshot = take_snapshot(*found, MODELS, "recorded", pool="zeroeval-open", run_id=run_id, profile=PROFILE)
    systems = {"best-single": (0.5, 6.0), "oracle": (0.9, 6.0), "smcs-select": (0.75, 12.0), "knn": (0.6, 6.0)}
    _measure(run_id, snapshot.snapshot_id, systems, [key for key in _QUESTIONS if key[-1] in "01"])
    if status != "running":
        finish_run(run_id, status)
    return run_id


def _measure(run_id: str, snapshot_id: str, systems: dict[str, tuple[float, float]], tested: list[str]) -> None:
    kinds: dict[str, Kind] = {"smcs-select": "preset", "knn": "router"}
    land("system", system_rows(run_id, [System(kinds.get(name, "baseline"), name) for name in systems]))
    origin = {"run_id": run_id, "snapshot_id": snapshot_id, "created_at": now()}
    made_with = {"pool": "zeroeval-open", "code_version": "0.1.0", "seeds": [0], "n": len(tested)}

    def metric(system: str, dataset: str, name: str, value: float, half: float | None = None) -> dict[str, Any]:
        ends = {"ci_low": None, "ci_high": None} if half is None else {"ci_low": value - half, "ci_high": value + half}
        return {**origin, **made_with, **ends, "system": system, "dataset": dataset, "metric": name, "value": value}

    rows = []
    for system, (accuracy, calls) in systems.items():
        rows += [metric(system, dataset, "accuracy", accuracy + i / 10) for i, dataset in enumerate(DATASETS)]
        rows += [metric(system, "*", "accuracy", accuracy + 0.05, 0.02), metric(system, "*", "calls", calls)]
    compared = {"system": "smcs-select", "baseline": "best-single", "difference": 0.25, "ci_low": 0.2, "ci_high": 0.3}
    fill(
        outcome=[
            {"run_id": run_id, "system": system, "question_id": key, "score": accuracy, "n_seed": 1}
            | {"dataset": _QUESTIONS[key]}
            for system, (accuracy, _) in systems.items()
            for key in tested
        ],
        metric=rows,
        comparison=[origin | compared | {"p_value": 0.001, "p_holm": 0.002, "n": len(tested)}],
    )


def land_collaboration(run_id: str = RUN, preset: str = "smcs-select") -> None:
    """One collaborative answer to every question of the run: right on gsm8k, wrong on math-level5."""
    neighbours = [{"question_id": "gsm8k-3", "similarity": 0.9}, {"question_id": "gone", "similarity": 0.8}]
    prior = [
        {"model": model, "score": score, "chosen": model == "m1"}
        for model, score in (("m2", None), ("m3", 0.1), ("m1", 0.8))
    ]
    shown = {"n_neighbour": 2, "neighbours": json.dumps(neighbours), "prior": json.dumps(prior), "created_at": now()}
    made = {f"c-{split}-{key}": (split, key) for key in _QUESTIONS for split in ("s0", "s1")}
    fill(
        collaboration=[
            {"collaboration_id": own, "run_id": run_id, "preset": preset, "split_id": split, "question_id": key}
            | {"response_id": f"r-{key}-m1", "answer": "7", "probability": 0.75, "n_call": 3, **shown}
            | {"score": 1.0 if _QUESTIONS[key] == "gsm8k" else 0.0}
            for own, (split, key) in made.items()
        ],
        candidate=[
            {"collaboration_id": own, "candidate_index": place, "response_id": f"r-{key}-{model}", "model": model}
            | {"reference_models": ["m1", "m2"], "extracted": "7", "agreement": 1.0, "posterior": 0.75}
            | {"chosen": place == 0}
            for own, (_, key) in made.items()
            for place, model in enumerate(("m1", "m2"))
        ],
    )


def land_verdict(run_id: str = RUN, baseline: str | None = "20261122T023000-9f8e7d", verdict: str = "hold") -> None:
    """The nightly verdict on smcs-select, with one question lost and one gained."""
    own = {"run_id": run_id, "baseline_run_id": baseline, "system": "smcs-select"}
    seen = {"difference": 0.01, "ci_low": -0.01, "ci_high": 0.03, "p_value": 0.3, "cost_change": 0.1, "n": 4}
    fill(
        decision=[
            own
            | seen
            | {"profile": PROFILE, "verdict": verdict, "reason": "not proven", "n_new": 2, "n_reused": 6}
            | {"created_at": now()}
        ]
    )
    if baseline:
        flips = {"gsm8k-0": (0.0, 1.0), "math-level5-1": (1.0, 0.0)}
        fill(
            flip=[
                own
                | {"question_id": key, "dataset": _QUESTIONS[key], "before": before, "after": after}
                | {"response_before": f"r-{key}-m1", "response_after": f"r-{key}-m2"}
                for key, (before, after) in flips.items()
            ]
        )
