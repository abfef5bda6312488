"""From warehouse rows to items, and from verdicts to `score` rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from tasks.score.judge import PENDING, mode_of, needs_sandbox, options_of, scorer_version, version_of
from tasks.score.judges.contract import judges
from tasks.score.registry import Mode, scorers
from tasks.score.sandbox.run import sandbox_available
from tasks.score.verdict import Item, Verdict
from warehouse.connect import rows
from warehouse.writer import now


def waiting_responses(datasets: Sequence[str], *, rescore: bool, mode: Mode | None = None) -> pl.DataFrame:
    """Of the responses to judge `response_id`, `dataset`, `scorer`, `created_at` and `basis` (a hash of what the
    verdict will rest on), a dataset's in the order in which they came.

    Args:
        datasets: globs over dataset names; datasets without a scorer are left alone.
        rescore: also what has a verdict of the scorer's current version.
        mode: only for scorers and judges of this score mode; None: of any.

    Raises:
        UserError: a dataset names a scorer that does not exist.
    """
    known = [*scorers.names(), *judges.names()]
    named = rows("scorer_named", datasets=list(datasets))["scorer"]
    names = [name for name in named if name not in known or mode in (None, mode_of(name))]
    waiting = rows(
        "score_waiting",
        datasets=list(datasets),
        scorers=names,
        versions=[scorer_version(name) if name in known else "" for name in names],
        judges=judges.names(),
        rescore=rescore,
    )
    for name in waiting["scorer"].unique():
        scorer_version(name)
    return waiting


def by_model(waiting: pl.DataFrame) -> pl.Series:
    """Which of the waiting responses a judge, and no scorer, is to judge."""
    return waiting["scorer"].is_in(judges.names())


def questions_of(waiting: pl.DataFrame) -> list[tuple[str, str]]:
    """Question identifier and text per row of `waiting_responses`, in the given order."""
    found = _read(waiting).select("response_id", "question_id", "question")
    known = {response: (question, text) for response, question, text in found.iter_rows()}
    return [known[response] for response in waiting["response_id"]]


def without_sandboxed(waiting: pl.DataFrame) -> tuple[pl.DataFrame, Counter[str], str | None]:
    """What can be judged here; how many responses per scorer cannot, and why, where the sandbox does not work."""
    apart = [name for name in waiting["scorer"].unique() if needs_sandbox(name)]
    reason = sandbox_available() if apart else None
    if reason is None:
        return waiting, Counter(), None
    left_out = waiting.filter(pl.col("scorer").is_in(apart))
    return waiting.filter(~pl.col("scorer").is_in(apart)), Counter(left_out["scorer"].to_list()), reason


def items_of(waiting: pl.DataFrame) -> list[tuple[str, Item]]:
    """Response identifier and item per row of `waiting_responses`, in the given order."""
    found = {row["response_id"]: row for row in _read(waiting).iter_rows(named=True)}
    parsed: dict[str | None, dict[str, Any]] = {None: {}}
    options: dict[tuple[str | None, ...], Mapping[str, Any]] = {}
    items = []
    for response, scorer, basis in waiting.select("response_id", "scorer", "basis").iter_rows():
        row = found[response]
        for text in (row["metadata"], row["scorer_options"]):
            if text not in parsed:
                parsed[text] = orjson.loads(text) or {}
        key = row["scorer"], scorer, row["scorer_options"]
        if key not in options:  # one mapping for all items of a scorer
            options[key] = options_of(row, scorer, parsed[row["scorer_options"]])
        metadata = parsed[row["metadata"]]
        item = Item(scorer, row["text"], row["ground_truth"], options[key], metadata, basis)
        items.append((response, item))
    return items


def _read(waiting: pl.DataFrame) -> pl.DataFrame:
    responses, datasets, came = waiting["response_id"], waiting["dataset"], waiting["created_at"]
    asked = {"responses": responses.to_list(), "datasets": datasets.unique().to_list()}
    return rows("score_item", **asked, first=came.min(), last=came.max())


def score_rows(run_id: str, items: Sequence[tuple[str, Item]], verdicts: Sequence[Verdict]) -> pl.DataFrame:
    """Rows of table `score`; what a model has yet to judge has none."""
    scored = [
        {
            "response_id": response,
            "scorer": item.scorer,
            "scorer_version": version_of(item),
            "mode": mode_of(item.scorer),
            "score": verdict.score,
            "verdict": verdict.verdict,
            "extracted": verdict.extracted,
            "detail": verdict.detail,
            "run_id": run_id,
            "scored_at": now(),
            "basis": item.basis,
        }
        for (response, item), verdict in zip(items, verdicts, strict=True)
        if verdict != PENDING
    ]
    types: dict[str, Any] = {"score": pl.Float64, "extracted": pl.String, "detail": pl.String, "basis": pl.String}
    return pl.DataFrame(scored, schema_overrides=types, infer_schema_length=None)
