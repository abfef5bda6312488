"""With an aggregator: aggregates of sampled references, then the posterior over all candidates (EPE)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from profiles.schema import Preset
from tasks.collaborate.aggregate import aggregate_messages
from tasks.collaborate.answer import Candidate, Collaboration, agreement_of, total_cost
from tasks.collaborate.dropping import subsets_of
from tasks.collaborate.panel import Panel
from tasks.collaborate.posterior import bounded_confidence, medoid_similarity, paper_posterior
from tasks.collaborate.select import known, references_of, select_by_vote
from tasks.collaborate.vote import Ballots, softmax
from tasks.collect.client import Answer, Request
from tasks.collect.messages import messages_of
from tasks.profile.evidence import Evidence
from tasks.score.verdict import Verdict
from warehouse.errors import ProviderError
from warehouse.identity import hash_parts


@dataclass(frozen=True, eq=False)
class Tools:
    """What an ensemble needs of the world.

    Args:
        ask: requests to answers, or why there is none.
        judge: answers to verdicts; only what is extracted is used to choose, the score never is.
        embed: texts to unit vectors.
        texts: response identifier → text of the references.
    """

    ask: Callable[[Sequence[Request]], Awaitable[list[Answer | ProviderError]]]
    judge: Callable[[Sequence[Answer]], list[Verdict]]
    embed: Callable[[Sequence[str]], np.ndarray]
    texts: Mapping[str, str]


@dataclass
class _Case:
    """One question under way."""

    question: int
    row: dict[str, Any]
    references: list[Candidate]
    subsets: list[np.ndarray]
    aggregates: list[Candidate] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    asked: int = 0
    decided: bool = False


async def answer_questions(
    preset: Preset, panel: Panel, evidence: Evidence, aggregator: str, questions: Sequence[int], tools: Tools
) -> list[Collaboration]:
    """Ask the aggregator in waves until a question is decided or has all its candidates, then choose.

    Args:
        preset: how.
        panel: of the split.
        evidence: what is known of all questions.
        aggregator: model that writes the aggregates.
        questions: positions in the panel.
        tools: calls, verdicts, vectors and texts.

    Raises:
        BudgetExceeded: after everything in flight was kept.
    """
    cases = [_open(preset, panel, evidence, question) for question in questions]
    while open_cases := [case for case in cases if not case.decided and case.asked < len(case.subsets)]:
        if preset.stop_at is not None:
            for case in open_cases:
                case.decided = max(_chances(preset, panel, evidence, case).values(), default=0.0) >= preset.stop_at
            open_cases = [case for case in open_cases if not case.decided]
        await _wave(preset, evidence, aggregator, open_cases, tools)
    similarity = _similarity(preset, cases, tools)
    if preset.posterior == "paper":
        return [_finish_paper(preset, case, near) for case, near in zip(cases, similarity, strict=True)]
    return [_finish_ours(preset, panel, evidence, case, near) for case, near in zip(cases, similarity, strict=True)]


def _open(preset: Preset, panel: Panel, evidence: Evidence, question: int) -> _Case:
    references = references_of(panel, evidence, question)
    row = evidence.questions.row(int(panel.at[question]), named=True)
    if not references:
        return _Case(question, row, [], [])
    place = {model: at for at, model in enumerate(evidence.models)}
    # With as many references as models there is no prior (SMCS reference, section 1.5).
    scores = panel.prior[question, [place[one.model] for one in references]]
    if preset.prior != "shrunk" and len(panel.chosen[question]) >= len(evidence.models):
        scores = np.full(len(references), np.nan)
    seed = int(hash_parts("dropping", preset.name, panel.split, row["question_id"])[:15], 16)
    subsets = subsets_of(
        scores, preset.dropping, preset.keep, preset.candidates, preset.temperature_prior, np.random.default_rng(seed)
    )
    return _Case(question, row, references, subsets)


async def _wave(preset: Preset, evidence: Evidence, aggregator: str, cases: Sequence[_Case], tools: Tools) -> None:
    """Ask the next aggregates of every open question together, so that the provider is busy."""
    asked: list[tuple[_Case, np.ndarray]] = []
    requests = []
    for case in cases:
        for index in range(case.asked, min(case.asked + preset.wave, len(case.subsets))):
            subset = case.subsets[index]
            listed = [tools.texts[case.references[at].response_id] for at in subset]
            messages = aggregate_messages(messages_of(case.row), listed)
            requests.append(
                Request(
                    case.row["question_id"], aggregator, messages, purpose="aggregate", sample_index=index,
                    temperature=preset.temperature, max_tokens=preset.max_tokens,
                )
            )  # fmt: skip
            asked.append((case, subset))
        case.asked = min(case.asked + preset.wave, len(case.subsets))
    answers = await tools.ask(requests)
    came = [(case, subset, one) for (case, subset), one in zip(asked, answers, strict=True) if isinstance(one, Answer)]
    verdicts = tools.judge([answer for _, _, answer in came])
    for (case, subset, answer), verdict in zip(came, verdicts, strict=True):
        made_from = tuple(case.references[at].model for at in subset)
        case.aggregates.append(
            Candidate(answer.response_id, answer.model, verdict.extracted, made_from, answer.cost_usd, verdict.score)
        )
        case.texts.append(answer.text)
        case.logprobs.append(np.nan if answer.mean_logprob is None else answer.mean_logprob)


def _chances(preset: Preset, panel: Panel, evidence: Evidence, case: _Case) -> dict[str, float]:
    """Probability of every extracted answer: the references' votes, and up to `aggregate_weight` from aggregates."""
    assert panel.vote is not None
    place = {model: at for at, model in enumerate(evidence.models)}
    answers = list(
        dict.fromkeys(one.extracted for one in case.references + case.aggregates if one.extracted is not None)
    )
    codes = np.full((1, len(evidence.models)), -1)
    for one in case.references:
        if one.extracted is not None:
            codes[0, place[one.model]] = answers.index(one.extracted)
    ballots = Ballots(codes, np.array([len(answers)]))
    support, none = panel.vote.support(ballots, panel.log_odds[[case.question]])
    added = np.zeros(support.shape[1])
    given = np.zeros(support.shape[1], dtype=bool)
    for one, confidence in zip(case.aggregates, bounded_confidence(np.array(case.logprobs)), strict=True):
        if one.extracted is not None:
            at = answers.index(one.extracted)
            given[at] = True
            added[at] += preset.aggregate_weight * (1 + preset.confidence_weight * confidence)
    # One aggregate alone adds half of the weight, more of them what they agree on.
    added /= len(case.aggregates) + 1
    total = np.where(given & np.isinf(support[0]), 0.0, support[0]) + added
    return dict(zip(answers, softmax(np.append(total, none)[None])[0].tolist(), strict=False))


