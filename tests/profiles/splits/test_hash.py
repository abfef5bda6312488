import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiles.splits.hash import HashOptions, hash_label, hash_split
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
    assert hash_label(HashOptions()) == "0.7-0"
    assert hash_label(HashOptions(train_share=0.999999, validation_share=0.25)) == "0.999999-0.25"
