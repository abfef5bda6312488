"""What a judge is: a model that grades. It says what to ask and how to read the reply; `collect` does the asking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from profiles.registry import JUDGES, Registry
from tasks.score.registry import Mode, ScorerOptions
from tasks.score.verdict import Item, Verdict

Messages = Sequence[Mapping[str, str]]
Ask = Callable[[str, Item], Messages]
Read = Callable[..., Verdict]


class JudgeOptions(ScorerOptions):
    """What a dataset's `scorer_options` say of its judge; a judge that knows more has a subclass."""

    model: str = Field(min_length=1, description="model_name of the pool: who judges")


@dataclass(frozen=True, slots=True)
class Judge:
    """How a model grades answers of one kind.

    Args:
        version: part of a score's key, beside the model that judges; other words to the judge need a new one.
        ask: (question, item) → messages. The item's text is untrusted and may talk to the judge.
        read: the judge's reply, and the one to `swapped` → verdict; `unjudged` where it says nothing that can be read.
        options: names, types and meaning of its options.
        mode: of its verdicts, as of a scorer's.
        swapped: the same question with two answers in each other's place, asked too; None: one reply is the verdict.
        needs_reference: answers to a question without ground truth are unjudged, and nobody is asked.
    """

    version: str
    ask: Ask
    read: Read
    options: type[JudgeOptions] = JudgeOptions
    mode: Mode = "fixed"
    swapped: Ask | None = None
    needs_reference: bool = True


def with_reference(task: str) -> Ask:
    """Asks with question, reference and answer, each under its name, after the task in a system message."""

    def ask(question: str, item: Item) -> Messages:
        said = f"Question:\n{question}\n\nReference:\n{item.ground_truth}\n\nAnswer:\n{item.text}"
        return [{"role": "system", "content": task}, {"role": "user", "content": said}]

    return ask


judges: Registry[Judge] = Registry("judge", JUDGES)
