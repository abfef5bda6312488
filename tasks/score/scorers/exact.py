"""The stated answer's text, equal to the truth after normalisation."""

from tasks.score.extract import normal_text, spoken, stated_answer
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged


@scorer("exact", version="1")
def judge(item: Item) -> Verdict:
    """Judge the last stated answer; a text of one line that states none is an answer as a whole."""
    if item.ground_truth is None:
        return unjudged("the question has no ground truth")
    text = spoken(item.text)
    answer = stated_answer(text)
    if answer is None and "\n" not in text and not text.endswith(":"):
        answer = text
    normal = normal_text(answer or "")
    return graded(normal == normal_text(item.ground_truth), normal) if normal else no_answer()
