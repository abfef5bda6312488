"""The bank's questions that are like a text, in both ways of looking them up."""

from pathlib import Path

import numpy as np
import pytest

from profiles.bank import ALL, land_bank, newest_bank
from profiles.constants import Constants
from profiles.load import load_pool, load_preset, load_run
from profiles.outcomes import OutcomeMatrix
from profiles.schema import RunProfile
from profiles.store import store_bank
from tasks.serve.bank_state import BankState
from tasks.serve.neighbours import neighbours
from tests.live_world import EMBEDDER, MODELS, N, make_world, rows_of, synthetic_pool
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.writer import load_landing

ABOUT = {"profile": "small", "pool": "small", "embedder": EMBEDDER, "split": ALL}


def put_into_chroma() -> None:
    """What `concertino bank` does beside: the small world's bank gets a collection."""
    bank = newest_bank(ALL, "small", EMBEDDER, "made")
    texts = rows("question_text", questions=bank.question_ids.tolist())
    whole = bank.known.questions.join(texts, on="question_id", maintain_order="left")
    known = OutcomeMatrix.of(whole, MODELS, score=bank.labels, provenance=bank.known.provenance)
    stored = type(bank)(bank.bank_id, known, bank.vectors)
    collection, recall = store_bank(stored, np.full(N, "train"), ABOUT)
    assert recall == 1.0
    about = {"run_id": "made", "split": ALL, "pool": "small", "embedder": EMBEDDER}
    land_bank(stored, **about, collection=collection, recall=recall)
    load_landing()


def no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(bank_id: str) -> None:
        raise AssertionError(f"all vectors of bank {bank_id} were read")

    monkeypatch.setattr("profiles.bank._load_vectors", read)


def looked_up(run: RunProfile) -> RunProfile:
    return run.model_copy(update={"retrieval": "chroma"})


def test_both_ways_find_the_same_and_say_what_each_model_got(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world(home, synthetic_pool())
    put_into_chroma()
    run, pool = load_run("small"), load_pool("small")
    for where in ({}, {"dataset": ["small-sums"]}):
        exactly = neighbours(run, pool, "What is q7?", 25, where)
        with monkeypatch.context() as patch:
            no_vectors(patch)
            found = neighbours(looked_up(run), pool, "What is q7?", 25, where)
        assert [one.question_id for one in found] == [one.question_id for one in exactly]
        assert [one.similarity for one in found] == pytest.approx([one.similarity for one in exactly], abs=1e-6)
        assert all(one.dataset == "small-sums" for one in found) is bool(where)
    one = found[0]
    labels = rows_of(f"select model, label from bank_label where question_id = '{one.question_id}'")
    assert one.labels == {row["model"]: row["label"] for row in labels}
    assert one.text == f"What is {one.question_id}?"
    with pytest.raises(UserError, match="no question of the bank has dataset=large; its dataset is one of small-poems"):
        neighbours(looked_up(run), pool, "What is q7?", 6, {"dataset": ["large"]})


def test_a_vote_is_fitted_once_and_then_no_vectors_are_loaded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_world(home, synthetic_pool())
    put_into_chroma()
    run, pool, preset = load_run("small"), load_pool("small"), load_preset("choosing")
    row = {"question_id": "asked", "text": "What is q7?", "content_hash": "asked"}
    first = BankState(run, pool).selection(preset, row)
    load_landing()
    with monkeypatch.context() as patch:
        no_vectors(patch)
        found = BankState(looked_up(run), pool).selection(preset, row)
    np.testing.assert_array_equal(found.neighbours, first.neighbours)
    np.testing.assert_allclose(found.prior, first.prior, rtol=1e-6)
    assert first.vote is not None
    assert found.vote is not None
    for name in ("weights", "slopes", "none"):
        np.testing.assert_array_equal(getattr(found.vote, name), getattr(first.vote, name))
    stronger = preset.model_copy(update={"constants": Constants(vote_ridge=30.0)})
    no_vectors(monkeypatch)
    with pytest.raises(AssertionError, match="all vectors"):  # other constants make another vote
        BankState(looked_up(run), pool).selection(stronger, row)
