"""The stated answer's text, equal to the truth after normalisation."""

from tasks.score.extract import normal_text, spoken, stated_answer
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer


@scorer("exact", version="1")
def judge(item: Item) -> Verdict:
    """Judge the last stated answer; a text of one line that states none is an answer as a whole."""
    text = spoken(item.text)
    answer = stated_answer(text)
    if answer is None and "\n" not in text and not text.endswith(":"):
        answer = text
    normal = normal_text(answer or "")
    if not normal:
        return no_answer()
    truth = item.ground_truth
    return graded(None if truth is None else normal == normal_text(truth), normal)
