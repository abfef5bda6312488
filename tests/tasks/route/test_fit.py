import numpy as np
import pytest

from tasks.route.contract import Inputs, Point, Policy, Prediction, Router
from tasks.route.fit import fit
from tasks.route.policies import PolicyKey, prediction_frame, prediction_of
from warehouse.errors import UserError


class Memory(Router):
    """Keeps what it was given and likes the model whose index is the question's first coordinate."""

    def fit(self, train, report):
        self.train = train
        return Liking()


class Liking(Policy):
    def predict(self, inputs):
        liked = np.eye(2)[inputs.vectors[:, 0].astype(int)]
        return Prediction(liked, np.where(liked == 1, np.nan, 0.5))


INPUTS = Inputs(["a", "b", "c", "d"], np.array([[0, 1], [1, 2], [0, 3], [1, 4]], dtype=np.float32))
PARTS = np.array(["train", "test", "validation", "test"])
KEY = PolicyKey("snap", "common", "hash-0.7-0-s0", "parts", "memory", "1", "{}", 0, "minilm", "cards")


@pytest.fixture
def matrix(matrix_of):
    return matrix_of([[1, 0], [0, 1], [0.5, 1], [1, np.nan]])


def test_a_router_sees_what_is_not_tested_and_nothing_else(matrix):
    router = Memory()
    found = fit(router, matrix, INPUTS, PARTS, {}, seed=3)
    train = router.train
    assert (train.inputs.texts, train.inputs.vectors.tolist()) == (["a", "c"], INPUTS.vectors[[0, 2]].tolist())
    assert train.known.score.tolist() == [[1, 0], [0.5, 1]]
    assert (train.known.question_ids.tolist(), train.validation.tolist(), train.seed) == (
        ["q0", "q2"],
        [False, True],
        3,
    )
    decision = found.policy.decide(found.prediction, Point())
    assert (decision.chosen.tolist(), decision.asked.tolist()) == ([1, 1], [[False, True]] * 2)


@pytest.mark.parametrize("parts", [["test"] * 4, ["train"] * 4, ["excluded"] * 4])
def test_an_empty_part_is_refused(matrix, parts):
    with pytest.raises(UserError, match=r"none of the 4 questions is in the (train|test) part of seed 0"):
        fit(Memory(), matrix, INPUTS, np.array(parts), {}, seed=0)


def test_a_prediction_is_the_same_after_its_frame(matrix):
    said = Prediction(np.array([[0.1, np.nan]] * 4), np.array([[1e-17, np.nan]] * 4))
    frame = prediction_frame(said, matrix)
    assert frame.row(2, named=True) == {"question_id": "q1", "model": "m0", "score": 0.1, "cost_usd": 1e-17}
    assert frame["score"].null_count() == 4
    for kept, own in zip(prediction_of(frame, 2)[:2], said[:2], strict=True):
        assert np.array_equal(kept, own, equal_nan=True)
    assert prediction_of(frame, 2).shares is None
    shares = np.array([[0.1, 0.9, 0.0]] * 4)
    assert np.array_equal(prediction_of(prediction_frame(said._replace(shares=shares), matrix), 2).shares, shares)


def test_a_policys_identity_is_of_all_that_decides_it():
    from dataclasses import fields, replace

    others = [replace(KEY, **{one.name: 9 if one.name == "seed" else "other"}) for one in fields(KEY)]
    assert len({KEY.policy_id, *(one.policy_id for one in others)}) == len(others) + 1
    assert replace(KEY).policy_id == KEY.policy_id
