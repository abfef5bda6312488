"""A live question answered by one model, which a fitted router chooses."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from profiles.schema import Preset
from tasks.collaborate.selection import Selection
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


def advised(usable: UsablePolicy, known: BankState, text: str) -> list[Advice]:
    """What a policy says of a question at its own operating point.

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
    return advise(usable, Inputs([text], known.embed([text])), usable.points[0])


def routed(selection: Selection, models: Sequence[str], advice: Sequence[Advice]) -> Selection:
    """The selection with the policy's order of models, and its predicted scores as what is expected of them."""
    at = [models.index(one.model) for one in advice]
    others = [place for place in selection.ranked[0].tolist() if place not in at]
    prior = np.full_like(selection.prior, np.nan)
    prior[0, at] = [np.nan if one.score is None else one.score for one in advice]
    ranked = np.array([[*at, *others]])
    return replace(selection, prior=prior, ranked=ranked, chosen=[np.array(at[:1])], routed=np.array([True]))
