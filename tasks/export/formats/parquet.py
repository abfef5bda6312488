"""Our own: one Parquet file per model with the columns that the source `recorded` reads."""

import polars as pl

from tasks.export.answers import answers_of, file_names
from tasks.export.contract import Export, formats

_COLUMNS = {
    "dataset": "dataset",
    "variant": "split",
    "source_key": "question_id",
    "question": "question",
    "prompt": "prompt",
    "ground_truth": "ground_truth",
    "metadata": "metadata",
    "model": "model",
    "response": "response",
    "finish_reason": "finish_reason",
    "score": "score",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "cost_usd": "cost_usd",
    "latency_s": "latency_s",
    "mean_logprob": "mean_logprob",
    "synthetic": "synthetic",
}


@formats.register("parquet")
def parquet(wanted: Export) -> dict[str, int]:
    """`MODEL.parquet`, one row a question; `concertino ingest recorded FOLDER` reads it back."""
    named = file_names(wanted.pool.models)
    counts = {"files": 0, "answers": 0}
    for model, found in answers_of(wanted):
        table = found.with_columns(model=pl.lit(model), synthetic=pl.lit(wanted.pool.synthetic))
        table.select(pl.col(ours).alias(name) for ours, name in _COLUMNS.items()).write_parquet(
            wanted.folder / f"{named[model]}.parquet"
        )
        counts["files"] += 1
        counts["answers"] += len(table)
    return counts
