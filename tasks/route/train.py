"""Gradient descent on the CPU for routers that have weights: torch inside, numpy outside."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from profiles.arrays import Float1D, Float2D
from tasks.measure.settle import weighted_means
from tasks.route.contract import Policy, Progress, Train
from warehouse.errors import UserError

_HELD = 0.2  # of the train part, where the run sets no validation part aside
_FEW = 10  # questions of which none can be spared

Loss = Callable[[dict[str, Any], Any, Any], Any]
"""Weights as tensors, (B,) positions of questions, and the generator of what is drawn while learning (None: it is
only looked how good the weights are) → mean loss over the known labels of these questions, a scalar tensor."""


Rounded = Literal["no", "down", "up"]
"""What a fractional score is as a label: itself, wrong (0.5 → 0), or right (0.5 → 1)."""


class TrainOptions(BaseModel):
    """How long and how fast weights are learned: Adam, batches drawn by the seed, the best epoch on validation kept."""

    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(
        100, ge=1, description="at most; the weights of the epoch with the least held-out loss are kept"
    )
    patience: int = Field(10, ge=1, description="epochs without a smaller held-out loss after which learning ends")
    batch: int = Field(256, ge=1, description="questions a step learns from")
    rate: float = Field(0.01, gt=0, description="step size of Adam")
    decay: float = Field(0.0, ge=0, description="weight decay")
    chosen_on: Literal["validation", "test"] = Field(
        "validation",
        exclude_if=lambda part: part == "validation",  # what was fitted before there was a choice is not fitted anew
        description="part of the split whose loss chooses the epoch; published defect: test, which then counts "
        "wherever validation does, in mean costs, too",
    )


class Trained(NamedTuple):
    """Weights by name, float32, and the epoch they are of."""

    weights: dict[str, np.ndarray]
    epoch: int


class TrainedPolicy(Policy):
    """A policy whose weights were learned by `descend`.

    Attributes:
        epoch: the weights are of.
    """

    epoch: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The epoch that was chosen."""
        return {"epoch": self.epoch}


def by_name(train: Train) -> tuple[Train, np.ndarray]:
    """The same with its models in order of their names, and (M,) where each of the pool's models stands in it.

    What is drawn or summed model by model is then the same in every order of the pool, to the bit.
    """
    names = sorted(train.known.models)
    ordered = Train(train.known.only(names), train.inputs, train.validation, train.cards, train.seed)
    return ordered, np.array([names.index(model) for model in train.known.models])


def held_out(train: Train) -> np.ndarray:
    """(n,) whether a question is kept to choose the epoch on: the validation part, or a fifth drawn by the seed."""
    n = len(train.validation)
    if train.validation.any() and not train.validation.all():
        return train.validation
    held = np.zeros(n, dtype=bool)
    held[np.random.default_rng(train.seed).permutation(n)[: int(_HELD * n) if n >= _FEW else 0]] = True
    return held


def descend(
    start: Mapping[str, np.ndarray], loss: Loss, train: Train, options: TrainOptions, report: Progress
) -> Trained:
    """Learn weights, and keep those of the epoch with the least loss on what is held out.

    Args:
        start: first weights by name.
        loss: see `Loss`.
        train: whose questions are learned from, and whose seed draws; where too few are there to hold any out, the
            last epoch is kept.
        options: how long and how fast.
        report: is told the epochs done.

    Raises:
        UserError: see `refuse_astray`.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # steps are small, and sums do not depend on the machine
    try:
        return _descend(start, loss, held_out(train), train.seed, options, report)
    finally:
        torch.set_num_threads(threads)


def refuse_astray(found: Trained) -> None:
    """Refuse what was not learned.

    Raises:
        UserError: no epoch had a finite loss, or a weight is not finite.
    """
    if found.epoch == 0 or not all(np.isfinite(one).all() for one in found.weights.values()):
        raise UserError("learning went astray: a loss or weight is no finite number; give the router a smaller rate")


def mean_cost(train: Train) -> np.ndarray:
    """(M,) mean cost of each model, NaN where none is known: what is predicted by routers that learn no cost."""
    cost: Float1D = weighted_means(train.known.cost_usd)[0]
    return cost


def alike(scores: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions of questions, and of the models that have a label for just these; none for models without a label."""
    patterns, which = np.unique(~np.isnan(scores), axis=1, return_inverse=True)
    for at, pattern in enumerate(patterns.T):
        if pattern.any():
            yield np.flatnonzero(pattern), np.flatnonzero(which == at)


def rounded(scores: np.ndarray, how: Rounded) -> np.ndarray:
    """Scores as labels, NaN where unknown."""
    labels: Float2D = np.floor(scores) if how == "down" else np.ceil(scores) if how == "up" else scores
    return labels


def cross_entropy(logits: Any, labels: Any) -> Any:
    """Mean binary cross-entropy over the labels that are known; tensors of one shape, labels NaN where unknown."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    known = ~labels.isnan()
    return binary_cross_entropy_with_logits(logits[known], labels[known], reduction="sum") / known.sum().clamp(min=1)


def _descend(
    start: Mapping[str, np.ndarray], loss: Loss, held: np.ndarray, seed: int, options: TrainOptions, report: Progress
) -> Trained:
    import torch

    weights = {name: torch.tensor(one, dtype=torch.float32, requires_grad=True) for name, one in start.items()}
    adam = torch.optim.Adam(weights.values(), lr=options.rate, weight_decay=options.decay)
    drawn = torch.Generator().manual_seed(seed)
    learned, checked = (torch.from_numpy(np.flatnonzero(one)) for one in (~held, held))
    best, least = Trained(_kept(weights), 0), np.inf
    for epoch in range(1, options.epochs + 1):
        for rows in learned[torch.randperm(len(learned), generator=drawn)].split(options.batch):
            adam.zero_grad()
            loss(weights, rows, drawn).backward()
            adam.step()
        report(epoch, options.epochs)
        with torch.no_grad():
            now = float(loss(weights, checked, None)) if len(checked) else -epoch
        if now < least:
            best, least = Trained(_kept(weights), epoch), now
        if epoch - best.epoch >= options.patience:
            break
    refuse_astray(best)
    return best


def _kept(weights: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: one.detach().numpy().copy() for name, one in weights.items()}
