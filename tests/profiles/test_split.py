import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.schema import RunProfile
from profiles.split import hash_split, split_id, split_parts
from warehouse.identity import content_hash

CONTENTS = [content_hash(f"question {number}") for number in range(4000)]


def test_shares_are_as_asked():
    parts = hash_split(CONTENTS, seed=3, train_share=0.7, validation_share=0.1)
    shares = {part: float(np.mean(parts == part)) for part in ("train", "validation", "test")}
    assert abs(shares["train"] - 0.6) < 0.03
    assert abs(shares["validation"] - 0.1) < 0.02
    assert abs(shares["test"] - 0.3) < 0.03


def test_seeds_are_independent():
    one, other = (hash_split(CONTENTS, seed, 0.7, 0.0) == "test" for seed in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.06


def test_validation_comes_out_of_train_only():
    without = hash_split(CONTENTS, 0, 0.7, 0.0)
    parted = hash_split(CONTENTS, 0, 0.7, 0.2)
    np.testing.assert_array_equal(without == "test", parted == "test")


@given(st.lists(st.text(min_size=1), min_size=1), st.lists(st.text(min_size=1)), st.integers(0, 100))
def test_nothing_moves_when_questions_are_added(texts, more, seed):
    hashes = [content_hash(text) for text in texts]
    alone = hash_split(hashes, seed, 0.7, 0.1)
    together = hash_split([content_hash(text) for text in more] + hashes, seed, 0.7, 0.1)
    np.testing.assert_array_equal(alone, together[len(more) :])


def test_name_says_what_it_is():
    assert split_id(4, 0.7, 0.0) == "hash-0.7-0-s4"


def test_parts_are_those_of_the_profile():
    run = RunProfile(title="t", source="synthetic", datasets=["*"], pool="p", seeds=[0, 4], train_share=0.6)
    splits, parts = split_parts([str(n) for n in range(2000)], run)
    tested = parts == "test"
    assert splits == ["hash-0.6-0-s0", "hash-0.6-0-s4"]
    assert tested.mean(axis=1) == pytest.approx([0.4, 0.4], abs=0.05)
    assert (tested[0] != tested[1]).any()
