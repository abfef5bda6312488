"""A run's services: model calls, verdicts, vectors and texts; a client is opened only when something is asked."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Self, TypeVar

import orjson
import polars as pl

from profiles.embed import Embedder, embed_texts, get_embedder
from profiles.preset import Preset
from profiles.prices import context_tokens
from profiles.schema import Pool, RunProfile
from tasks.collaborate.services import NOT_ASKED, Services
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.ledger import spent_usd
from tasks.collect.providers import answerable_live
from tasks.collect.providers.truths import load_truths
from tasks.collect.record import Answer, Request
from tasks.score.judge import judge, options_of, scorer_of, version_of
from tasks.score.rows import score_rows
from tasks.score.verdict import Item, Verdict, unjudged
from tasks.stopping import GRACE_S, KEPT, gently
from warehouse.connect import rows
from warehouse.errors import ProviderError
from warehouse.writer import land

_T = TypeVar("_T")


class BatchServices:
    """Calls, verdicts, vectors and texts of one run; a context manager.

    Args:
        run_id: written to every row.
        run: its profile.
        pool: the models.
        questions: rows of `warehouse/reads/question.sql`; simulated models are told their truths.
        opened: opens a client, at the first call.
        offline: answer from what is known alone, without a single call.
        embedder: makes those of candidate texts.
    """

    def __init__(
        self,
        run_id: str,
        run: RunProfile,
        pool: Pool,
        questions: pl.DataFrame,
        opened: Callable[[], Client],
        *,
        offline: bool = False,
        embedder: Callable[[str, int | None], Embedder] = get_embedder,
    ) -> None:
        self.client: Client | None = None
        self._before_usd = 0.0
        self._run_id = run_id
        self._run = run
        self._pool = pool
        self._opened = opened
        self._offline = offline
        self._embedder = embedder
        live = [model.model_name for model in pool.model_list if answerable_live(model)]
        self._askable = frozenset(live if run.collect else ())
        self._questions = {row["question_id"]: row for row in questions.iter_rows(named=True)}
        self._frame = questions
        self._embedders: dict[int | None, Embedder] = {}
        self._told: dict[str, str] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._runner:
            if self.client is not None:
                self._runner.run(self.client.close())

    def services(self, preset: Preset) -> Services:
        """What one preset's collaborations need."""
        return Services(
            ask=self.ask,
            judge=self.judge,
            embed=partial(embed_texts, self._embedder_of(preset.embed_tokens)),
            texts=self.texts,
            writers=tuple(self._pool.writers),
            askable=self._askable,
            context_tokens=context_tokens(self._pool),
        )

    @property
    def spent_usd(self) -> float:
        """What the calls made here have cost; those of unknown cost count with the most they can have cost."""
        return 0.0 if self.client is None else self.client.spent_usd - self._before_usd

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do asynchronous work; all of a run's work is done on one event loop.

        Raises:
            Stopped: a signal came; calls in flight had some seconds to come back.
        """
        with gently(self._stop, lambda: KEPT if self.client is None else self.client.tally.kept()):
            return self._runner.run(work)

    def _stop(self) -> None:
        loop, client = self._runner.get_loop(), self.client
        loop.call_soon_threadsafe(loop.stop if client is None else partial(client.stop, GRACE_S))

    async def ask(self, requests: Sequence[Request]) -> list[Answer | ProviderError]:
        """Answers, or why there is none, in the order of the requests."""
        if not requests:
            return []
        if self.client is None:
            if self._pool.synthetic:
                load_truths(self._frame)
            self.client = self._opened()
            self._before_usd = self.client.spent_usd
        answers = await (self._known(self.client, requests) if self._offline else self.client.ask_all(requests))
        self._told |= {one.response_id: one.text for one in answers if isinstance(one, Answer)}
        return answers

    async def _known(self, client: Client, requests: Sequence[Request]) -> list[Answer | ProviderError]:
        unknown = set(map(id, client.missing(requests)))
        known = iter(await client.ask_all([one for one in requests if id(one) not in unknown]))
        nothing = ProviderError(NOT_ASKED, "nobody asked for this answer", retryable=False)
        return [nothing if id(one) in unknown else next(known) for one in requests]

    def judge(self, answers: Sequence[Answer]) -> list[Verdict]:
        """Verdicts in the order of the answers; what was judged before is not judged again, new verdicts are landed."""
        new = {one.response_id: self._item(one) for one in answers if one.response_id not in self._verdicts}
        self._verdicts |= {key: unjudged("the dataset has no scorer") for key, item in new.items() if item is None}
        self._verdicts |= _known_verdicts({key: item for key, item in new.items() if item is not None})
        waiting = [(key, item) for key, item in new.items() if item is not None and key not in self._verdicts]
        if waiting:
            found = judge([item for _, item in waiting])
            land("score", score_rows(self._run_id, waiting, found))
            self._verdicts |= {key: verdict for (key, _), verdict in zip(waiting, found, strict=True)}
        return [self._verdicts[answer.response_id] for answer in answers]

    def texts(self, responses: Sequence[str]) -> dict[str, str]:
        """Response identifier → text, of what is in the warehouse or was asked for here."""
        found = dict(rows("response_text", responses=list(responses)).iter_rows())
        return {key: found[key] if key in found else self._told[key] for key in responses}

    def _embedder_of(self, max_tokens: int | None) -> Embedder:
        if max_tokens not in self._embedders:
            self._embedders[max_tokens] = self._embedder(self._run.embedder, max_tokens)
        return self._embedders[max_tokens]

    def _item(self, answer: Answer) -> Item | None:
        row = self._questions[answer.question_id]
        if (scorer := scorer_of(row, self._run.score_mode)) is None:
            return None
        options = options_of(row, scorer, orjson.loads(row["scorer_options"] or "{}") or {})
        return Item(scorer, answer.text, row["ground_truth"], options, orjson.loads(row["metadata"] or "{}") or {})


def open_client(run_id: str, run: RunProfile, pool: Pool, budget_usd: float, secrets: Mapping[str, str]) -> Client:
    """A client that knows what was answered and spent before.

    Args:
        run_id: the run.
        run: its profile.
        pool: the models.
        budget_usd: what the run's calls may cost together.
        secrets: Prefect secret block → value.
    """
    cache = load_cache(run.datasets)  # first: it loads the calls that a killed process left
    return Client(pool, run_id, budget_usd, cache=cache, secrets=secrets, spent_usd=spent_usd(run_id))


def _known_verdicts(items: Mapping[str, Item]) -> dict[str, Verdict]:
    if not items:
        return {}
    return {
        row["response_id"]: Verdict(row["score"], row["verdict"], row["extracted"], row["detail"])
        for row in rows("known_verdict", responses=list(items)).iter_rows(named=True)
        if row["scorer"] == items[row["response_id"]].scorer
        and row["scorer_version"] == version_of(items[row["response_id"]])
    }
