"""A live question: what is asked, how, and its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from profiles.bank import LIVE
from warehouse.identity import content_hash, hash_json, question_id
from warehouse.writer import now

SCORER = "open"
VARIANT = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation that waits for its next answer.

    Args:
        messages: role (system, user or assistant) and content each; the last one is the user's.
        preset: name of the way to collaborate.
        max_cost_usd: what the calls for it may cost together.
        deadline_s: seconds until the answer has to be there.
        max_tokens: of every model's answer; None: the pool's and the preset's.
        temperature: of every model; None: the pool's and the preset's.
    """

    messages: tuple[Mapping[str, str], ...]
    preset: str
    max_cost_usd: float
    deadline_s: float
    max_tokens: int | None = None
    temperature: float | None = None

    @property
    def text(self) -> str:
        """What is looked up in the bank: the last user message."""
        return self.messages[-1]["content"]


def question_row(asked: ChatRequest) -> dict[str, Any]:
    """Row of table `question`: the same conversation is the same question."""
    messages = [dict(message) for message in asked.messages]
    key = hash_json(messages)
    return {
        "question_id": question_id(LIVE, VARIANT, key),
        "dataset": LIVE,
        "variant": VARIANT,
        "source_key": key,
        "text": asked.text,
        "prompt": None,
        "ground_truth": None,
        "metadata": orjson.dumps({"messages": messages}).decode(),
        "content_hash": content_hash(asked.text),
        "ingested_at": now(),
    }


def question_frame(row: Mapping[str, Any]) -> pl.DataFrame:
    """One row, typed."""
    return pl.DataFrame([row], schema_overrides={"prompt": pl.String, "ground_truth": pl.String})


def dataset_frame(*, synthetic: bool) -> pl.DataFrame:
    """The row of table `dataset` that live questions belong to."""
    row = {
        "dataset": LIVE,
        "variant": VARIANT,
        "source": LIVE,
        "scorer": SCORER,
        "synthetic": synthetic,
        "ingested_at": now(),
    }
    return pl.DataFrame([row])
