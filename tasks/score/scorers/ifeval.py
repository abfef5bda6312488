"""IFEval: whether a text obeys the instructions of its question, by the benchmark's 25 kinds.

The question's metadata has them in the published layout: `instruction_id_list`, and `kwargs` with one object for each.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from tasks.score.extract import spoken
from tasks.score.ifeval import RULES, load_language_profiles, loosened, obeys
from tasks.score.registry import ScorerOptions, scorer
from tasks.score.verdict import Item, Verdict, no_answer, unjudged

_Instruction = tuple[str, Mapping[str, Any]]


class IfevalOptions(ScorerOptions):
    """What counts as obeying, and what is counted."""

    loose: bool = Field(False, description="also right without its first line, its last line, or its stars")
    level: Literal["prompt", "instruction"] = Field(
        "prompt", description="prompt: all must be obeyed; instruction: the share of those that are"
    )


@scorer("ifeval", version="6", prepare=load_language_profiles, options=IfevalOptions)
def judge(item: Item) -> Verdict:
    """Judge what the model says after thinking; there is no answer to extract, so texts never count as equal."""
    return _judge(item, spoken(item.text), published=False)


@scorer("ifeval_compat", version="5", mode="compat", prepare=load_language_profiles, options=IfevalOptions)
def judge_as_published(item: Item) -> Verdict:
    """Judge the whole text, thoughts included, as SMCS does (SMCS reference, section 3)."""
    return _judge(item, item.text, published=True)


def _judge(item: Item, text: str, *, published: bool) -> Verdict:
    rules = instructions(item.metadata)
    if isinstance(rules, str):
        return unjudged(rules)
    if not text.strip():
        return no_answer()
    tried = list(loosened(text)) if item.options.get("loose") else [text]
    try:
        broken = [
            kind
            for kind, given in rules
            if not any(one.strip() and obeys(kind, one, given, published) for one in tried)
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return unjudged(f"an instruction's arguments are odd: {type(error).__name__}: {error}"[:200])
    obeyed = len(rules) - len(broken)
    if not broken:
        return Verdict(1.0, "correct")
    detail = f"breaks {', '.join(broken)} ({obeyed} of {len(rules)} obeyed)"
    if item.options.get("level") == "instruction" and obeyed:
        return Verdict(obeyed / len(rules), "partial", None, detail)
    return Verdict(0.0, "wrong", None, detail)


def instructions(metadata: Mapping[str, Any]) -> list[_Instruction] | str:
    """Kind and arguments of a question's instructions; why there are none where the layout is not understood.

    The published files give every instruction all arguments of all kinds, most of them null.
    """
    kinds, given = metadata.get("instruction_id_list"), metadata.get("kwargs")
    if not kinds:
        return "the question sets no instructions"
    if not (isinstance(kinds, list) and isinstance(given, list) and len(kinds) == len(given)):
        return "instruction_id_list and kwargs are no lists of one length"
    unknown = sorted({str(kind) for kind in kinds} - RULES.keys())
    if unknown:
        return f"no rule for {', '.join(unknown)}"
    return [
        (kind, {name: value for name, value in (one or {}).items() if value is not None})
        for kind, one in zip(kinds, given, strict=True)
    ]
