"""Ask judges as any model is asked: on the ledger, within the budget, a paid verdict never paid twice."""

from collections.abc import Iterator, Sequence

from tasks.collect.client import Client
from tasks.collect.collection import collected
from tasks.collect.record import Answer, Request
from tasks.score.judges.contract import judges
from tasks.score.registry import parse_options
from tasks.score.verdict import Item, Verdict, unjudged

CHUNK = 512

Judged = tuple[list[tuple[str, Item]], list[Verdict]]


def verdicts_of(
    client: Client, items: Sequence[tuple[str, Item]], asked: Sequence[tuple[str, str]]
) -> Iterator[Judged]:
    """Verdicts chunk by chunk; an item whose judge did not answer has none. The client is closed at the end.

    Where a judge needs a reference and the question has none, nobody is asked and the answer is unjudged.

    Args:
        client: a fresh one.
        items: response identifier and what is judged; the scorer of each is a judge.
        asked: question identifier and text of each.

    Raises:
        BudgetExceeded: after everything in flight was kept.
        UserError: a judge's model is not in the pool, or its options are wrong; nothing was asked.
    """
    games = [_games(item, *question) for (_, item), question in zip(items, asked, strict=True)]
    blind = [pair for pair, requests in zip(items, games, strict=True) if not requests]
    if blind:
        yield blind, [unjudged("the question has no reference for a judge to compare with")] * len(blind)
    played = [(pair, requests) for pair, requests in zip(items, games, strict=True) if requests]
    parts = [played[start : start + CHUNK] for start in range(0, len(played), CHUNK)]
    requests = [[request for _, own in part for request in own] for part in parts]
    for part, answers in zip(parts, collected(client, requests), strict=True):
        replies = iter(answers)
        told = [(pair, [next(replies) for _ in own]) for pair, own in part]
        read = [
            (pair, judges.get(pair[1].scorer).read(*(one.text for one in said if isinstance(one, Answer))))
            for pair, said in told
            if all(isinstance(one, Answer) for one in said)
        ]
        yield [pair for pair, _ in read], [verdict for _, verdict in read]


def _games(item: Item, question_id: str, question: str) -> list[Request]:
    judge = judges.get(item.scorer)
    options = parse_options(judge.options, item.scorer, item.options)
    if judge.needs_reference and item.ground_truth is None:
        return []
    asks = [judge.ask] if judge.swapped is None else [judge.ask, judge.swapped]
    return [Request(question_id, options.model, ask(question, item), purpose="judge", temperature=0.0) for ask in asks]
