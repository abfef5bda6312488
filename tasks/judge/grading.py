"""What judges are asked, and what their replies say: they are asked as any model is, and never paid twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from profiles.schema import Pool
from tasks.collect.cache import answers_of
from tasks.collect.models import Models
from tasks.collect.record import Request
from tasks.score.extract import spoken
from tasks.score.judges.contract import judges
from tasks.score.registry import parse_options
from tasks.score.verdict import Item, Verdict, unjudged

_CHUNK = 512

Judged = tuple[list[tuple[str, Item]], list[Verdict]]


@dataclass(frozen=True, slots=True)
class Grading:
    """What is judged, and what its judge is asked; nothing where it needs a reference and the question has none.

    Args:
        response_id: of the answer.
        item: its scorer is a judge.
        requests: one, or one per order of a pair.
    """

    response_id: str
    item: Item
    requests: tuple[Request, ...]


def grading_of(response_id: str, item: Item, question_id: str, question: str) -> Grading:
    """What a judge is asked about an answer to a question.

    Raises:
        UserError: the judge's options are wrong.
    """
    judge = judges.get(item.scorer)
    options = parse_options(judge.options, item.scorer, item.options)
    asks = [judge.ask] if judge.swapped is None else [judge.ask, judge.swapped]
    if judge.needs_reference and item.ground_truth is None:
        asks = []
    asked = replace(item, text=spoken(item.text)) if judge.mode == "fixed" else item
    words = (ask(question, asked) for ask in asks)
    requests = (Request(question_id, options.model, said, purpose="judge", temperature=0.0) for said in words)
    return Grading(response_id, item, tuple(requests))


def verdicts_of(pool: Pool, gradings: Sequence[Grading]) -> Iterator[Judged]:
    """Verdicts by what was replied, chunk by chunk; an answer whose judge did not reply has none."""
    models = Models(pool)
    for part in (gradings[start : start + _CHUNK] for start in range(0, len(gradings), _CHUNK)):
        keys = [[models.keyed(request).key for request in grading.requests] for grading in part]
        known = answers_of([key for own in keys for key in own])
        said = {key: answer.text for key, answer in known.items() if answer.nothing is None}
        read = [
            ((grading.response_id, grading.item), _read(grading.item, [said[key] for key in own]))
            for grading, own in zip(part, keys, strict=True)
            if said.keys() >= set(own)
        ]
        yield [pair for pair, _ in read], [verdict for _, verdict in read]


def _read(item: Item, replies: Sequence[str]) -> Verdict:
    if not replies:
        return unjudged("the question has no reference for a judge to compare with")
    judge = judges.get(item.scorer)
    return judge.read(*(map(spoken, replies) if judge.mode == "fixed" else replies))  # a judge may think, too
