"""What a simulated model may know of a question: its kind, field and truth; told by the flow, in this process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from warehouse.identity import content_hash

_PREFIX = "synthetic-"


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question as the simulator knows it.

    Args:
        text: the question.
        scorer: decides the format of the answer; None: nobody told it.
        domain: the dataset's name without `synthetic-`.
        topic: part of the domain; empty when unknown.
        truth: a right answer; for programs and constrained texts one that passes.
        metadata: the question's.
    """

    text: str
    scorer: str | None = None
    domain: str = ""
    topic: str = ""
    truth: str | None = None
    metadata: Mapping[str, Any] | None = None


_known: dict[str, KnownQuestion] = {}


def load_truths(questions: pl.DataFrame) -> None:
    """Tell the simulator the truths of questions.

    Args:
        questions: rows with dataset, text, prompt, ground_truth, metadata (JSON) and scorer.
    """
    for row in questions.iter_rows(named=True):
        metadata = json.loads(row["metadata"] or "{}")
        question = KnownQuestion(
            text=row["text"],
            scorer=row["scorer"],
            domain=row["dataset"].removeprefix(_PREFIX),
            topic=str(metadata.get("topic") or ""),
            truth=row["ground_truth"],
            metadata=metadata,
        )
        for words in (row["text"], row["prompt"]):
            if words:
                _known[content_hash(words)] = question


def known_question(messages: Sequence[Mapping[str, str]]) -> KnownQuestion:
    """The question of the last user message; one without a truth when it was never told."""
    text = next((m["content"] for m in reversed(messages) if m["role"] == "user"), messages[-1]["content"])
    return _known.get(content_hash(text)) or KnownQuestion(text)
