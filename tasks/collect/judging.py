"""Ask judges as any model is asked: on the ledger, within the budget, a paid verdict never paid twice."""

from collections.abc import Iterator, Sequence

from tasks.collect.client import Client
from tasks.collect.collection import collected
from tasks.collect.record import Answer, Request
from tasks.score.judges.contract import judges
from tasks.score.registry import parse_options
from tasks.score.verdict import Item, Verdict

CHUNK = 512


def verdicts_of(
    client: Client, items: Sequence[tuple[str, Item]], asked: Sequence[tuple[str, str]]
) -> Iterator[tuple[list[tuple[str, Item]], list[Verdict]]]:
    """Verdicts chunk by chunk; an item whose judge did not answer has none. The client is closed at the end.

    Args:
        client: a fresh one.
        items: response identifier and what is judged; the scorer of each is a judge.
        asked: question identifier and text of each.

    Raises:
        BudgetExceeded: after everything in flight was kept.
        UserError: a judge's model is not in the pool, or its options are wrong; nothing was asked.
    """
    requests = [_request(item, *question) for (_, item), question in zip(items, asked, strict=True)]
    starts = range(0, len(items), CHUNK)
    for start, answers in zip(starts, collected(client, [requests[at : at + CHUNK] for at in starts]), strict=True):
        told = [
            (pair, judges.get(pair[1].scorer).read(answer.text))
            for pair, answer in zip(items[start : start + CHUNK], answers, strict=True)
            if isinstance(answer, Answer)
        ]
        yield [pair for pair, _ in told], [verdict for _, verdict in told]


def _request(item: Item, question_id: str, question: str) -> Request:
    judge = judges.get(item.scorer)
    options = parse_options(judge.options, item.scorer, item.options)
    return Request(question_id, options.model, judge.ask(question, item), purpose="judge", temperature=0.0)
