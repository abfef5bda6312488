"""The calls of one live question: asked together, waited for until the deadline, paid from one budget."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from profiles.preset import Preset
from tasks.collaborate.services import NOT_ASKED
from tasks.collect.client import Client
from tasks.collect.record import Answer, Request
from tasks.score.judge import judge
from tasks.score.verdict import Item, Verdict
from tasks.serve.conversation import SCORER, ChatRequest
from warehouse.errors import BudgetExceeded, ProviderError

AnswerOrError = Answer | ProviderError


class LiveServices:
    """What one question asks of the models; lives on the client's event loop.

    Args:
        client: with a budget of its own (`Client.with_budget`).
        asked: the question.
        preset: how.
        aggregates: whether aggregates follow the references.
        keep: takes the calls that are late: they are paid for, so they are left to finish.
    """

    def __init__(
        self,
        client: Client,
        asked: ChatRequest,
        preset: Preset,
        aggregates: bool,
        keep: Callable[[asyncio.Task[AnswerOrError]], None],
    ) -> None:
        self._client = client
        self._asked = asked
        self._round_share = preset.constants.round_share if preset.substitutes else 1.0
        self._keep = keep
        begun = asyncio.get_running_loop().time()
        self._end = begun + asked.deadline_s
        self._references_end = begun + asked.deadline_s * (preset.constants.references_share if aggregates else 1.0)
        self._open: set[asyncio.Task[AnswerOrError]] = set()
        self.tally = client.tally
        self.answers: dict[str, Answer] = {}
        self.aggregates: set[str] = set()
        self.verdicts: list[tuple[str, Item, Verdict]] = []
        self.failed: dict[str, str] = {}
        self.n_late = 0
        self.budget: str | None = None

    @property
    def reference_models(self) -> set[str]:
        """Models that gave a reference."""
        return {answer.model for key, answer in self.answers.items() if key not in self.aggregates}

    async def ask(self, requests: Sequence[Request]) -> list[AnswerOrError]:
        """Answers, or why there is none, in the order of the requests; nothing is asked when there is no time left."""
        if not requests:
            return []
        left_s = self._left_s(requests[0].purpose)
        if left_s <= 0:
            self.n_late += len(requests)
            return [ProviderError(NOT_ASKED, "the deadline is over", retryable=True) for _ in requests]
        tasks = [asyncio.create_task(self._one(request)) for request in requests]
        self._open.update(tasks)
        await asyncio.wait(tasks, timeout=left_s)
        self._open.difference_update(tasks)
        return [self._told(request, task) for request, task in zip(requests, tasks, strict=True)]

    def stop(self) -> None:
        """Give up: cancel what is under way and ask nothing more."""
        self._end = self._references_end = 0.0
        for task in self._open:
            task.cancel()

    def judge(self, answers: Sequence[Answer]) -> list[Verdict]:
        """What each answer states; nobody knows the truth, so nothing is judged."""
        items = [Item(SCORER, answer.text, None) for answer in answers]
        found = judge(items)
        self.verdicts += zip((answer.response_id for answer in answers), items, found, strict=True)
        return found

    def texts(self, responses: Sequence[str]) -> dict[str, str]:
        """Response identifier → text."""
        return {key: self.answers[key].text for key in responses}

    async def _one(self, request: Request) -> AnswerOrError:
        own: dict[str, Any] = {}
        if (most := self._asked.max_tokens) is not None:
            own["max_tokens"] = min(most, self._client.most_tokens(request))
        if self._asked.temperature is not None:
            own["temperature"] = self._asked.temperature
        try:
            return await self._client.ask(replace(request, **own))
        except ProviderError as error:
            return error
        except BudgetExceeded as error:
            self.budget = str(error)
            return ProviderError(NOT_ASKED, str(error), retryable=False)

    def _told(self, request: Request, task: asyncio.Task[AnswerOrError]) -> AnswerOrError:
        if not task.done():
            self._client.abandon(request)  # where it waits for its turn, it is not sent any more
            self._keep(task)
            self.n_late += 1
            if request.purpose == "answer":
                self.failed[request.model] = "late"
            return ProviderError("timeout", "it did not answer by the deadline", retryable=True)
        if task.cancelled():
            return ProviderError(NOT_ASKED, "the question was given up", retryable=True)
        told = task.result()
        if isinstance(told, Answer):
            self.answers[told.response_id] = told
            if request.purpose == "aggregate":
                self.aggregates.add(told.response_id)
        elif request.purpose == "answer":
            self.failed[request.model] = "over the budget" if told.kind == NOT_ASKED else told.kind
        return told

    def _left_s(self, purpose: str) -> float:
        moment = asyncio.get_running_loop().time()
        if purpose == "aggregate":
            return self._end - moment
        return (self._references_end - moment) * self._round_share
