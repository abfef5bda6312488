"""The answer to a live question, and everything that explains it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from profiles.outcomes import known
from tasks.collaborate.answer import Candidate, Collaboration
from tasks.collaborate.selection import Selection
from tasks.score.extract import spoken
from tasks.serve.bank_state import BankState
from tasks.serve.live_services import LiveServices
from warehouse.errors import ConcertinoError


class Unanswered(ConcertinoError):
    """Too few models answered a live question.

    Args:
        message: one sentence.
        late: whether the deadline was the reason.
    """

    def __init__(self, message: str, *, late: bool) -> None:
        super().__init__(message)
        self.late = late


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A question of the bank that is like the one asked."""

    question_id: str
    dataset: str
    similarity: float
    text: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A model of the pool: what the bank expects of it here, and what became of it.

    `cost_usd`: of an answer of it, as the router predicts; None where no router does.
    `state`: answered, stood in (for one that did not answer), not asked, late, over the budget, or an error's kind.
    """

    model: str
    prior: float | None
    cost_usd: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate: unknown numbers are None."""

    model: str
    purpose: str
    made_from: tuple[str, ...]
    extracted: str | None
    agreement: float | None
    similarity: float | None
    confidence: float | None
    posterior: float | None
    cost_usd: float | None
    latency_s: float | None
    cached: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """What the asker gets.

    Args:
        text: the answer, without the model's thoughts.
        finish_reason: of the model that wrote it.
        extracted: the answer it states, where it states one.
        probability: that it is right; None when the preset states none.
        preset: how it was made.
        run_id: the run that its calls are on the ledger with.
        question_id: of the question.
        collaboration_id: what it is labelled by.
        models: the models whose answers were used, best first.
        cost_usd: of all calls for it that came back; None when that of any is not known.
        prompt_tokens: of these calls.
        completion_tokens: of these calls.
        n_call: calls made for it, failed and late ones included; what was known already is none.
        n_saved: aggregates that were not asked for because the answer was decided.
        seconds: from question to answer.
        notes: what the asker should know: a reached budget, late models, simulated ones.
        neighbours: what the bank knows that is similar.
        ranking: the pool's models, best first.
        candidates: references, then aggregates.
        by_router: whether a fitted router chose, whose predictions the ranking has.
    """

    text: str
    finish_reason: str
    extracted: str | None
    probability: float | None
    preset: str
    run_id: str
    question_id: str
    collaboration_id: str
    models: tuple[str, ...]
    cost_usd: float | None
    prompt_tokens: int
    completion_tokens: int
    n_call: int
    n_saved: int
    seconds: float
    notes: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]
    ranking: tuple[Ranked, ...]
    candidates: tuple[Shown, ...]
    by_router: bool

    def to_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self)


def live_answer(
    landed: Mapping[str, Any],
    selection: Selection,
    found: Collaboration,
    live: LiveServices,
    state: BankState,
    costs: Mapping[str, float | None],
    seconds: float,
) -> LiveAnswer:
    """Put an answer together.

    Args:
        landed: its row of table `collaboration`.
        selection: of this one question.
        found: what came of it; something was chosen.
        live: its calls.
        state: what it was looked up in.
        costs: model → predicted cost in US dollars; empty where no router chose.
        seconds: that it took.
    """
    assert found.chosen is not None
    chosen = found.candidates[found.chosen]
    said, tally = live.answers[chosen.response_id], live.tally
    used = live.reference_models
    heard = used - {one.model for one in found.candidates} if costs else set()  # a router listened, and chose another
    ranking = _ranking(selection, used, heard, live, costs)
    listed = {one.response_id for one in found.candidates}
    read = [_read(key, live) for key in live.answers if key not in listed and key not in live.aggregates]
    return LiveAnswer(
        text=spoken(said.text) or said.text,
        finish_reason=said.finish_reason or "stop",
        extracted=chosen.extracted,
        probability=found.probability,
        preset=landed["preset"],
        run_id=landed["run_id"],
        question_id=landed["question_id"],
        collaboration_id=landed["collaboration_id"],
        models=tuple(one.model for one in ranking if one.model in used),
        cost_usd=None if tally.unpriced else tally.cost_usd,
        prompt_tokens=tally.prompt_tokens,
        completion_tokens=tally.completion_tokens,
        n_call=tally.calls,
        n_saved=found.n_call_saved or 0,
        seconds=seconds,
        notes=_notes(live, state.synthetic),
        neighbours=_neighbours(selection, state.texts),
        ranking=ranking,
        candidates=tuple(_shown(one, one is chosen, live) for one in [*read, *found.candidates]),
        by_router=bool(costs),
    )


def _read(response: str, live: LiveServices) -> Candidate:
    """A reference that was only read: aggregates were chosen from."""
    answer = live.answers[response]
    extracted = next(verdict.extracted for key, _, verdict in live.verdicts if key == response)
    return Candidate(response, answer.model, extracted, (answer.model,), answer.cost_usd, None)


def _shown(one: Candidate, chosen: bool, live: LiveServices) -> Shown:
    answer = live.answers[one.response_id]
    return Shown(
        model=one.model,
        purpose="aggregate" if one.response_id in live.aggregates else "reference",
        made_from=one.reference_models,
        extracted=one.extracted,
        agreement=one.agreement,
        similarity=one.similarity,
        confidence=one.confidence,
        posterior=one.posterior,
        cost_usd=one.cost_usd,
        latency_s=answer.latency_s,
        cached=answer.cached,
        chosen=chosen,
    )


def _notes(live: LiveServices, synthetic: bool) -> tuple[str, ...]:
    notes = ["synthetic: simulated models wrote this"] if synthetic else []
    if not live.tally.calls:
        notes.append("every answer was known already: nothing was asked, and nothing paid")
    if live.budget is not None:
        notes.append("the budget was reached: this is the best answer so far")
    if live.tally.unpriced:
        notes.append("the price of some model is not known: what it costs is not held to the budget")
    if live.n_late:
        notes.append(f"{live.n_late} call(s) did not come back by the deadline, or were not made because of it")
    return tuple(notes)


def _neighbours(selection: Selection, texts: Mapping[str, str]) -> tuple[Neighbour, ...]:
    near = zip(selection.neighbours[0].tolist(), selection.similarity[0].tolist(), strict=True)
    ids, datasets = selection.bank.question_ids, selection.bank.datasets
    return tuple(Neighbour(ids[at], datasets[at], cosine, texts.get(ids[at], "")) for at, cosine in near)


def _ranking(
    selection: Selection,
    used: set[str],
    heard: set[str],
    live: LiveServices,
    costs: Mapping[str, float | None],
) -> tuple[Ranked, ...]:
    first = set(selection.chosen[0].tolist())
    found = []
    for at in selection.ranked[0].tolist():
        name = selection.matrix.models[at]
        came = "answered" if at in first or name in heard else "stood in"
        state = came if name in used else live.failed.get(name, "not asked")
        found.append(Ranked(name, known(selection.prior[0, at]), costs.get(name), state))
    return tuple(found)
