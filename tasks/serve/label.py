"""Labels that people give to live answers: the next `concertino bank` takes them in."""

from collections import defaultdict
from typing import Literal

import polars as pl

from profiles.bank import LIVE
from tasks.collect.ledger import recover
from tasks.score.judge import judge
from tasks.score.verdict import Item
from tasks.serve.conversation import SCORER
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.writer import load_landing, now, write

PROVENANCE = "user"
Said = Literal["right", "wrong"]


def waiting_answers() -> pl.DataFrame:
    """Live answers that nobody has labelled, the newest first."""
    _load()
    return rows("label_waiting", dataset=LIVE, provenance=PROVENANCE)


def label_answer(
    key: str, said: Said | None = None, truth: str | None = None, note: str | None = None
) -> dict[str, float]:
    """Label every model whose answer can be told right or wrong.

    With a truth every stated answer is compared to it. Without, the models that gave the collaboration's answer are
    what was said of it; the others are wrong when it is right, and nothing is known of them when it is wrong.

    Args:
        key: identifier of a collaboration, or of a question (then its newest answer counts).
        said: of the collaboration's answer.
        truth: the right answer.
        note: kept with the labels; else what was said, or the truth.

    Returns:
        Model → label, mean over samples.

    Raises:
        UserError: there is no such live answer, or nothing can be told from what was given.
    """
    _load()
    found = rows("label_answer", key=key, dataset=LIVE)
    if found.is_empty():
        raise UserError(f"there is no live answer {key}; `concertino label --list` shows those that wait for a label")
    right = _by_truth(found, truth) if truth is not None else _by_word(found, said == "right")
    labels = {model: sum(values) / len(values) for model, values in right.items()}
    if not labels:
        raise UserError("no model's answer can be compared; give the right answer with --truth, in a few words")
    row = {
        "question_id": found["question_id"][0],
        "provenance": PROVENANCE,
        "note": note or truth or said,
        "created_at": now(),
    }
    told = {model: labels.get(model) for model in found["model"].unique()}  # what was said before is taken back
    table = [{**row, "model": model, "label": label} for model, label in told.items()]
    write("label", pl.DataFrame(table, schema_overrides={"label": pl.Float64}))
    return labels


def _load() -> None:
    recover()
    load_landing()


def _by_truth(found: pl.DataFrame, truth: str) -> dict[str, list[float]]:
    verdicts = judge([Item(SCORER, text, truth) for text in found["text"]])
    labels = defaultdict(list)
    for model, verdict in zip(found["model"], verdicts, strict=True):
        if verdict.score is not None:
            labels[model].append(verdict.score)
    return labels


def _by_word(found: pl.DataFrame, right: bool) -> dict[str, list[float]]:
    labels = defaultdict(list)
    for row in found.iter_rows(named=True):
        same = row["chosen"] if row["answer"] is None else row["extracted"] == row["answer"]
        if same:
            labels[row["model"]].append(float(right))
        elif right and row["answer"] is not None and row["extracted"] is not None:
            labels[row["model"]].append(0.0)
    return labels
