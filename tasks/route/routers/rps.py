"""rps: the prior that collaboration chooses its models by, as a router that asks the best one alone."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from profiles.constants import Constants
from profiles.prior import local_accuracy, prior_scores
from profiles.top import exact
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import mean_cost


@dataclass(frozen=True, eq=False)
class RpsPolicy(CostPolicy):
    """The train part as a question bank.

    Args:
        vectors: (n, D) of its questions.
        labels: (n, M) scores, NaN where unknown.
        datasets: (n,) text.
        cost: (M,) mean cost of each model.
        prior: shrunk, weighted or count.
        k: retrieval depth.
        rho: slack on the k-th similarity.
        constants: strengths of the shrinkage: local, dataset, dataset neighbours, global share.
    """

    vectors: np.ndarray
    labels: np.ndarray
    datasets: np.ndarray
    cost: np.ndarray
    prior: str
    k: int
    rho: float
    constants: np.ndarray

    @property
    def parameters(self) -> dict[str, Any]:
        """The prior and its retrieval depth."""
        return {"prior": self.prior, "k": self.k}

    def predict(self, inputs: Inputs) -> Prediction:
        """The prior of each model, which is an accuracy where it is shrunk, and its mean cost."""
        if self.prior == "shrunk":
            near, cosine = exact(self.vectors, inputs.vectors, min(self.k, len(self.vectors)))
            score = local_accuracy(near, cosine, self.labels, self.datasets, constants=self._constants)
            score[:, np.isnan(self.labels).all(axis=0)] = np.nan
        else:
            asked, bank = inputs.vectors.astype(np.float64), self.vectors.astype(np.float64)
            weighted = self.prior == "weighted"
            score, _ = prior_scores(asked, bank, self.labels, self.k, self.rho, weighted=weighted)
        return Prediction.at_mean_cost(score, self.cost)

    @property
    def _constants(self) -> Constants:
        names = ("local_strength", "dataset_strength", "dataset_neighbours", "global_share")
        return Constants(**dict(zip(names, self.constants.tolist(), strict=True)))


class RpsOptions(BaseModel):
    """As of the preset `smcs`, unless something else is said; those of a preset's prior."""

    model_config = ConfigDict(extra="forbid")

    prior: Literal["weighted", "count", "shrunk"] = Field(
        "shrunk",
        description="shrunk: towards dataset and pool; weighted, count: of similarities, of neighbours (paper)",
    )
    k: int = Field(100, ge=1, description="retrieval depth")
    rho: float = Field(0.95, ge=0, le=1, description="slack on the k-th similarity (weighted and count prior)")
    constants: Constants = Field(
        Constants(),
        description="of the shrunk prior: local_strength, dataset_strength, dataset_neighbours, global_share",
    )


@routers.register("rps")
class Rps(Router[RpsOptions]):
    """Retrieval-based prior selection (SMCS reference, sections 1.4 and 1.5) one model asked; nothing is fitted."""

    Options = RpsOptions
    policy = RpsPolicy

    def fit(self, train: Train, report: Progress) -> RpsPolicy:
        """The train part itself."""
        options, own = self.options, self.options.constants
        strengths = own.local_strength, own.dataset_strength, own.dataset_neighbours, own.global_share
        return RpsPolicy(
            train.inputs.vectors,
            train.known.score,
            train.known.datasets.astype(str),
            mean_cost(train),
            options.prior,
            options.k,
            options.rho,
            np.array(strengths),
        )
