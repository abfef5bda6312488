import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.arrays import softmax
from tasks.collaborate.core.vote import ballots_of, fit_vote, vote_shares


def world(rng, n, skills, wrong=4):
    """Questions whose models are right with their skill and else pick one of a few wrong answers."""
    right = rng.random((n, len(skills))) < skills
    answers = np.where(right, "right", np.char.add("wrong", rng.integers(0, wrong, right.shape).astype(str)))
    return answers.astype(object), right.astype(float)


def as_log_odds(skills, n):
    return np.tile(np.log(skills / (1 - skills)), (n, 1))


def test_ballots_count_distinct_answers_and_leave_out_missing_ones():
    extracted = np.array([["B", None, "A", "B"], [None, None, None, None]], dtype=object)
    ballots = ballots_of(extracted)
    assert ballots.codes.tolist() == [[0, -1, 1, 0], [-1] * 4]
    assert ballots.n_answer.tolist() == [2, 0]
    assert ballots.votes.sum() == 3


def test_the_fit_is_the_minimum():
    rng = np.random.default_rng(0)
    skills = np.array([0.8, 0.5, 0.3])
    answers, labels = world(rng, 400, skills)
    local = as_log_odds(skills, 400) + rng.normal(size=(400, 3))
    ballots = ballots_of(answers)
    fitted = fit_vote(ballots, local, labels)

    def loss(weights):
        """The penalised likelihood, question by question."""
        total = 1.5 * ((weights - 0.4) ** 2).sum()  # the other parameters stay
        for at in range(400):
            own = weights + fitted.slopes * (local[at] - local[at].mean())
            support = {a: sum(own[m] for m in range(3) if answers[at, m] == a) for a in set(answers[at])}
            counts = [list(answers[at]).count(a) for a in support]
            none = fitted.none @ [1, local[at].mean(), len(support) / 3, max(counts) / 3]
            scale = np.log(sum(np.exp(v) for v in support.values()) + np.exp(none))
            total -= support.get("right", none) - scale
        return total

    lowest = loss(fitted.weights)
    for model in range(3):
        for step in (-0.02, 0.02):
            moved = fitted.weights.copy()
            moved[model] += step
            assert loss(moved) > lowest


def test_weights_follow_skill_and_probabilities_are_honest():
    rng = np.random.default_rng(1)
    skills = np.array([0.85, 0.6, 0.4, 0.35, 0.3])
    answers, labels = world(rng, 3000, skills)
    ballots, local = ballots_of(answers), as_log_odds(skills, 3000)
    fitted = fit_vote(ballots, local, labels)
    strength = fitted.weights + fitted.slopes * (local[0] - local[0].mean())
    assert strength[0] > strength[1] > strength[2]
    fresh, truth = world(np.random.default_rng(2), 3000, skills)
    again = ballots_of(fresh)
    chances = fitted.probabilities(again, local)
    best = chances.argmax(axis=1)
    right = np.array([truth[at, again.codes[at] == best[at]].max() for at in range(3000)])
    assert abs(chances.max(axis=1).mean() - right.mean()) < 0.03
    for low, high in ((0.3, 0.5), (0.5, 0.7), (0.7, 0.9)):
        band = (chances.max(axis=1) >= low) & (chances.max(axis=1) < high)
        if band.sum() > 100:
            assert abs(chances.max(axis=1)[band].mean() - right[band].mean()) < 0.08


def test_models_that_err_together_share_their_weight():
    rng = np.random.default_rng(3)
    skills = np.array([0.6, 0.6, 0.6])
    answers, labels = world(rng, 2000, skills)
    copies = np.column_stack([answers, answers[:, 2], answers[:, 2]])
    fitted = fit_vote(ballots_of(copies), as_log_odds(np.full(5, 0.6), 2000), labels[:, [0, 1, 2, 2, 2]])
    assert fitted.weights[2:].sum() < 1.4 * fitted.weights[0]


@pytest.mark.parametrize("empty", [True, False])
def test_a_bank_that_teaches_nothing_gives_equal_votes(empty):
    answers = np.array([[None] * 3 if empty else ["a", "b", "b"]], dtype=object)
    fitted = fit_vote(ballots_of(answers), np.zeros((1, 3)), np.full((1, 3), np.nan))
    assert len(set(fitted.weights)) == 1
    chances = fitted.probabilities(ballots_of(np.array([["x", "y", "y"]], dtype=object)), np.zeros((1, 3)))
    assert chances[0].argmax() == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 5))
def test_probabilities_are_probabilities_whatever_is_missing(seed, n, models):
    rng = np.random.default_rng(seed)
    answers = rng.choice(np.array(["a", "b", "c", None], dtype=object), (n, models))
    labels = np.where(rng.random((n, models)) < 0.3, np.nan, (answers == "a").astype(float))
    local = rng.normal(size=(n, models))
    fitted = fit_vote(ballots_of(answers), local, labels)
    ballots = ballots_of(answers)
    chances = fitted.probabilities(ballots, local)
    assert np.isfinite(chances).all()
    assert (chances >= 0).all()
    assert (chances.sum(axis=1) <= 1 + 1e-12).all()
    for at in range(n):
        assert (chances[at, ballots.n_answer[at] :] == 0).all()


def test_only_the_models_that_were_asked_vote():
    ballots = ballots_of(np.array([["a", "b", "b"]], dtype=object)).only(np.array([[True, False, False]]))
    fitted = fit_vote(ballots, np.zeros((1, 3)), np.full((1, 3), np.nan))
    chances = fitted.probabilities(ballots, np.zeros((1, 3)))
    assert chances[0, 0] > 0
    assert chances[0, 1] == 0


def test_an_impossible_alternative_has_no_probability():
    np.testing.assert_allclose(softmax(np.array([[0.0, -np.inf, 0.0]])), [[0.5, 0.0, 0.5]])


def test_a_question_without_labels_may_have_the_most_answers():
    ballots = ballots_of(np.array([["a", "b", "c"], ["a", "a", None]], dtype=object))
    labels = np.array([[np.nan] * 3, [1.0, 1.0, np.nan]])
    alone = fit_vote(ballots_of(np.array([["a", "a", None]], dtype=object)), np.zeros((1, 3)), labels[1:])
    both = fit_vote(ballots, np.zeros((2, 3)), labels)
    np.testing.assert_allclose(both.weights, alone.weights)


@given(
    st.lists(st.one_of(st.none(), st.sampled_from("abc")), min_size=1, max_size=8),
    st.lists(st.floats(0, 1), min_size=8, max_size=8),
)
def test_votes_are_shares_of_the_weights_of_those_who_answered(extracted, weights):
    weights = np.array(weights[: len(extracted)])
    codes = ballots_of(np.array([extracted], dtype=object)).codes
    (shares,) = vote_shares(codes, weights[None])
    given_weight = [weight for answer, weight in zip(extracted, weights, strict=True) if answer is not None]
    if not any(weight > 0 for weight in given_weight):
        weights = np.ones(len(extracted))
    for at, answer in enumerate(extracted):
        if answer is None:
            assert np.isnan(shares[at])
        else:
            same = sum(weight for other, weight in zip(extracted, weights, strict=True) if other == answer)
            all_given = sum(weight for other, weight in zip(extracted, weights, strict=True) if other is not None)
            assert shares[at] == pytest.approx(same / all_given)
