import numpy as np
import pytest

from tasks.route.checks import sample_train, train_of
from tasks.route.routers.graphrouter import GraphRouter, GraphRouterOptions, edges, states
from tests.topic_world import share_of_experts, topics
from warehouse.errors import UserError


def fitted(train, **options):
    return GraphRouter(GraphRouterOptions(**options)).fit(train, lambda done, of: None)


def weights(generator, d=4, models=3):
    shapes = {"models": (models, d), "edge": (3, 3), "edge_shift": (3,), "message": (2, d, d), "message_shift": (2, d)}
    shapes |= {"of_edge": (2, d, 3), "scale": (2, d), "centre": (2, d)}
    return {name: generator.normal(size=shape) for name, shape in shapes.items()}


def slow_states(w, asked, features, visible):
    """One message along every visible edge, node by node."""
    nodes = [*asked, *w["models"]]
    for layer in range(2):
        heard = [np.array(node) for node in nodes]
        for i in range(len(asked)):
            for m in range(len(w["models"])):
                if visible[i, m]:
                    told = [
                        max(0.0, float(row @ features[i, m] + b))
                        for row, b in zip(w["edge"], w["edge_shift"], strict=True)
                    ]
                    heard[len(asked) + m] += w["message"][layer] @ nodes[i] + w["message_shift"][layer]
                    heard[len(asked) + m] += w["of_edge"][layer] @ told
        mean, spread = np.mean(heard, axis=0), np.sqrt(np.var(heard, axis=0) + 1e-5)
        nodes = [(node - mean) / spread * w["scale"][layer] + w["centre"][layer] for node in heard]
        nodes = [np.maximum(node, 0) for node in nodes] if layer == 0 else nodes
    return nodes[len(asked) :]


def test_two_convolutions_equal_messages_sent_one_by_one():
    import torch

    generator = np.random.default_rng(0)
    w, asked, features = weights(generator), generator.normal(size=(6, 4)), generator.normal(size=(6, 3, 3))
    visible = generator.random((6, 3)) < 0.5
    found = states(
        {name: torch.tensor(one) for name, one in w.items()}, *map(torch.tensor, (asked, features, 1.0 * visible))
    )
    assert found.numpy() == pytest.approx(np.array(slow_states(w, asked, features, visible)))


def test_prediction_is_the_sigmoid_of_the_mean_product():
    policy, asked = fitted(sample_train(), epochs=3), sample_train(n=4, seed=1).inputs
    first = [policy.projection @ question + policy.shift for question in asked.vectors]
    slow = [[1 / (1 + np.exp(-np.mean(one * model))) for model in policy.models] for one in first]
    assert policy.predict(asked).score == pytest.approx(np.array(slow), abs=1e-5)


def test_whoever_has_the_highest_utility_is_to_be_found():
    scores = np.array([[1.0, 1.0, 0.0], [0.0, 0.5, np.nan], [0.0, 0.0, 1.0]])
    costs = np.array([[3.0, 1.0, 2.0], [5.0, 4.0, np.nan], [5.0, 4.0, 4.0]])
    train = train_of(np.eye(3), scores, costs, np.array(["a", "b", "b"]))
    features, best = edges(train, 0.0)
    assert best.tolist()[0] == [1, 1, 0]
    assert best[1] == pytest.approx([0, 1, np.nan], nan_ok=True)
    assert features[0].tolist() == [[1, 1, 1], [1, 0, 1], [0, 0.5, 0]]
    assert edges(train, 0.5)[1].tolist()[0] == [0, 1, 0]
    with pytest.raises(UserError, match="a cost share needs the cost of every answer"):
        edges(train_of(np.eye(3), scores), 0.5)


@pytest.mark.parametrize("messages", ["mean", "sum"])
def test_learns_who_knows_a_topic(messages):
    train, asked, expert = topics(cost=[0.5, 0.1, 0.2])
    policy = fitted(train, messages=messages, rate=0.01)
    assert share_of_experts(policy, asked, expert) > 0.9
    assert policy.predict(asked).cost == pytest.approx(np.tile([0.5, 0.1, 0.2], (60, 1)))