def _similarity(preset: Preset, cases: Sequence[_Case], tools: Tools) -> list[np.ndarray | None]:
    """Medoid similarity of the aggregates, embedded together; ours needs it only where no answer can be compared."""
    needed = [
        preset.posterior == "paper" or all(one.extracted is None for one in case.references + case.aggregates)
        for case in cases
    ]
    texts = [case.texts if need else [] for case, need in zip(cases, needed, strict=True)]
    vectors = tools.embed([text for own in texts for text in own])
    ends = np.cumsum([len(own) for own in texts])
    parts = [vectors[end - len(own) : end] for own, end in zip(texts, ends, strict=True)]
    return [medoid_similarity(part) if len(part) else None for part in parts]


def _finish_ours(
    preset: Preset, panel: Panel, evidence: Evidence, case: _Case, similarity: np.ndarray | None
) -> Collaboration:
    """The most probable answer, in the words of its most confident aggregate, else of its best reference."""
    if not case.aggregates:
        found = select_by_vote(panel, evidence, [case.question])[0]
        cost = found.cost_usd if case.asked == 0 else None
        return replace(found, n_call=found.n_call + case.asked, cost_usd=cost, stopped_early=case.decided)
    chances = _chances(preset, panel, evidence, case)
    confidence = bounded_confidence(np.array(case.logprobs))
    alike = [None] * len(case.texts) if similarity is None else similarity.tolist()
    candidates = [_weighed(one, chances) for one in case.references]
    candidates += [
        replace(_weighed(one, chances), confidence=float(sure), similarity=near)
        for one, sure, near in zip(case.aggregates, confidence, alike, strict=True)
    ]
    n = len(case.references)
    worth = [
        (one.posterior, at >= n, one.similarity or 0.0, one.confidence or 0.0, -at) for at, one in enumerate(candidates)
    ]
    chosen = max(range(len(worth)), key=worth.__getitem__)
    stated = candidates[chosen].posterior if chances else None
    return _closed(case, candidates, chosen, stated)


def _finish_paper(preset: Preset, case: _Case, similarity: np.ndarray | None) -> Collaboration:
    """The first aggregate with the largest similarity + c (1 - PPL); without any, the best reference."""
    if similarity is None:
        return _closed(case, case.references, 0 if case.references else None, None)
    logprobs = np.array(case.logprobs)
    total = paper_posterior(similarity, logprobs, preset.ppl_coefficient)
    confidence = 1 - np.exp(-logprobs)
    candidates = [
        replace(one, similarity=float(near), confidence=known(sure), posterior=float(value))
        for one, near, sure, value in zip(case.aggregates, similarity, confidence, total, strict=True)
    ]
    return _closed(case, candidates, int(total.argmax()), None)


def _weighed(one: Candidate, chances: dict[str, float]) -> Candidate:
    return replace(one, posterior=0.0 if one.extracted is None else chances[one.extracted])


def _closed(case: _Case, candidates: Sequence[Candidate], chosen: int | None, stated: float | None) -> Collaboration:
    agreement = agreement_of([one.extracted for one in candidates])
    shown = tuple(replace(one, agreement=share) for one, share in zip(candidates, agreement, strict=True))
    paid = [one.cost_usd for one in case.references + case.aggregates]
    failed = case.asked - len(case.aggregates)  # what a failed call cost is on the ledger, not known here
    cost = total_cost(paid) if failed == 0 else None
    return Collaboration(
        case.question, shown, chosen, stated, len(case.references) + case.asked, cost, case.asked < len(case.subsets)
    )
