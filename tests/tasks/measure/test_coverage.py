"""One rule for missing answers: who is compared on what, and what is named as missing."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.measure.coverage import comparable
from warehouse.errors import UserError

NAN = np.nan


def test_complete_answers_are_all_compared_by_every_rule(matrix_of):
    matrix = matrix_of([[1, 0], [0, 1]])
    for rule in ("common", "fail", "drop"):
        kept = comparable(matrix, rule)
        assert (kept.questions.all(), kept.models.all(), kept.gaps) == (True, True, ())
        assert kept.matrix.score.tolist() == matrix.score.tolist()


def test_each_rule_does_what_it_says(matrix_of):
    matrix = matrix_of([[1, 1], [0, NAN], [1, 0], [0, 1]])
    common = comparable(matrix, "common")
    assert common.matrix.question_ids.tolist() == ["q0", "q2", "q3"]
    assert common.gaps == ()  # no model and no dataset is lost
    failed = comparable(matrix, "fail")
    assert failed.matrix.score.tolist() == [[1, 1], [0, 0], [1, 0], [0, 1]]
    dropped = comparable(matrix, "drop")
    assert (dropped.matrix.models, len(dropped.matrix.question_ids)) == (("m0",), 4)
    assert [(gap.kind, gap.name, gap.n, gap.n_expected) for gap in dropped.gaps] == [("model", "m1", 3, 4)]


def test_a_model_of_which_next_to_nothing_is_known_takes_no_question_from_the_others(matrix_of):
    scores = np.array([[1.0, 0.0, NAN, NAN]] * 10)
    scores[:4, 2] = 1.0  # four easy ones
    kept = comparable(matrix_of(scores), "common")
    assert (kept.matrix.models, len(kept.matrix.question_ids)) == (("m0", "m1"), 10)
    few, silent = kept.gaps
    assert (few.kind, few.name, few.n, few.n_expected, "too little" in few.reason) == ("model", "m2", 4, 10, True)
    assert (silent.name, silent.n, "no answer has a verdict" in silent.reason) == ("m3", 0, True)
    counted = comparable(matrix_of(scores), "fail")
    assert counted.matrix.score[:, 3].tolist() == [0] * 10
    assert "counts as wrong" in counted.gaps[-1].reason


DATASETS = ["a"] * 4 + ["b"] * 4 + ["c"] * 4


def groups(shared=True):
    """m0 and m1 were measured on a and c, m2 and m3 on b and c, m3 not on c."""
    scores = np.ones((12, 4))
    scores[4:8, :2] = NAN
    scores[:4, 2:] = NAN
    scores[8:, 3] = NAN
    if not shared:
        scores[8:, 2:] = NAN
    return scores


def test_groups_of_models_are_named_and_compared_on_what_they_share(matrix_of):
    scores = groups()
    kept = comparable(matrix_of(scores[:, :3], DATASETS), "common")
    assert set(kept.matrix.datasets) == {"c"}
    assert [(gap.kind, gap.name) for gap in kept.gaps] == [("dataset", "a"), ("dataset", "b"), ("groups", "c")]
    told = kept.gaps[-1].reason
    assert "2 models (m0, m1) on a; 1 models (m2) on b, and all of them on c" in told
    assert "run profile" in told


@pytest.mark.parametrize("rule", ["common", "fail", "drop"])
def test_groups_that_share_nothing_are_refused_with_the_way_to_split_them(matrix_of, rule):
    with pytest.raises(UserError, match=r"2 models \(m0, m1\) on a, c; 2 models \(m2, m3\) on b; .* run profile"):
        comparable(matrix_of(groups(shared=False), DATASETS), rule)


def test_a_model_that_lacks_a_dataset_is_in_the_group_of_the_others(matrix_of):
    scores = np.ones((12, 3))
    scores[8:, 2] = NAN
    kept = comparable(matrix_of(scores, DATASETS), "common")
    assert [(gap.kind, gap.name, "missing: drop" in gap.reason) for gap in kept.gaps] == [("dataset", "c", True)]
    assert [gap.name for gap in comparable(matrix_of(scores, DATASETS), "drop").gaps] == ["m2"]


def test_models_that_share_no_question_are_refused(matrix_of):
    with pytest.raises(UserError, match=r"no question has a verdict of every model.*m0 2, m1 2"):
        comparable(matrix_of([[1, NAN], [1, NAN], [NAN, 1], [NAN, 1]]), "common")
    with pytest.raises(UserError, match="no model has a verdict for every question"):
        comparable(matrix_of([[1, NAN], [NAN, 1]]), "drop")
    many = np.full((7, 600), np.nan)
    many[np.arange(600) % 7, np.arange(600)] = many[6] = 1.0
    many[6, 5] = np.nan
    with pytest.raises(UserError, match=r"of 7, fewest first: m5 1, m6 1, m13 1, m20 1 and 596 more\); put"):
        comparable(matrix_of(many), "common")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.sampled_from([0, 0.5, 1, NAN])),
    rule=st.sampled_from(["common", "fail", "drop"]),
    data=st.data(),
)
def test_nothing_that_is_compared_is_missing_and_no_model_vanishes_unnamed(matrix_of, scores, rule, data):
    scores = scores[~np.isnan(scores).all(axis=1)]  # a snapshot has no other questions
    datasets = data.draw(st.lists(st.sampled_from("ab"), min_size=len(scores), max_size=len(scores)))
    if not len(scores):
        return
    matrix = matrix_of(scores, datasets)
    try:
        kept = comparable(matrix, rule)
    except UserError:
        return
    assert not np.isnan(kept.matrix.score).any()
    named = {gap.name for gap in kept.gaps if gap.kind == "model"}
    assert set(matrix.models) - set(kept.matrix.models) <= named
    lost = {gap.name for gap in kept.gaps if gap.kind == "dataset"}
    assert set(datasets) - set(kept.matrix.datasets) == lost
    known = (
        ~np.isnan(kept.matrix.score) if rule == "fail" else kept.matrix.score == scores[kept.questions][:, kept.models]
    )
    assert known.all()
