"""An evaluated run in the warehouse, made by hand: small enough to know every figure of its report."""

from typing import Any

import orjson
import polars as pl

from profiles.outcomes import outcome_cells
from profiles.system import Kind, System, system_rows
from warehouse.identity import content_hash, text_hash
from warehouse.runs import finish_run, start_run
from warehouse.snapshot import take_snapshot
from warehouse.writer import land, load_landing, now

RUN = "20261123T023000-1a2b3c"
PROFILE = "zeroeval"
MODELS = ("m1", "m2", "m3")
DATASETS = ("gsm8k", "math-level5")
_SCORES = {  # per dataset, per model: scores of its questions; None: no verdict
    "gsm8k": {"m1": (1, 1, 0, 1), "m2": (1, 0, 0, 1), "m3": (0, None, None, None)},
    "math-level5": {"m1": (0, 1), "m2": (1, 1), "m3": (0, 0)},
}


def question_id(dataset: str, i: int) -> str:
    return f"{dataset}-{i}"


def land_run(*, status: str = "completed", run_id: str = RUN, score: str = "recorded") -> str:
    """Questions, answers, snapshot, outcomes, metrics and one comparison of a run; its id."""
    start_run(run_id, "run", parameters={}, profile=PROFILE, seeds=[0], synthetic=False)
    asked = [(dataset, i) for dataset in DATASETS for i in range(len(_SCORES[dataset]["m1"]))]
    land(
        "dataset",
        pl.DataFrame(
            [{"dataset": name, "variant": "test", "source": "recorded", "synthetic": False} for name in DATASETS]
        ),
    )
    land(
        "question",
        pl.DataFrame(
            [
                {
                    "question_id": question_id(dataset, i),
                    "dataset": dataset,
                    "variant": "test",
                    "source_key": str(i),
                    "text": f"question {i} of {dataset}",
                    "ground_truth": "7",
                    "content_hash": content_hash(f"{dataset}{i}"),
                }
                for dataset, i in asked
            ]
        ),
    )
    answers = [(dataset, i, model, _SCORES[dataset][model][i]) for dataset, i in asked for model in MODELS]
    land(
        "response",
        pl.DataFrame(
            [
                {
                    "response_id": f"r-{dataset}-{i}-{model}",
                    "question_id": question_id(dataset, i),
                    "model": model,
                    "purpose": "answer",
                    "sample_index": 0,
                    "source": "imported",
                    "text": f"{model} says {value}",
                    "text_hash": text_hash(f"{dataset}{i}{model}"),
                    "cost_usd": 0.002,
                    "created_at": now(),
                }
                for dataset, i, model, value in answers
                if value is not None
            ]
        ),
    )
    land(
        "score",
        pl.DataFrame(
            [
                {
                    "response_id": f"r-{dataset}-{i}-{model}",
                    "scorer": score,
                    "scorer_version": "1",
                    "mode": "recorded",
                    "score": float(value),
                    "verdict": "correct" if value else "wrong",
                    "scored_at": now(),
                }
                for dataset, i, model, value in answers
                if value is not None
            ]
        ),
    )
    load_landing()
    found = outcome_cells(DATASETS, MODELS, "recorded", {})
    snapshot = take_snapshot(*found, MODELS, "recorded", pool="zeroeval-open", run_id=run_id, profile=PROFILE)
    systems = {"best-single": (0.5, 6.0), "oracle": (0.9, 6.0), "smcs-select": (0.75, 12.0), "knn": (0.6, 6.0)}
    _measure(run_id, snapshot.snapshot_id, systems, [question_id(*one) for one in asked if one[1] < 2])
    load_landing()
    if status != "running":
        finish_run(run_id, status)
    return run_id


