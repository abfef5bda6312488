"""random-features: a control that learns from vectors that say nothing."""

from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from tasks.route.contract import Inputs, NoOptions, Prediction, Progress, Router, Train
from tasks.route.registry import routers
from tasks.route.routers.ridge import Ridge
from tasks.route.routers.shuffled_labels import ShuffledPolicy


@dataclass(frozen=True, eq=False)
class RandomFeaturesPolicy(ShuffledPolicy):
    """A ridge probe of random vectors."""

    def predict(self, inputs: Inputs) -> Prediction:
        """As of the probe, for the vectors that the texts draw."""
        return super().predict(drawn(inputs))


@routers.register("random-features")
class RandomFeatures(Router[NoOptions]):
    """The ridge probe on random unit vectors, drawn anew for every text: what it gains, chance gains.

    A router that is no better has learned nothing from the embedding.
    """

    policy = RandomFeaturesPolicy

    def fit(self, train: Train, report: Progress) -> RandomFeaturesPolicy:
        """A ridge probe of random vectors."""
        found = Ridge().fit(replace(train, inputs=drawn(train.inputs)), report)
        return RandomFeaturesPolicy(**vars(found))


def drawn(inputs: Inputs) -> Inputs:
    """The same texts with unit vectors that depend on nothing else."""
    seeds = [crc32(text.encode()) for text in inputs.texts]
    vectors = np.array([np.random.default_rng(seed).normal(size=inputs.vectors.shape[1]) for seed in seeds])
    return Inputs(inputs.texts, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
