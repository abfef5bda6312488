"""Numeric and symbolic equality of the stated answer."""

from tasks.score.expressions import canonical, equivalent, load_math_verify
from tasks.score.extract import spoken, stated_answer
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded, no_answer, unjudged


@scorer("math", version="1", prepare=load_math_verify)
def judge(item: Item) -> Verdict:
    r"""Judge the last `\boxed{...}`, "Answer: ..." or "answer is ..." of a text, whichever comes last."""
    if item.ground_truth is None:
        return unjudged("the question has no ground truth")
    answer = stated_answer(spoken(item.text))
    if answer is None:
        return no_answer()
    return graded(equivalent(answer, item.ground_truth), canonical(answer))
