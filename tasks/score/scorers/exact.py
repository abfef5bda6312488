"""The stated answer's text, equal to the truth after normalisation."""

import re

from profiles.layout import parsed
from tasks.score.extract import is_blank, leading_word, normal_text, own_answer, spoken, stated_answer
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer

_REASON = re.compile(
    r"(?<!\s)(?:\s*,)?\s+because\b.*|(?<=\w\w\w)[.!]\**\s+(?=[A-Z]).*|\.\s+(?=(?:It|He|She|They|This|These|There)\s+[a-z]).*|(?:です|입니다|。).*",
    re.DOTALL,
)
_CLAUSE = re.compile(r"(?<!\s)\s*,\s+(?:which|who|where|since)\b.*", re.DOTALL)
_MARKED = re.compile(r"^(?:[-•>]|#+)\s+(?=[^\W\d])")  # an item, a quotation or a heading of one word or more
_NOTHING = re.compile(r"(?!)")


@scorer("exact", version="13")
def judge(item: Item) -> Verdict:
    """Judge the last stated answer; a text of one line that states none is an answer as a whole.

    A reason or sentence after the answer is no part of it, unless the truth has it too ("Prof. Smith"); neither is a
    clause that the truth lacks (", which is in France"). Of a truth that is a list of texts each is right.
    """
    text = own_answer(spoken(item.text)).strip()
    answer = stated_answer(text, _REASON)
    blank = is_blank(text) and text != item.ground_truth  # which may be <option>
    if answer is None and "\n" not in text and not text.endswith(":") and not blank:
        answer = text
    normal = normal_text(_MARKED.sub("", answer or ""))
    if not normal:
        return no_answer()
    if item.ground_truth is None:
        return graded(None, normal)
    longer, shorter = (normal_text(stated_answer(text, tail) or answer or "") for tail in (_NOTHING, _CLAUSE))
    led = leading_word(normal, item.ground_truth).casefold()
    return graded(not _right(item.ground_truth).isdisjoint({normal, longer, shorter, led}), normal)


def _right(truth: str) -> set[str]:
    given = parsed(truth)
    listed = given if isinstance(given, list) and all(isinstance(one, str) for one in given) else []
    return {normal_text(one) for one in (truth, *listed)}
