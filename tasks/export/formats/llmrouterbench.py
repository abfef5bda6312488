"""LLMRouterBench's layout: one JSON file per dataset, split and model (its reference, sections 1.2 to 1.4)."""

from typing import Any

import orjson
import polars as pl

from tasks.export.answers import answers_of, file_names
from tasks.export.contract import Export, formats
from warehouse.connect import rows

_AMOUNTS = {"prompt_tokens": "prompt_tokens", "completion_tokens": "completion_tokens", "cost": "cost_usd"}


@formats.register("llmrouterbench")
def llmrouterbench(wanted: Export) -> dict[str, int]:
    """`DATASET/SPLIT/MODEL/DATASET-SPLIT-MODEL-STAMP.json`; what is not known of an answer is null, or left out.

    An unknown cost or count is left out: the reference's loader takes 0 for it, and cannot add up a null. A question
    has one index in the files of all models: its own where every question of the split is told one, else its place
    among them.
    """
    counts = {"files": 0, "answers": 0}
    models, splits = file_names(wanted.pool.models), _splits(wanted)
    folders, below = file_names(dataset for dataset, _ in splits), file_names(splits.values())
    for model, found in answers_of(wanted):
        for (dataset, variant), own in found.group_by(["dataset", "variant"], maintain_order=True):
            split = splits[dataset, variant]
            names = [folders[str(dataset)], below[split], models[model]]
            stamp = own.select(pl.col("created_at").max().dt.strftime("%Y%m%d_%H%M%S")).item()
            path = wanted.folder.joinpath(*names, f"{'-'.join(names)}-{stamp}.json")
            path.parent.mkdir(parents=True, exist_ok=True)
            header = _header(own, str(dataset), split, model, synthetic=wanted.pool.synthetic)
            records = [_record(row) for row in own.iter_rows(named=True)]
            path.write_bytes(orjson.dumps(header | {"records": records}, option=orjson.OPT_INDENT_2))
            counts["files"] += 1
            counts["answers"] += len(records)
    return counts


def _splits(wanted: Export) -> dict[tuple[str, str], str]:
    """(dataset, variant) → split; the one without a name is called `test`, as most are, unless another is."""
    pairs = list(rows("export_variant", datasets=list(wanted.run.datasets)).iter_rows())
    return {
        (dataset, variant): variant or ("unnamed" if (dataset, "test") in pairs else "test")
        for dataset, variant in pairs
    }


def _header(own: pl.DataFrame, dataset: str, split: str, model: str, *, synthetic: bool) -> dict[str, Any]:
    return {
        "performance": own["score"].mean(),
        "time_taken": None,
        "prompt_tokens": _sum(own["prompt_tokens"]),
        "completion_tokens": _sum(own["completion_tokens"]),
        "cost": _sum(own["cost_usd"]),
        "counts": len(own),
        "model_name": model,
        "dataset_name": dataset,
        "split": split,
        "demo": False,
        "extra_metrics": {"synthetic": True} if synthetic else {},
        "data_fingerprint": None,
    }


def _sum(values: pl.Series) -> float | None:
    """Null where any is: a sum over some of the answers would be taken for all."""
    return None if values.null_count() else float(values.sum())


def _record(row: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: row[ours] for name, ours in _AMOUNTS.items() if row[ours] is not None}
    return amounts | {
        "index": row["question_index"],
        "origin_query": row["question"],
        "prompt": row["prompt"] or row["question"],
        "score": row["score"],
        "prediction": row["extracted"],
        "ground_truth": row["ground_truth"],
        "raw_output": row["response"],
        "extra_fields": {},
    }
