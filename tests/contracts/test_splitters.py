"""One battery over every registered splitter."""

import numpy as np
import polars as pl
import pytest

from profiles.registry import SPLITTERS, offered
from profiles.schema import RunProfile
from profiles.split import make_splits
from profiles.splitter import SplitOptions, splitter, splitters
from profiles.splitter_checks import check_splitter
from warehouse.identity import content_hash

# One row in four is a copy of an earlier one, in other letters and another dataset.
TEXTS = [f"question {at}" if at % 4 else f"QUESTION  {at // 2 + 1}" for at in range(120)]
PARTS = ["train", "Test", "dev", "train", "train"]
QUESTIONS = pl.DataFrame(
    {
        "question_id": [f"q{at}" for at in range(120)],
        "dataset": [f"set-{at // 30}" for at in range(120)],
        "variant": ["test"] * 120,
        "source_key": [str(at % 30 + 1) for at in range(120)],
        "content_hash": [content_hash(text) for text in TEXTS],
        "metadata": [f'{{"part": "{PARTS[at % 5]}"}}' for at in range(120)],
        "category": [("sums", "words")[at // 60] for at in range(120)],
        "prompt": TEXTS,
    }
)
NAMED = {"leave-dataset-out": {"test": ["set-[23]"]}, "leave-category-out": {"test": ["words"]}}


@pytest.mark.parametrize("name", offered(SPLITTERS))
def test_a_splitter_keeps_its_promises(name: str) -> None:
    ordered = name == "reference"  # its one random stream runs over the datasets in their order
    check_splitter(name, QUESTIONS, ordered=ordered)
    check_splitter(name, QUESTIONS, ordered=ordered, **NAMED.get(name, {}))


@pytest.mark.parametrize("name", ["hash", "reference", "leave-dataset-out", "leave-category-out", "file"])
def test_seeds_differ_where_the_file_does_not_say(name: str) -> None:
    run = RunProfile(title="t", source="s", datasets=["*"], pool="p", splitter=name, seeds=[0, 1])
    first, second = make_splits(QUESTIONS, run).parts
    assert (first == second).all() == (name == "file")


def _by_luck(questions: pl.DataFrame, seed: int, options: SplitOptions) -> np.ndarray:
    return np.random.default_rng().choice(["train", "test"], len(questions))


def _by_place(questions: pl.DataFrame, seed: int, options: SplitOptions) -> np.ndarray:
    return np.where(np.arange(len(questions)) < 2 * len(questions) // 3, "train", "test")


def _odd(questions: pl.DataFrame, seed: int, options: SplitOptions) -> np.ndarray:
    return np.full(len(questions), "holdout")


@pytest.mark.parametrize(
    ("split", "problem"),
    [
        (_by_luck, "the same seed"),
        (_by_place, "validation_share must"),
        (_odd, "must give every question one of train"),
    ],
)
def test_the_battery_finds_a_splitter_that_breaks_them(split, problem, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(splitters, "_entries", dict(splitters._entries))
    splitter("broken", options=SplitOptions)(split)
    with pytest.raises(Exception, match=problem):
        check_splitter("broken", QUESTIONS)
