"""What an aggregator is asked: the conversation, and the answers of several models to weigh."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tasks.collect.cost import estimated_tokens, prompt_tokens
from tasks.score.extract import spoken

_INSTRUCTION = """\
Several language models have answered the user's latest message; their answers are listed below. Write the one answer \
the user should get.

- Work the question out yourself and check every listed answer against that. Any of them may be wrong or one-sided, \
and several may share the same mistake: agreement alone proves nothing.
- Take what holds, correct what does not, leave out what does not help. Do not simply repeat one of them, and do not \
mention that there were others.
- Be accurate, complete and clear, and keep to the format that the user asked for.

Answers of the models:"""
_CUT = "\n[...]\n"
_SLACK = 1.15  # token counts are estimates
_SHORTEST = 64  # tokens below which a shortened reference says nothing


class Prompt(NamedTuple):
    """What is sent.

    Args:
        messages: role and content each.
        used: positions of the references that are in it.
    """

    messages: list[dict[str, str]]
    used: tuple[int, ...]


def as_reference(text: str, think: str) -> str:
    """A model's answer as it is listed: `strip` leaves its thought traces out, unless nothing else is there."""
    return text if think == "keep" else spoken(text) or text


def aggregate_messages(
    messages: Sequence[Mapping[str, str]],
    references: Sequence[str],
    room_tokens: int | None = None,
    truncation: str = "middle",
) -> Prompt | None:
    """The conversation with the references as a numbered list in its system message (SMCS reference, section 1.8).

    Args:
        messages: role and content each; the last one is the user's.
        references: texts in the order to list them.
        room_tokens: what the prompt may have at most, by estimate; None: no limit is known.
        truncation: what gives way when it is more: `middle` cuts the middle out of the longest references, all to one
            length; `drop` leaves out references from the end; `refuse` gives up.

    Returns:
        None when it cannot be made to fit.
    """
    kept = list(references)
    prompt = _with(messages, kept)
    if room_tokens is None or _size(prompt) <= room_tokens:
        return Prompt(prompt, tuple(range(len(kept))))
    if truncation == "drop":
        while kept and _size(prompt) > room_tokens:
            kept.pop()
            prompt = _with(messages, kept)
        return Prompt(prompt, tuple(range(len(kept)))) if kept else None
    if truncation == "middle":
        room = int(room_tokens / _SLACK) - prompt_tokens(_with(messages, [""] * len(kept)))
        length = _common_length([estimated_tokens(text) for text in kept], room)
        if length >= _SHORTEST:
            return Prompt(_with(messages, [_shortened(text, length) for text in kept]), tuple(range(len(kept))))
    return None


def _with(messages: Sequence[Mapping[str, str]], references: Sequence[str]) -> list[dict[str, str]]:
    listed = "\n".join(f"{number}. {text}" for number, text in enumerate(references, start=1))
    block = f"{_INSTRUCTION}\n{listed}"
    own = [dict(message) for message in messages]
    if own and own[0]["role"] == "system":
        own[0]["content"] = f"{own[0]['content']}\n\n{block}"
        return own
    return [{"role": "system", "content": block}, *own]


def _size(messages: Sequence[Mapping[str, str]]) -> int:
    return int(prompt_tokens(messages) * _SLACK)


def _common_length(lengths: Sequence[int], room: int) -> int:
    """The length L for which the sum of min(length, L) is at most the room."""
    for done, length in enumerate(ordered := sorted(lengths)):
        share = room // (len(ordered) - done)
        if length > share:
            return share
        room -= length
    return max(ordered, default=0)


def _shortened(text: str, tokens: int) -> str:
    """Beginning and end of a text; an answer usually states its result last."""
    if estimated_tokens(text) <= tokens:
        return text
    raw = text.encode()
    half = max(0, tokens * 4 - len(_CUT)) // 2
    head, tail = raw[:half].decode(errors="ignore"), raw[len(raw) - half :].decode(errors="ignore")
    return f"{head}{_CUT}{tail}"
