"""Who is a knight and who is a knave, as concluded at the end of a text."""

import re
from collections.abc import Iterable

from tasks.score.extract import last_boxed, own_answer, spoken
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged

_CONCLUSION = re.compile(r"\b(?:final\s+answer|answer|conclusion|solution)\b[*_`\s]*:", re.IGNORECASE)
_CLAIM = re.compile(
    r"\b(\w[\w'-]*)[*_`\"']*\s*(?:\bis\b|:|=|->|→)[*_`\s]*(\bnot\s+)?(?:\ba\b|\ban\b|\bthe\b)?[*_`\s]*\b(knight|knave)\b",
    re.IGNORECASE,
)
_OTHER = {"knight": "knave", "knave": "knight"}


@scorer("knights", version="1")
def judge(item: Item) -> Verdict:
    """Judge the conclusion: everyone must be named, and nobody as both.

    Unlike in LLMRouterBench (reference, section 6.4), bold names and the word "if" do no harm.
    """
    truth = claims(item.ground_truth or "")
    people = [str(name) for name in item.metadata.get("people") or _named(item.ground_truth or "")]
    if not people:
        return unjudged("the question names nobody")
    found = claims(conclusion(item.text))
    missing = [name for name in people if name.casefold() not in found]
    if missing:
        return no_answer(f"says nothing certain about {', '.join(missing)}")
    right = all(found[name.casefold()] == truth.get(name.casefold()) for name in people) if truth else None
    return graded(right, _canonical(people, found))


def conclusion(text: str) -> str:
    """The part of a text that concludes: after its last marker, in its last box, or its last paragraph.

    The whole text would not do: reasoning is full of suppositions.
    """
    text = own_answer(spoken(text)).split("### Reason", 1)[0]
    markers = [found for found in _CONCLUSION.finditer(text) if claims(text[found.end() :])]
    if markers:
        return text[markers[-1].end() :]
    boxed = last_boxed(text)
    return boxed[1] if boxed else text.strip().rsplit("\n\n", 1)[-1]


def claims(text: str) -> dict[str, str]:
    """Casefolded name → knight or knave; a name that is called both is left out."""
    found: dict[str, str] = {}
    contradicted = set()
    for name, negated, kind in _CLAIM.findall(text):
        who = name.casefold()
        what = _OTHER[kind.casefold()] if negated else kind.casefold()
        if found.setdefault(who, what) != what:
            contradicted.add(who)
    return {who: what for who, what in found.items() if who not in contradicted}


def _named(text: str) -> list[str]:
    return list(dict.fromkeys(name for name, _, _ in _CLAIM.findall(text)))


def _canonical(people: Iterable[str], found: dict[str, str]) -> str:
    return ";".join(sorted(f"{name}={found[name.casefold()]}" for name in people))
