import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.check.runner import Outcome, run_suite
from tasks.check.suite import Check, Expectation, absent, between, one_of, present, suite_of
from warehouse.errors import UserError


def _run(lines: dict[str, list[Any]], *expectations: Expectation) -> list[Outcome]:
    return run_suite([Check("things", lambda: pl.DataFrame(lines), expectations)], "r1", [])


def test_a_line_that_stands_for_many_rows_counts_as_many(home: Path) -> None:
    lines = {"row_key": [None, "a", "b"], "copies": [1, 2, 5], "n_row": [100, 2, 5]}
    (outcome,) = _run(lines, between("things are unique", "copies", high=1))
    assert (outcome.n_checked, outcome.n_unexpected, outcome.keys, outcome.values) == (107, 7, ("a", "b"), ("2", "5"))
    assert str(outcome) == "'things are unique' fails for 7 of 107 rows of things (a, b)"
    assert outcome.observed == "from 1 to 5; a = 2; b = 5"


def test_nulls_are_not_looked_at_but_nan_is_out_of_any_bounds(home: Path) -> None:
    lines = {"row_key": ["a", "b", "c", "d"], "share": [0.5, None, float("nan"), 0.9]}
    low, high, some = _run(
        lines,
        between("shares are not negative", "share", low=0),
        between("shares are below 0.8", "share", high=0.8),
        present("there are shares", "share"),
    )
    assert (low.keys, high.keys, some.keys) == (("c",), ("c", "d"), ("b", "c"))


def test_truth_values_texts_and_absence(home: Path) -> None:
    lines = {"row_key": ["a", "b", "c"], "is_same": [True, False, None], "error": [None, "no", None]}
    same, error = _run(lines, one_of("same", "is_same", (True,)), absent("no error", "error"))
    assert (same.keys, error.keys, error.values) == (("b",), ("b",), ("no",))


def test_a_sentence_shows_three_keys_and_each_key_once(home: Path) -> None:
    lines = {"row_key": ["a", "a", "b", "c", "d"], "x": [9] * 5}
    (outcome,) = _run(lines, between("small", "x", high=1, severity="warning"))
    assert outcome.keys == ("a", "b", "c", "d")
    assert str(outcome).endswith("5 of 5 rows of things (a, b, c)")
    assert not outcome.success
    assert not outcome.critical


def test_nothing_to_check_needs_no_great_expectations(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    outcomes = run_suite(suite_of("ingest"), "r1", ["*"])
    assert len(outcomes) >= 6
    assert all(outcome.success and outcome.n_checked == 0 for outcome in outcomes)


def test_a_check_that_cannot_run_is_no_pass(home: Path) -> None:
    with pytest.raises(RuntimeError, match="'small' could not be checked"):
        _run({"row_key": ["a"], "x": ["text"]}, between("small", "x", high=1))


def test_an_unknown_gate_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"'nightly'.*collect.*ingest"):
        suite_of("nightly")
