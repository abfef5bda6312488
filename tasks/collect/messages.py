"""What is sent to a model for a question."""

from collections.abc import Mapping
from typing import Any


def messages_of(question: Mapping[str, Any]) -> list[dict[str, str]]:
    """One user message: the question's prompt where it has one, else its text."""
    return [{"role": "user", "content": question.get("prompt") or question["text"]}]
