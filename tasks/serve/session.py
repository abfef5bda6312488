"""One process's live use: what is known and the models' client, loaded once; then questions are answered."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from profiles.bank import LIVE
from profiles.load import load_preset, load_prices, names
from profiles.preset import Preset
from profiles.prices import context_tokens
from profiles.rows import pool_rows, price_rows
from profiles.schema import Pool, RunProfile
from profiles.system import System, system_rows
from tasks.collaborate.answer import Collaboration
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.plan import system_of
from tasks.collaborate.rows import collaboration_rows
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.pricing import Pricing, refuse_unpriced
from tasks.collect.providers import answerable_live, registered
from tasks.collect.providers.truths import load_truths
from tasks.collect.record import Request
from tasks.collect.secrets import resolve
from tasks.route.use import is_policy_id, usable_policy
from tasks.score.judge import judge
from tasks.score.rows import score_rows
from tasks.score.verdict import Item
from tasks.serve.answer import LiveAnswer, Unanswered, live_answer
from tasks.serve.bank_state import BankState
from tasks.serve.by_policy import advised, alone, billed, heard, routed
from tasks.serve.conversation import SCORER, ChatRequest, dataset_frame, question_frame, question_row
from tasks.serve.live_services import AnswerOrError, LiveServices
from warehouse.errors import BudgetExceeded, ConcertinoError, UserError, unknown_name
from warehouse.identity import hash_json
from warehouse.runs import finish_run, new_run_id, start_run
from warehouse.writer import land, load_landing

_log = logging.getLogger("concertino")
_PATIENCE_S = 15.0  # at the end, for calls that are late: they are paid for


class Session:
    """Answers questions with one pool; made in any thread, then used from one event loop.

    What a question takes of this machine (retrieval, posterior) is done in a thread of its own, its calls on the event
    loop. The warehouse is not opened while a question is answered, so a batch run that holds it keeps nobody waiting.

    Args:
        run: the profile whose questions are the bank.
        pool: who is asked.
        kind: of the run that calls are booked on: ask, serve or litellm.
        secrets: Prefect secret block → value.
        questions: answered at the same time.

    Raises:
        UserError: no model can be asked, a key is missing, a model of unknown price is refused, or there is no bank
            for live use.
    """

    def __init__(
        self, run: RunProfile, pool: Pool, kind: str, secrets: Mapping[str, str] | None = None, questions: int = 8
    ) -> None:
        self._askable = _askable(pool, secrets or {})
        self._writers = tuple(model for model in pool.writers if model in self._askable)
        self._windows = context_tokens(pool)
        self._known = BankState(run, pool)
        if pool.synthetic:
            load_truths(self._known.matrix.questions)
        self.run_id = new_run_id()
        self._client = Client(pool, self.run_id, 0.0, cache=load_cache([LIVE]), secrets=secrets)
        self._running: set[LiveServices] = set()
        self._late: set[asyncio.Task[AnswerOrError]] = set()
        self._threads = ThreadPoolExecutor(questions, thread_name_prefix="question")
        _warm(self._known, self._threads)
        land("model", pool_rows(pool))
        land("price", price_rows(pool.name, self._client.prices))
        land("dataset", dataset_frame(synthetic=pool.synthetic))
        start_run(
            self.run_id,
            kind,
            parameters={"profile": run.name, "pool": pool.name},
            profile=run.name,
            pool_hash=hash_json(pool.model_dump())[:20],
            price_date=load_prices().date,
            embedder=run.embedder,
            synthetic=pool.synthetic,
        )

    async def answer(self, asked: ChatRequest) -> LiveAnswer:
        """Answer a question; its rows are landed.

        Raises:
            UserError: there is no such preset.
            BudgetExceeded: the cap allows no answer at all.
            Unanswered: fewer models answered than the preset's quorum.
        """
        preset = alone(asked.preset) if is_policy_id(asked.preset) else preset_of(asked.preset)
        aggregates = preset.aggregate and bool(self._writers)
        loop = asyncio.get_running_loop()
        live = LiveServices(self._client.with_budget(asked.max_cost_usd), asked, preset, aggregates, self._keep)
        self._running.add(live)
        try:
            return await loop.run_in_executor(self._threads, self._answer, asked, preset, live, loop)
        except asyncio.CancelledError:  # whoever asked has left
            live.stop()
            raise
        finally:
            self._client.flush()

    async def close(self, message: str | None = None) -> None:
        """Give up what is under way, wait a little for late calls, land everything and end the run.

        Args:
            message: why the run failed; None: it did not.
        """
        for live in tuple(self._running):
            live.stop()
        await asyncio.to_thread(self._threads.shutdown)
        if late := tuple(self._late):
            await asyncio.wait(late, timeout=_PATIENCE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._client.close()
        try:
            await asyncio.to_thread(load_landing)
            finish_run(self.run_id, "completed" if message is None else "failed", message)
        except ConcertinoError as error:  # everything is landed; whoever loads next takes it in
            _log.warning("%s", error)

    def _answer(
        self, asked: ChatRequest, preset: Preset, live: LiveServices, loop: asyncio.AbstractEventLoop
    ) -> LiveAnswer:
        """In a thread: the collaboration on an event loop of its own, whose calls are made on the client's."""
        begun = time.perf_counter()
        try:
            row = question_row(asked)
            land("question", question_frame(row))
            selection = self._known.selection(preset, row | {"scorer": SCORER})
            usable = usable_policy(preset.name) if is_policy_id(preset.name) else None
            services = self._services(preset, live, loop)
            before = [] if usable is None else asyncio.run(heard(usable, self._known, row, services))
            advice = () if usable is None else advised(usable, self._known, row["text"], before)
            selection = routed(selection, advice) if advice else selection
            (found,) = asyncio.run(answer_questions(selection, services))
            _refuse_too_few(selection, live, found)
            found = billed(found, before)
            system = (
                system_of(preset, aggregates=bool(self._writers)) if usable is None else System("router", usable.router)
            )
            landed = self._land(system, selection, found, live)
        finally:
            self._running.discard(live)
        costs = {one.model: one.cost_usd for one in advice}
        return live_answer(landed, selection, found, live, self._known, costs, time.perf_counter() - begun)

    def _services(self, preset: Preset, live: LiveServices, loop: asyncio.AbstractEventLoop) -> Services:
        async def ask(requests: Sequence[Request]) -> list[AnswerOrError]:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(live.ask(requests), loop))

        return Services(
            ask=ask,
            judge=live.judge,
            embed=partial(self._known.embed, max_tokens=preset.embed_tokens),
            texts=live.texts,
            writers=self._writers,
            askable=self._askable,
            context_tokens=self._windows,
        )

    def _land(self, system: System, selection: Selection, found: Collaboration, live: LiveServices) -> dict[str, Any]:
        """Land what was said; the collaboration's row."""
        answers, candidates = collaboration_rows(self.run_id, system.label, selection, [found])
        items = [(response, item) for response, item, _ in live.verdicts]
        land("score", score_rows(self.run_id, items, [verdict for _, _, verdict in live.verdicts]))
        land("system", system_rows(self.run_id, [system]))
        land("candidate", candidates)
        land("collaboration", answers)
        return answers.row(0, named=True)

    def _keep(self, task: asyncio.Task[AnswerOrError]) -> None:
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def preset_of(name: str) -> Preset:
    """A preset by name; never by path, because the name may come from anywhere.

    Raises:
        UserError: there is none.
    """
    if name not in (known := names("presets")):
        raise unknown_name("preset or policy id", name, known)
    return load_preset(name)


