"""Texts of simulated models that must obey rules: checked, and broken in exactly one of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

_Rule = Mapping[str, Any]

_OBEYS: dict[str, Callable[[str, _Rule], bool]] = {
    "min_words": lambda text, rule: len(text.split()) >= rule["n"],
    "max_words": lambda text, rule: len(text.split()) <= rule["n"],
    "sentences": lambda text, rule: len(re.findall(r"[.!?]+(?:\s|$)", text)) == rule["n"],
    "paragraphs": lambda text, rule: len(re.split(r"\n\s*\n", text.strip())) == rule["n"],
    "bullets": lambda text, rule: len(re.findall(r"(?m)^- ", text)) == rule["n"],
    "include": lambda text, rule: _has(text, rule["word"]),
    "avoid": lambda text, rule: not _has(text, rule["word"]),
    "starts_with": lambda text, rule: text.startswith(rule["text"]),
    "ends_with": lambda text, rule: text.rstrip().endswith(rule["text"]),
    "lowercase": lambda text, rule: text == text.lower(),
    "no_commas": lambda text, rule: "," not in text,
}
_BREAK: dict[str, Callable[[str, _Rule], str]] = {
    "min_words": lambda text, rule: " ".join(text.split()[: max(1, rule["n"] // 2)]),
    "max_words": lambda text, rule: " ".join([text, *(["more"] * rule["n"])]),
    "sentences": lambda text, rule: text + " That is all.",
    "paragraphs": lambda text, rule: text + "\n\nThat is all.",
    "bullets": lambda text, rule: text + "\n- and one more",
    "include": lambda text, rule: re.sub(rf"(?i)\b{re.escape(rule['word'])}\b", "something", text),
    "avoid": lambda text, rule: f"{text} It was {rule['word']} good.",
    "starts_with": lambda text, rule: f"Well then. {text}",
    "ends_with": lambda text, rule: f"{text} And more came.",
    "lowercase": lambda text, rule: text.capitalize(),
    "no_commas": lambda text, rule: text.replace(" ", ", ", 1),
}


def obeys(text: str, rules: Sequence[_Rule]) -> bool:
    """Whether a text obeys all rules that the simulator knows."""
    return all(_OBEYS[rule["kind"]](text, rule) for rule in rules if rule["kind"] in _OBEYS)


def spoil_text(text: str, rules: Sequence[_Rule], rng: Random) -> str:
    """A text that breaks at least one of its rules."""
    known = [rule for rule in rules if rule["kind"] in _BREAK]
    for rule in rng.sample(known, k=len(known)):
        broken = _BREAK[rule["kind"]](text, rule)
        if not obeys(broken, rules):
            return broken
    return ""


def reworded(text: str, rules: Sequence[_Rule], rng: Random) -> str:
    """A text that obeys the same rules with some words in another order; itself where that is not possible."""
    words = re.split(r"(\s+)", text)
    inner = [i for i in range(0, len(words), 2) if words[i].isalpha() and words[i].islower()]
    for _ in range(4):
        changed = list(words)
        chosen = rng.sample(inner, k=min(4, len(inner)))
        for here, there in zip(chosen, sorted(chosen), strict=True):
            changed[here] = words[there]
        candidate = "".join(changed)
        if obeys(candidate, rules):
            return candidate
    return text


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?i)\b{re.escape(word)}\b", text) is not None
