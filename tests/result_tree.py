"""Writes result files in LLMRouterBench's layout, as the collector would."""

import json
import re
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


def slow_loader(root: Path) -> set[tuple[str, str, str, str, float]]:
    """The reference's loader by its description: newest of each group, demo files left out, records in order."""
    groups: dict[tuple[str, str, str], list[tuple[int, dict[str, Any]]]] = {}
    for path in root.rglob("*.json"):
        try:
            body = json.loads(path.read_text())
        except ValueError:
            continue
        if body["demo"]:
            continue
        stamp = re.search(r"(\d{8})_(\d{6})\.json$", path.name)
        age = int(stamp[1] + stamp[2]) if stamp else int(path.stat().st_mtime)
        groups.setdefault((body["dataset_name"], body["split"], body["model_name"]), []).append((age, body))
    cells = set()
    for key, bodies in groups.items():
        newest = max(bodies, key=lambda pair: pair[0])[1]
        cells |= {(*key, str(one["index"]), one["score"]) for one in newest["records"]}
    return cells
