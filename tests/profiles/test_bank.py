import numpy as np
import polars as pl
import pytest

from profiles.bank import build_bank, land_bank, load_bank, newest_bank
from profiles.health import health
from profiles.outcomes import OutcomeMatrix
from tests.fill import fill, questions
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.identity import text_hash
from warehouse.runs import start_run
from warehouse.writer import load_landing

IDS = [f"q{number}" for number in range(12)]
PARTS = np.array(["train"] * 7 + ["validation"] + ["test"] * 4)
FRAME = pl.DataFrame(
    {
        "question_id": IDS,
        "dataset": ["a", "b"] * 6,
        "content_hash": [f"content {q}" for q in IDS],
        "text": [f"What is {q}?" for q in IDS],
    }
)


def vectors_of(rows=12, size=8, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(rows, size))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def some_bank(labels=None, **given):
    labels = np.tile([1.0, 0.0], (12, 1)) if labels is None else labels
    wanted = {"parts": PARTS, "split": "s0", "embedder": "e"} | given
    provenance = np.full(labels.shape, "fixed", dtype=object)
    known = OutcomeMatrix.of(FRAME, ["m1", "m2"], score=labels, provenance=provenance)
    return build_bank(known, vectors_of(), **wanted)


def test_a_bank_holds_train_and_validation_with_partial_labels():
    labels = np.tile([1.0, np.nan], (12, 1))
    labels[0] = np.nan
    bank = some_bank(labels)
    assert bank.question_ids.tolist() == IDS[1:8]
    assert np.isnan(bank.labels[:, 1]).all()
    found = health(bank, FRAME["content_hash"].to_numpy()[PARTS == "test"])
    assert (found.n_item, found.n_label, found.lowest_coverage, found.least_labelled) == (7, 7, 0.0, "m2")
    assert found.norm_error < 1e-6


def test_identity_follows_content():
    other = np.tile([1.0, 0.0], (12, 1))
    other[3, 1] = 1.0
    assert some_bank().bank_id == some_bank().bank_id
    assert len({some_bank().bank_id, some_bank(other).bank_id, some_bank(embedder="f").bank_id}) == 3


def test_a_test_question_with_the_content_of_a_bank_question_is_refused():
    leaky = FRAME.with_columns(
        content_hash=pl.when(pl.col("question_id") == "q9").then(pl.lit("content q2")).otherwise("content_hash")
    )
    with pytest.raises(UserError, match="1 test question"):
        build_bank(OutcomeMatrix.of(leaky, ["m"], score=np.ones((12, 1))), vectors_of(), PARTS, "s0", "e")


def test_a_bank_without_labels_is_refused():
    with pytest.raises(UserError, match=r"no train question .* of the pool \(m1, m2\)"):
        some_bank(np.full((12, 2), np.nan))


def land_it(bank, run_id):
    land_bank(bank, run_id=run_id, split="s0", pool="p", embedder="e", collection=None, recall=None)
    load_landing()


def test_a_bank_comes_back_as_it_was_and_is_stored_once(home):
    labels = np.tile([1.0, 0.25], (12, 1))
    labels[2, 0] = np.nan
    bank = some_bank(labels)
    fill(
        question=[row for name, key in zip(["a", "b"] * 6, IDS, strict=True) for row in questions(key, dataset=name)],
        embedding=[
            {"embedder": "e", "text_hash": text_hash(f"What is {key}?"), "vector": vector.tolist()}
            for key, vector in zip(IDS, vectors_of(), strict=True)
        ],
    )
    land_it(bank, "run 1")
    again = load_bank(bank.bank_id)
    assert again.models == bank.models
    for name in ("question_ids", "datasets", "vectors", "labels", "contents"):
        np.testing.assert_array_equal(getattr(again, name), getattr(bank, name))
    land_it(bank, "run 2")
    assert read("select run_id, n_item, n_label from bank").rows() == [("run 2", 8, 15)]
    assert read("select count(*) from bank_item").item() == 8
    other = some_bank()
    land_it(other, "run 3")
    assert newest_bank("s0", "p", "e", "run 2").bank_id == bank.bank_id
    assert newest_bank("s0", "p", "e", "run 9").bank_id == other.bank_id
    with pytest.raises(UserError, match="concertino bank"):
        newest_bank("s1", "p", "e", "run 2")
    start_run("run 2", "bank", parameters={}, profile="mine")
    assert newest_bank("s0", "p", "e", "", profile="mine").bank_id == bank.bank_id  # the other one is newer
    with pytest.raises(UserError, match="concertino bank"):
        newest_bank("s0", "p", "e", "", profile="somebody's")
