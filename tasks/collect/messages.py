"""What is sent to a model for a question."""

from collections.abc import Mapping
from typing import Any

import orjson

from profiles.bank import LIVE


def messages_of(question: Mapping[str, Any]) -> list[dict[str, str]]:
    """The whole conversation of a live question; else one user message: the prompt where there is one, or the text."""
    if question.get("dataset") == LIVE:
        return list(orjson.loads(question["metadata"])["messages"])
    return [{"role": "user", "content": question.get("prompt") or question["text"]}]
