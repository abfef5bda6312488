"""An answer whose text comes with one file and whose score with another is one answer."""

import polars as pl

from warehouse.connect import rows
from warehouse.settings import settings

_CELL = ["question_id", "model", "sample_index"]
_PARTS = ["response", "finish_reason", "mean_logprob", "prompt_tokens", "completion_tokens", "cost_usd", "latency_s"]


def unrecorded() -> pl.Expr:
    """Whether a record gives no answer's text, nor why there is none."""
    return pl.col("response").is_null() & pl.col("finish_reason").is_null()


def with_known_parts(answers: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Records without text take over what is known of the same answer, those of files without scores its score.

    Args:
        answers: records with `question_id`, and whether their source has scores (`scored`).

    Returns:
        The records, and how many found the other part: in another record, else in the warehouse.
    """
    lacking = answers.filter(unrecorded() | ~pl.col("scored"))
    if lacking.is_empty():
        return answers, 0
    known = answers.select(*_CELL, *_PARTS, "score")
    if settings().has_warehouse:
        stored = rows("imported_answer", questions=lacking["question_id"].unique().to_list())
        known = pl.concat([stored.cast(known.schema), known])
    others = known.with_columns(silent=~unrecorded()).unique([*_CELL, "silent"], keep="last")
    both = answers.with_columns(silent=unrecorded()).join(
        others.with_columns(found=True),
        on=[*_CELL, "silent"],
        how="left",
        suffix="_known",
        maintain_order="left",
    )
    found = pl.col("found").is_not_null() & (
        pl.col("silent") | (~pl.col("scored") & pl.col("score_known").is_not_null())
    )
    joined = both.with_columns(
        *(pl.when(found).then(pl.coalesce(name, f"{name}_known")).otherwise(name).alias(name) for name in _PARTS),
        score=pl.when(found & ~pl.col("scored")).then(pl.coalesce("score", "score_known")).otherwise("score"),
        scored=pl.col("scored") | (found & pl.col("score_known").is_not_null()),
    )
    return joined.select(answers.columns), int(both.select(found.sum()).item())
