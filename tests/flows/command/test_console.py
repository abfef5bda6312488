"""What the terminal says of a finished run: who was compared on what, and what is missing."""

import json as documents
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from flows.command import app as cli
from flows.command import show
from tests.sample_run import RUN, land_run, land_verdict
from warehouse.connect import read
from warehouse.writer import land, load_landing


@pytest.fixture
def evaluated(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run compared on 4 of its 6 test questions."""
    monkeypatch.setattr(show.out, "width", 80)
    land_run()
    made = read("select distinct created_at from metric").item()
    basis = {"missing": "common", "n_question": 4, "n_expected": 6}
    land("evaluation", pl.DataFrame([{"run_id": RUN, **basis, "created_at": made}]))
    load_landing()
    return RUN


def print_result(run_id: str, *, json: bool = False, fail_on: Sequence[str] = ()) -> int:
    try:
        cli._print_result(run_id, json, fail_on)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_questions_compared_are_told_and_nothing_missing_is_exit_code_0(
    evaluated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_result(evaluated) == 0
    shown = capsys.readouterr().out
    assert "Compared on 4 of 6 test questions (missing: common:" in shown
    assert "MISSING" not in shown


@pytest.mark.parametrize("json", [False, True])
def test_what_is_missing_is_named_and_is_exit_code_3(
    evaluated: str, json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    made = read("select distinct created_at from metric").item()
    gap = {"kind": "model", "name": "[bold]m9", "n": 0, "n_expected": 6, "reason": "no answer has a verdict"}
    land("gap", pl.DataFrame([{"run_id": RUN, **gap, "created_at": made}]))
    load_landing()
    assert print_result(evaluated, json=json) == 3
    shown = " ".join(capsys.readouterr().out.split())
    if json:
        assert '"name": "[bold]m9", "n": 0, "n_expected": 6' in shown
    else:
        assert "MISSING model [bold]m9 (0 of 6 questions): no answer has a verdict" in shown


@pytest.mark.parametrize(
    ("verdict", "fail_on", "code"),
    [("regress", (), 0), ("regress", ("regress",), 4), ("hold", ("regress",), 0), ("refused", (), 1)],
)
def test_the_decision_is_the_last_line_a_key_and_an_exit_code(
    evaluated: str, verdict: str, fail_on: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    land_verdict(verdict=verdict)
    assert print_result(evaluated, fail_on=fail_on) == code
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"{verdict}: smcs-select: not proven · answers: 2 new, 6 reused"
    assert print_result(evaluated, json=True, fail_on=fail_on) == code
    told = documents.loads(capsys.readouterr().out)
    assert (told["decision"]["verdict"], told["score_mode"]) == (verdict, "recorded")
    assert (told["decision"]["n_new"], told["decision"]["models"]) == (2, [])
