"""Writes result files in LLMRouterBench's layout, as the collector would."""

import json
from pathlib import Path
from typing import Any


def record(index: int, **changes: Any) -> dict[str, Any]:
    """A sound record; `changes` replaces members, `...` removes one."""
    sound = {
        "index": index,
        "origin_query": f"What follows from {index}?",
        "prompt": f"Question: What follows from {index}?\nAnswer:",
        "prompt_tokens": 12,
        "completion_tokens": 34,
        "cost": 0.25,
        "score": float(index % 2),
        "prediction": str(index),
        "ground_truth": str(index),
        "raw_output": f"I think it is {index}.",
        "extra_fields": {},
    } | changes
    return {name: value for name, value in sound.items() if value is not ...}


def result(
    root: Path,
    dataset: str = "gpqa",
    variant: str = "test",
    model: str = "gpt-5",
    records: list[Any] | int = 3,
    stamp: str = "20251101_000000",
    **header: Any,
) -> Path:
    """Write one result file and return its path; `header` replaces or adds top-level members."""
    if isinstance(records, int):
        records = [record(index) for index in range(1, records + 1)]
    body = {
        "performance": 0.5,
        "counts": len(records),
        "model_name": model,
        "dataset_name": dataset,
        "split": variant,
        "demo": False,
        "extra_metrics": {},
    } | header
    path = root / dataset / variant / model / f"{dataset}-{variant}-{model}-{stamp}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body | {"records": records}, indent=2))
    return path
