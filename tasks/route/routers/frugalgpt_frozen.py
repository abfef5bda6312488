"""FrugalGPT on frozen embeddings (LLMRouterBench reference, section 5.8): ask one model, and another if that is unsure.

Faithful to the benchmark: a scorer per model that sees the question alone (the original's sees the answer, too), labels
of at least one half; cascades of one or two models, the most accurate within a budget per question; the cost of all
who are asked counts. Different: a logistic head on the run's embedding per model stands for fine-tuned 7B scorers;
every threshold that tells train questions apart is tried, not a grid with Nelder-Mead; in our setting any two models of
the pool may make a cascade, and thresholds are chosen on what the scorers did not learn from, not on what they did.
Live, `route`, `ask` and `serve` name and ask the model whose answer stands alone: who is asked before changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field

from profiles.arrays import Float2D
from tasks.measure.settle import Decision
from tasks.route.contract import Inputs, Point, Policy, Prediction, Progress, Router, Train
from tasks.route.ranking import PairOptions, strong_and_weak
from tasks.route.registry import routers
from tasks.route.train import TrainOptions, by_name, cross_entropy, descend, held_out, mean_cost
from warehouse.errors import UserError

_SHARES = tuple(np.linspace(0.1, 1.0, 10).round(1).tolist())
_DIGITS = 9  # sums of equal scores, or costs, in another order differ in the last digits of a float


class Cascade(NamedTuple):
    """Whom to ask first, and next where the first one's predicted score is not above a threshold."""

    first: int
    second: int
    threshold: float


