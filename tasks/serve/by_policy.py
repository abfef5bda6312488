"""A live question answered by one model, which a fitted router chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from profiles.preset import Preset
from tasks.collaborate.answer import Collaboration, total_cost
from tasks.collaborate.asking import CandidateRequest, ask
from tasks.collaborate.episode import Episode
from tasks.collaborate.selection import Selection
from tasks.collaborate.services import Services
from tasks.collect.messages import messages_of
from tasks.collect.record import Answer, Request
from tasks.route.contract import Inputs
from tasks.route.use import Advice, UsablePolicy, advise
from tasks.serve.bank_state import BankState
from warehouse.errors import UserError


def alone(policy_id: str) -> Preset:
    """How a policy answers: the chosen model alone, and the next likeliest where it does not answer."""
    return Preset(
        name=policy_id,
        title="one model, chosen by a router",
        posterior="majority",
        aggregate=False,
        top_n=1,
        top_n_code=1,
    )


class Heard(NamedTuple):
    """What asking a model before the choice gave and took.

    Args:
        answer: None where none came.
        costs: of the calls made, in US dollars; None where unknown.
    """

    answer: Answer | None
    costs: Sequence[float | None]


async def heard(usable: UsablePolicy, known: BankState, row: Mapping[str, Any], services: Services) -> list[Heard]:
    """Ask the models that a policy listens to before it chooses, as any model is asked.

    Raises:
        UserError: it was fitted on vectors of another embedder, or for models that the pool lacks.
    """
    if usable.vectors != known.embedder:
        raise UserError(
            f"policy '{usable.policy_id}' was fitted on vectors of {usable.vectors}, and this profile's are of "
            f"{known.embedder}"
        )
    if lacking := [model for model in usable.models if model not in known.matrix.models]:
        raise UserError(f"policy '{usable.policy_id}' asks models that the pool lacks, such as {lacking[0]}")
    names = [name for at in usable.policy.heard if (name := usable.models[at]) in services.askable]
    episodes = [Episode(0, row) for _ in names]
    requests = [Request(str(row["question_id"]), name, messages_of(row)) for name in names]
    told = await ask(
        [CandidateRequest(*one, (one[1].model,)) for one in zip(episodes, requests, strict=True)], services
    )
    return [Heard(one and one.answer, episode.costs) for one, episode in zip(told, episodes, strict=True)]


def billed(found: Collaboration, before: Sequence[Heard]) -> Collaboration:
    """The same with the calls made before the choice, but for those whose answers are its own."""
    own = {one.response_id for one in found.candidates}
    costs = [cost for one in before if one.answer is None or one.answer.response_id not in own for cost in one.costs]
    return replace(found, n_call=found.n_call + len(costs), cost_usd=total_cost([found.cost_usd, *costs]))


def advised(usable: UsablePolicy, known: BankState, text: str, before: Sequence[Heard]) -> list[Advice]:
    """What a policy says of a question at its own operating point.

    Args:
        usable: the policy.
        known: whose vectors it looks at.
        text: the question.
        before: what the models that it listens to said (see `heard`).
    """
    texts = {one.answer.model: one.answer.text for one in before if one.answer is not None}
    vectors = known.embed([text])

    def said(model: str) -> np.ndarray:
        return known.embed([texts[model]]) if texts.get(model) else np.zeros_like(vectors)

    return advise(usable, Inputs([text], vectors, said), usable.points[0])


def routed(selection: Selection, advice: Sequence[Advice]) -> Selection:
    """The selection with the policy's order of models, and its predicted scores as what is expected of them."""
    at = [selection.matrix.models.index(one.model) for one in advice]
    others = [place for place in selection.ranked[0].tolist() if place not in at]
    prior = np.full_like(selection.prior, np.nan)
    prior[0, at] = [np.nan if one.score is None else one.score for one in advice]
    ranked = np.array([[*at, *others]])
    return replace(selection, prior=prior, ranked=ranked, chosen=[np.array(at[:1])], routed=np.array([True]))
