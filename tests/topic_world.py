"""Questions of a few topics, and models that know one each: what every router that learns should find."""

import numpy as np

from tasks.route.checks import train_of
from tasks.route.contract import Inputs, choose


def topics(n=240, n_topic=3, seed=0, cost=None):
    """A train part, model t right on topic t alone; 60 other questions, and the expert of each."""
    generator = np.random.default_rng(seed)
    topic = np.arange(n + 60) % n_topic
    vectors = np.eye(n_topic, 8)[topic] + generator.normal(size=(n + 60, 8)) * 0.15
    scores = (topic[:, None] == np.arange(n_topic)).astype(float)
    train = train_of(vectors[:n], scores[:n], None if cost is None else np.tile(cost, (n, 1)), seed=seed)
    asked = train_of(vectors[n:], scores[n:]).inputs
    return train, asked, topic[n:]


def share_of_experts(policy, asked: Inputs, expert: np.ndarray) -> float:
    """How often the expert is chosen."""
    return float((choose(policy.predict(asked)) == expert).mean())