def _askable(pool: Pool, secrets: Mapping[str, str]) -> frozenset[str]:
    live = [model for model in pool.model_list if answerable_live(model)]
    if not live:
        raise UserError(
            f"every model of pool '{pool.name}' is replayed from recorded answers; live questions need models that can "
            "be asked, so name a pool that has some with --pool"
        )
    prices = Pricing(pool).prices
    for model in live:
        refuse_unpriced(pool, model, prices)
        resolve(model.model_name, model.litellm_params, secrets)
    return frozenset(model.model_name for model in live)


def _warm(known: BankState, threads: ThreadPoolExecutor) -> None:
    """Load weights and LiteLLM, and meanwhile start the judging process, before the first question."""
    judging = threads.submit(judge, [Item(SCORER, "Answer: 1", "1")])
    registered()
    known.embed(["warm"])
    judging.result()


def _refuse_too_few(selection: Selection, live: LiveServices, found: Collaboration) -> None:
    came = 0 if found.chosen is None else len(live.reference_models)
    wanted = min(selection.preset.quorum, len(selection.chosen[0]))
    if live.budget is not None:
        if not came:
            raise BudgetExceeded(live.budget)
        return
    if came < wanted:
        why = ", ".join(f"{model}: {kind}" for model, kind in live.failed.items()) or "nobody else can be asked"
        late = "late" in live.failed.values()
        raise Unanswered(f"{came} of the {wanted} models that are needed answered ({why})", late=late)
