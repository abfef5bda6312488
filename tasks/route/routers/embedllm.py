"""EmbedLLM: who is right is a product of a question's and a model's vector (LLMRouterBench reference, section 5.2).

Faithful: the model (projected question with noise, element-wise product with a vector per model, linear layer to two
classes), its first weights, the cross-entropy, Adam. Different: the embedder is the run's; noise is drawn per question
and epoch, not per answer (the same loss in expectation); batches are drawn. The reference keeps the epoch that is most
accurate on its *test* part; here it is that of the least loss on validation, or with `chosen_on: test` on test.
"""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from pydantic import Field

from tasks.route.contract import Inputs, Prediction, Progress, Router, Train
from tasks.route.curve import CostPolicy
from tasks.route.registry import routers
from tasks.route.train import Rounded, TrainedPolicy, TrainOptions, by_name, cross_entropy, descend, mean_cost, rounded


@dataclass(frozen=True, eq=False)
class EmbedLLMPolicy(TrainedPolicy, CostPolicy):
    """The factors.

    Args:
        projection: (d, D) of a question's vector.
        shift: (d,) its bias.
        models: (M, d), NaN for a model without a label.
        classes: (2, d) weights of wrong and right.
        offsets: (2,) their biases.
        cost: (M,) mean cost of each model.
        noise: standard deviation added to the vectors that are predicted for.
        epoch: the weights are of.
    """

    projection: np.ndarray
    shift: np.ndarray
    models: np.ndarray
    classes: np.ndarray
    offsets: np.ndarray
    cost: np.ndarray
    noise: float
    epoch: int

    def predict(self, inputs: Inputs) -> Prediction:
        """Probability that each model is right, and its mean cost."""
        from scipy.special import expit

        weights = self.models * (self.classes[1] - self.classes[0])
        logits = (inputs.vectors @ self.projection.T + self.shift) @ weights.T + (self.offsets[1] - self.offsets[0])
        if self.noise:
            drawn = [np.random.default_rng(crc32(one.tobytes())).normal(size=len(weights)) for one in inputs.vectors]
            logits = logits + self.noise * np.linalg.norm(weights @ self.projection, axis=1) * np.array(drawn)
        return Prediction.at_mean_cost(expit(logits.astype(np.float64)), self.cost)


class EmbedLLMOptions(TrainOptions):
    """Chosen on validation parts of recorded data, unless something else is said."""

    rate: float = Field(0.001, gt=0, description="step size of Adam")
    width: int = Field(64, ge=1, description="d, of the vectors that are multiplied")
    noise: float = Field(
        0.1, ge=0, description="standard deviation added to the questions' vectors while learning; published: 0.05"
    )
    labels: Rounded = Field("no", description="fractional scores as labels: no rounding, down, up; published: down")
    noisy_predictions: bool = Field(False, description="published defect: noise in each prediction, too")


@routers.register("embedllm")
class EmbedLLM(Router[EmbedLLMOptions]):
    """Matrix factorisation on frozen embeddings."""

    Options = EmbedLLMOptions
    policy = EmbedLLMPolicy

    def fit(self, train: Train, report: Progress) -> EmbedLLMPolicy:
        """The factors of the epoch with the least cross-entropy on what is held out."""
        import torch

        options, (ordered, place) = self.options, by_name(train)
        vectors = torch.from_numpy(train.inputs.vectors)
        labels = torch.from_numpy(rounded(ordered.known.score, options.labels)).float()

        def loss(weights: dict[str, Any], rows: Any, drawn: Any) -> Any:
            asked = vectors[rows]
            if drawn is not None:
                asked = asked + options.noise * torch.randn(asked.shape, generator=drawn)
            projected = asked @ weights["projection"].T + weights["shift"]
            weighed = weights["models"] * (weights["classes"][1] - weights["classes"][0])
            return cross_entropy(projected @ weighed.T + weights["offsets"].diff(), labels[rows])

        start = _start(vectors.shape[1], options.width, len(place), train.seed)
        found, epoch = descend(start, loss, train, options, report)
        found["models"][np.isnan(ordered.known.score).all(axis=0)] = np.nan
        noise = options.noise if options.noisy_predictions else 0.0
        return EmbedLLMPolicy(
            **found | {"models": found["models"][place]}, cost=mean_cost(train), noise=noise, epoch=epoch
        )


def _start(dimension: int, width: int, n_model: int, seed: int) -> dict[str, np.ndarray]:
    """First weights: uniform within 1 / sqrt(inputs) for linear layers, normal for the models, as in torch."""
    generator = np.random.default_rng(seed)

    def linear(shape: tuple[int, ...], n_in: int) -> np.ndarray:
        return generator.uniform(-(n_in**-0.5), n_in**-0.5, shape)

    return {
        "projection": linear((width, dimension), dimension),
        "shift": linear((width,), dimension),
        "models": generator.normal(size=(n_model, width)),
        "classes": linear((2, width), width),
        "offsets": linear((2,), width),
    }
