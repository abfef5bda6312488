"""Numeric and symbolic equality of the stated answer."""

from tasks.score import published, published_math
from tasks.score.expressions import canonical, equivalent, load_math_verify
from tasks.score.extract import own_answer, spoken, stated_answer, unexclaimed
from tasks.score.numbers import bare_number
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer


@scorer("math", version="14", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    r"""Judge the last `\boxed{...}`, "Answer: ..." or "answer is ..." of a text, whichever comes last.

    A text that is a number and nothing else is one, too. "The answer is 5!" may be 5 or 120.
    """
    text = own_answer(spoken(item.text))
    answer = stated_answer(text) or bare_number(text)
    if answer is None:
        return no_answer()
    said = unexclaimed(answer, text)
    if (truth := item.ground_truth) is None:
        return graded(None, canonical(said))
    truth = stated_answer(truth) or truth  # GSM8K's is work, and then "#### 5"
    return graded(equivalent(said, truth) or (said != answer and equivalent(answer, truth)), canonical(said))


@scorer("math_compat", version="1", mode="compat", prepare=load_math_verify)
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench does AIME and LiveMathBench: the last box, or the last integer of the text."""
    if "Final Answer" in item.text and "boxed" not in item.text:
        answer = published.labelled(item.text, r"([^\n]*)")
    else:
        answer = published.boxed(item.text) or published.last_integer(item.text)
    return _compared(answer, item.ground_truth)


@scorer("math_boxed_compat", version="1", mode="compat", prepare=load_math_verify)
def judge_box_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench does MATH500: the last box only."""
    return _compared(published.boxed(item.text), item.ground_truth)


def _compared(answer: str, truth: str | None) -> Verdict:
    if not answer.strip():
        return no_answer()
    return graded(None if truth is None else published_math.same(answer, truth), answer)
