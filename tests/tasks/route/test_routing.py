import json

import numpy as np
import pytest

from tasks.route.contract import Prediction
from tasks.route.routing import policy_row, route, route_rows, router_outcomes
from warehouse.errors import UserError


class Memory:
    """A router that keeps what it was given and likes the model whose index is the question's first coordinate."""

    parameters = {"kept": 1}  # noqa: RUF012

    def fit(self, train):
        self.train = train
        return self

    def predict(self, vectors):
        liked = np.eye(2)[vectors[:, 0].astype(int)]
        return Prediction(liked, np.full(liked.shape, np.nan))


VECTORS = np.array([[0, 1], [1, 2], [0, 3], [1, 4]], dtype=np.float32)
TESTED = np.array([[False, True, False, True], [True, False, True, False]])


@pytest.fixture
def matrix(matrix_of):
    return matrix_of([[1, 0], [0, 1], [0.5, 1], [1, np.nan]])


def test_a_router_sees_the_train_part_and_nothing_else(matrix):
    router = Memory()
    routed = route("memory", router, matrix, VECTORS, ~TESTED[0], TESTED[0], seed=3)
    assert router.train.vectors.tolist() == VECTORS[[0, 2]].tolist()
    assert router.train.scores.tolist() == [[1, 0], [0.5, 1]]
    assert (router.train.seed, len(router.train.datasets)) == (3, 2)
    assert (routed.questions.tolist(), routed.choices.tolist()) == ([1, 3], [1, 1])


def test_rows_and_outcomes(matrix):
    routed = [route("memory", Memory(), matrix, VECTORS, ~test, test, seed) for seed, test in enumerate(TESTED)]
    policy = policy_row("run", "snap", "split", routed[0]).to_dicts()[0]
    rows = route_rows("run", matrix, "split", routed[0]).to_dicts()
    assert json.loads(policy["parameters"]) == {"kept": 1}
    assert {row["policy_id"] for row in rows} == {policy["policy_id"]}
    assert [(row["question_id"], row["model"], row["score"]) for row in rows] == [("q1", "m1", 1.0), ("q3", "m1", None)]
    assert [row["predicted_score"] for row in rows] == [1, 1]
    assert [row["predicted_cost"] for row in rows] == [None, None]
    other = policy_row("run", "snap", "other split", routed[1]).item(0, "policy_id")
    assert other != policy["policy_id"]
    outcomes = router_outcomes(matrix, routed)
    assert outcomes.system == "memory"
    assert outcomes.score == pytest.approx([1, 1, 0.5, np.nan], nan_ok=True)


@pytest.mark.parametrize("tested", [np.ones(4, bool), np.zeros(4, bool)])
def test_an_empty_part_is_refused(matrix, tested):
    with pytest.raises(UserError, match=r"none of the 4 questions is in the (train|test) part of seed 0"):
        route("memory", Memory(), matrix, VECTORS, ~tested, tested, seed=0)