def _measure(run_id: str, snapshot_id: str, systems: dict[str, tuple[float, float]], tested: list[str]) -> None:
    kinds: dict[str, Kind] = {"smcs-select": "preset", "knn": "router"}
    land("system", system_rows(run_id, [System(kinds.get(name, "baseline"), name) for name in systems]))
    land(
        "outcome",
        pl.DataFrame(
            [
                {
                    "run_id": run_id,
                    "system": system,
                    "question_id": question,
                    "dataset": question.rsplit("-", 1)[0],
                    "score": accuracy,
                    "n_seed": 1,
                }
                for system, (accuracy, _) in systems.items()
                for question in tested
            ]
        ),
    )
    origin = {"run_id": run_id, "snapshot_id": snapshot_id, "created_at": now()}
    made_with = {"pool": "zeroeval-open", "code_version": "0.1.0", "seeds": [0], "synthetic": False, "n": len(tested)}

    def metric(system: str, dataset: str, name: str, value: float, half: float | None = None) -> dict[str, Any]:
        ends = {"ci_low": None, "ci_high": None} if half is None else {"ci_low": value - half, "ci_high": value + half}
        return {**origin, **made_with, **ends, "system": system, "dataset": dataset, "metric": name, "value": value}

    rows = []
    for system, (accuracy, calls) in systems.items():
        rows += [metric(system, dataset, "accuracy", accuracy + i / 10) for i, dataset in enumerate(DATASETS)]
        rows += [metric(system, "*", "accuracy", accuracy + 0.05, 0.02), metric(system, "*", "calls", calls)]
    types = dict.fromkeys(("value", "ci_low", "ci_high"), pl.Float64) | {"seeds": pl.List(pl.Int32)}
    land("metric", pl.DataFrame(rows, schema_overrides=types))
    land(
        "comparison",
        pl.DataFrame(
            [
                {
                    **origin,
                    "system": "smcs-select",
                    "baseline": "best-single",
                    "difference": 0.25,
                    "ci_low": 0.2,
                    "ci_high": 0.3,
                    "p_value": 0.001,
                    "p_holm": 0.002,
                    "n": len(tested),
                }
            ]
        ),
    )


def land_collaboration(run_id: str = RUN, preset: str = "smcs-select") -> None:
    """One collaborative answer to every question of the run: right on gsm8k, wrong on math-level5."""
    neighbours = [
        {"question_id": question_id("gsm8k", 3), "similarity": 0.9},
        {"question_id": "gone", "similarity": 0.8},
    ]
    prior = [
        {"model": model, "score": score, "chosen": model == "m1"}
        for model, score in (("m2", None), ("m3", 0.1), ("m1", 0.8))
    ]
    asked = [(dataset, i) for dataset in DATASETS for i in range(len(_SCORES[dataset]["m1"]))]
    land(
        "collaboration",
        pl.DataFrame(
            [
                {
                    "collaboration_id": f"c-{split}-{dataset}-{i}",
                    "run_id": run_id,
                    "preset": preset,
                    "split_id": split,
                    "question_id": question_id(dataset, i),
                    "response_id": f"r-{dataset}-{i}-m1",
                    "answer": "7",
                    "probability": 0.75,
                    "score": 1.0 if dataset == "gsm8k" else 0.0,
                    "n_call": 3,
                    "n_neighbour": 2,
                    "neighbours": orjson.dumps(neighbours).decode(),
                    "prior": orjson.dumps(prior).decode(),
                    "created_at": now(),
                }
                for dataset, i in asked
                for split in ("s0", "s1")
            ]
        ),
    )
    land(
        "candidate",
        pl.DataFrame(
            [
                {
                    "collaboration_id": f"c-{split}-{dataset}-{i}",
                    "candidate_index": place,
                    "response_id": f"r-{dataset}-{i}-{model}",
                    "model": model,
                    "reference_models": ["m1", "m2"],
                    "extracted": "7",
                    "agreement": 1.0,
                    "posterior": 0.75,
                    "chosen": place == 0,
                }
                for dataset, i in asked
                for split in ("s0", "s1")
                for place, model in enumerate(("m1", "m2"))
            ]
        ),
    )
    load_landing()


def land_verdict(run_id: str = RUN, baseline: str | None = "20261122T023000-9f8e7d", verdict: str = "hold") -> None:
    """The nightly verdict on smcs-select, with one question lost and one gained."""
    land(
        "decision",
        pl.DataFrame(
            [
                {
                    "run_id": run_id,
                    "profile": PROFILE,
                    "baseline_run_id": baseline,
                    "system": "smcs-select",
                    "verdict": verdict,
                    "reason": "not proven",
                    "difference": 0.01,
                    "ci_low": -0.01,
                    "ci_high": 0.03,
                    "p_value": 0.3,
                    "cost_change": 0.1,
                    "n": 4,
                    "n_new": 2,
                    "n_reused": 6,
                    "created_at": now(),
                }
            ],
            schema_overrides={"baseline_run_id": pl.String},
        ),
    )
    flips = [(question_id("gsm8k", 0), 0.0, 1.0), (question_id("math-level5", 1), 1.0, 0.0)]
    if baseline:
        land(
            "flip",
            pl.DataFrame(
                [
                    {
                        "run_id": run_id,
                        "baseline_run_id": baseline,
                        "system": "smcs-select",
                        "question_id": question,
                        "dataset": question.rsplit("-", 1)[0],
                        "before": before,
                        "after": after,
                        "response_before": f"r-{question}-m1",
                        "response_after": f"r-{question}-m2",
                    }
                    for question, before, after in flips
                ]
            ),
        )
    load_landing()