@dataclass(frozen=True, eq=False)
class FrugalGPTPolicy(Policy):
    """Scorers, and a cascade per budget.

    Args:
        weights: (M, D), NaN for a model without a label.
        offsets: (M,).
        cascades: (P, 3) first model, second model and threshold: of the own budget, then of each of the curve's.
        cost: (M,) mean cost of each model.
        epoch: the scorers are of.
    """

    weights: np.ndarray
    offsets: np.ndarray
    cascades: np.ndarray
    cost: np.ndarray
    epoch: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The epoch that was chosen, and positions of the own cascade's models."""
        return {"epoch": self.epoch, "cascade": list(dict.fromkeys(self.cascades[0, :2].astype(int).tolist()))}

    @property
    def points(self) -> tuple[Point, ...]:
        """The own budget; then, by name, the share of the dearest model's mean cost."""
        return (Point(), *(Point(f"budget {_SHARES[at - 1]:g}", knob=at) for at in range(1, len(self.cascades))))

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that each model is right, and its mean cost."""
        from scipy.special import expit

        score = expit(inputs.vectors.astype(np.float64) @ self.weights.T + self.offsets)
        return Prediction.at_mean_cost(score, self.cost)

    def decide(self, prediction: Prediction, point: Point) -> Decision:
        """The first model; where its predicted score is not above the threshold, the second one, too, which stands."""
        first, second, threshold = self.cascades[int(point.knob or 0)]
        stands = prediction.score[:, int(first)] > threshold
        asked = np.zeros(prediction.score.shape, dtype=bool)
        asked[:, int(first)] = True
        asked[~stands, int(second)] = True
        return Decision(np.where(stands, first, second).astype(int), asked)


class CascadeOptions(PairOptions):
    """Which cascades there are, and how one is chosen."""

    lifted: bool = Field(True, description="any two models make a cascade; else the strong and the weak one alone")
    budget_usd: float | None = Field(None, gt=0, description="mean cost of a question; none: the most accurate cascade")
    tuned_on_learned: bool = Field(False, description="published defect: thresholds on what the scorers learned from")


class FrugalGPTOptions(CascadeOptions, TrainOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""


@routers.register("frugalgpt-frozen")
class FrugalGPT(Router[FrugalGPTOptions]):
    """Scorers of the question, and the cascade that does best with them within a budget."""

    Options = FrugalGPTOptions
    policy = FrugalGPTPolicy
    version = "2"

    def fit(self, train: Train, report: Progress) -> FrugalGPTPolicy:
        """Scorers of the epoch with the least cross-entropy on what is held out, and cascades."""
        import torch

        vectors, known = torch.from_numpy(train.inputs.vectors), torch.from_numpy(verdicts(train)).float()

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            return cross_entropy(vectors[rows] @ weights["weights"].T + weights["offsets"], known[rows])

        start = first_scorers(known.shape[1], vectors.shape[1])
        found, epoch = descend(start, loss, train, self.options, report)
        return with_cascades(found, epoch, train, train.inputs, self.options)


def first_scorers(m: int, d: int) -> dict[str, np.ndarray]:
    """Scorers of m models before anything is learned, of vectors of d dimensions."""
    return {"weights": np.zeros((m, d)), "offsets": np.zeros(m)}


def verdicts(train: Train) -> np.ndarray:
    """(n, M) whether each model, in order of their names, is right; NaN where unknown."""
    scores = by_name(train)[0].known.score
    labels: Float2D = np.where(np.isnan(scores), np.nan, scores >= 0.5)
    return labels


def with_cascades(
    found: Mapping[str, np.ndarray], epoch: int, train: Train, inputs: Inputs, options: CascadeOptions
) -> FrugalGPTPolicy:
    """The policy of these scorers, its cascades chosen on the train questions as they are given.

    Args:
        found: the scorers' weights and offsets, models in order of their names.
        epoch: they are of.
        train: what every model got.
        inputs: the same questions, as the scorers see them.
        options: which cascades there are.
    """
    ordered, place = by_name(train)
    unknown = np.isnan(ordered.known.score).all(axis=0)
    found = {**found, "weights": np.where(unknown[:, None], np.nan, found["weights"])}
    cost = mean_cost(ordered)
    policy = FrugalGPTPolicy(**found, cascades=np.empty((0, 3)), cost=cost, epoch=epoch)
    able = ~np.isnan(found["weights"][:, 0])
    if not options.lifted:
        able &= np.isin(np.arange(len(place)), strong_and_weak(ordered.known, options))
    held = held_out(train)
    rows = ~held if options.tuned_on_learned or not held.any() else held
    plans = _plans(ordered, policy.predict(inputs).score, np.flatnonzero(able), rows, options.budget_usd)
    back = np.argsort(place)
    cascades = [(back[one.first], back[one.second], one.threshold) for one in plans]
    own = {name: one[place] for name, one in found.items()}
    return FrugalGPTPolicy(**own, cascades=np.array(cascades, dtype=np.float64), cost=cost[place], epoch=epoch)


def _plans(train: Train, said: np.ndarray, able: np.ndarray, rows: np.ndarray, budget: float | None) -> list[Cascade]:
    """The best cascade of these models and questions within the own budget, then within each of the curve's.

    Raises:
        UserError: there is a budget, but some cost is unknown.
    """
    cost = mean_cost(train)
    if budget is not None and np.isnan(cost[able]).any():
        raise UserError("a budget needs the cost of every model; give prices in the pool's model_info")
    priced = not np.isnan(cost[able]).any() and cost[able].max() > 0
    score = np.where(np.isnan(train.known.score), said, train.known.score)[rows][:, able]
    spent = np.where(np.isnan(train.known.cost_usd), cost, train.known.cost_usd)[rows][:, able]
    budgets = [np.inf if budget is None else budget, *(share * cost[able].max() for share in _SHARES if priced)]
    found = best_cascades(score, spent if priced else np.zeros(score.shape), said[rows][:, able], budgets)
    return [Cascade(int(able[one.first]), int(able[one.second]), one.threshold) for one in found]


def best_cascades(score: np.ndarray, cost: np.ndarray, said: np.ndarray, budgets: Sequence[float]) -> list[Cascade]:
    """The most accurate cascade of one or two models within each budget; of equal ones, the cheapest.

    Args:
        score: (n, M) what the models got.
        cost: (n, M) what that cost.
        said: (n, M) what was predicted.
        budgets: mean cost of a question; where no cascade keeps one, the cheapest model is asked alone.
    """
    cheapest = int(np.argmin(cost.mean(axis=0)))
    best = [(-np.inf, np.inf, Cascade(cheapest, cheapest, -np.inf))] * len(budgets)
    for first in range(score.shape[1]):
        value, spent, threshold = _cascades_from(first, score, cost, said)
        for at, budget in enumerate(budgets):
            inside = np.where(spent <= budget * (1.0 + 10.0**-_DIGITS), value, -np.inf)
            highest = inside.max()
            k, second = np.unravel_index(np.argmin(np.where(inside == highest, spent, np.inf)), spent.shape)
            if highest > -np.inf and (highest, -spent[k, second]) > (best[at][0], -best[at][1]):
                best[at] = (highest, spent[k, second], Cascade(first, int(second), float(threshold[k])))
    return [one for _, _, one in best]


def _cascades_from(
    first: int, score: np.ndarray, cost: np.ndarray, said: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean score and cost (n, M) if the first model's k + 1 best-looking answers stand and a second gives the others.

    Also (n,) the threshold that does so. A row that no threshold gives, and a second model that is the first one while
    some answers are left, have a score of -inf.
    """
    n = len(score)
    order = np.argsort(-said[:, first], kind="stable")
    looks = said[order, first]
    own, given = score[order, first].cumsum(), score[order].cumsum(axis=0)
    value = ((own[:, None] + given[-1] - given) / n).round(_DIGITS)
    paid = cost[order].cumsum(axis=0)
    spent = (cost[:, first].sum() + paid[-1] - paid) / n
    threshold = np.append((looks[:-1] + looks[1:]) / 2, -np.inf)
    apart = np.append(looks[:-1] > threshold[:-1], True)
    value[~apart] = -np.inf
    value[:-1, first] = -np.inf
    value[-1, np.arange(score.shape[1]) != first] = -np.inf
    return value, spent, threshold
