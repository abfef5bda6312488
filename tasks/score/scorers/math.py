"""Numeric and symbolic equality of the stated answer."""

from tasks.score.expressions import canonical, equivalent, load_math_verify
from tasks.score.extract import own_answer, spoken, stated_answer
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer


@scorer("math", version="2", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    r"""Judge the last `\boxed{...}`, "Answer: ..." or "answer is ..." of a text, whichever comes last."""
    answer = stated_answer(own_answer(spoken(item.text)))
    if answer is None:
        return no_answer()
    truth = item.ground_truth
    return graded(None if truth is None else equivalent(answer, truth), canonical(answer))
