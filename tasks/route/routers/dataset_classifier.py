"""dataset-classifier: tells the question's dataset, and asks the model that is best there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tasks.measure.settle import members, weighted_means
from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.posterior import dataset_costs, dataset_means, fit_posterior, posterior
from tasks.route.registry import routers
from tasks.route.train import mean_cost


@dataclass(frozen=True, eq=False)
class DatasetPolicy(CostPolicy):
    """A classifier of C datasets, and what each model got and took in them.

    Args:
        weights: (C, D + 1) of the classifier.
        scores: (C, M) mean scores.
        costs: (C, M) mean costs; NaN where unknown.
        cost: (M,) mean cost of each model; NaN where unknown.
    """

    weights: np.ndarray
    scores: np.ndarray
    costs: np.ndarray
    cost: np.ndarray

    @property
    def parameters(self) -> dict[str, Any]:
        """Number of datasets."""
        return {"datasets": len(self.scores)}

    def predict(self, inputs: Inputs) -> Prediction:
        """Expected score and cost over the datasets that the question may be of."""
        share = posterior(inputs.vectors, self.weights)
        return Prediction(share @ self.scores, weighted_means(self.costs, share))


class DatasetOptions(BaseModel):
    """How closely the classifier fits, and how far a dataset's evidence is trusted."""

    model_config = ConfigDict(extra="forbid")

    looseness: float = Field(10.0, gt=0, description="1 / strength of the classifier's penalty")
    strength: float = Field(1.0, gt=0, description="questions that a model's overall mean counts for in a dataset")


@routers.register("dataset-classifier")
class DatasetClassifier(Router[DatasetOptions]):
    """A logistic classifier of the dataset on the embedding; a model's score is its expected accuracy over datasets.

    Most of what routers earn is knowing the dataset: what does not beat this one has learned nothing about questions.
    """

    Options = DatasetOptions
    policy = DatasetPolicy

    def fit(self, train: Train, report: Progress) -> DatasetPolicy:
        """Classifier, and mean scores and costs of each dataset."""
        names, codes = np.unique(train.known.datasets, return_inverse=True)
        member = members(train.known.datasets)
        weights = fit_posterior(train.inputs.vectors, codes, len(names), self.options.looseness)
        scores = dataset_means(train.known.score, member, self.options.strength)
        cost = mean_cost(train)
        return DatasetPolicy(weights, scores, dataset_costs(train.known.cost_usd, member), cost)
