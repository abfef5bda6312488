"""What reaches the terminal: words of models and datasets as they are, and nothing that a terminal would obey."""

from dataclasses import fields
from datetime import datetime
from types import SimpleNamespace

import orjson
import polars as pl
import pytest
from rich.console import Console

from flows.command import show
from tasks.measure.result import SystemResult

EVIL = "\x1b[2J\x1b]0;owned\x07 \x9b31m \x08 \x7f \u202e[bold]x"
OBEYED = {"\x1b", "\x07", "\x9b", "\x08", "\x7f", "\u202e"}


def test_tables_facts_and_titles_hold_no_control_code(capsys: pytest.CaptureFixture[str]) -> None:
    show.frame(pl.DataFrame({"text": [EVIL], EVIL: [1], "list": [[EVIL]]}), EVIL)
    show.facts({EVIL: EVIL, "nested": {"a": EVIL}})
    show.lines([{"model": EVIL}], "models")
    show.frame(pl.DataFrame({f"a rather long column {number}": [EVIL] for number in range(30)}), EVIL)
    printed = capsys.readouterr().out
    assert not OBEYED & set(printed)
    assert "\\x1b" in printed
    assert "[bold]x" in printed


def test_json_holds_no_control_code_and_means_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    show.as_json({"text": EVIL, EVIL: 1})
    printed = capsys.readouterr().out
    assert not OBEYED & set(printed)
    assert orjson.loads(printed) == {"text": EVIL, EVIL: 1}


def test_a_moment_is_said_to_be_utc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    moment = pl.Series([datetime(2026, 11, 27, 1, 30)])
    show.frame(
        pl.DataFrame({"night": moment, "there": moment.dt.replace_time_zone("Asia/Tokyo"), "day": moment.dt.date()})
    )
    shown = capsys.readouterr().out
    assert "night (UTC)" in shown
    assert "there (UTC)" not in shown
    assert "day (UTC)" not in shown
    assert "01:30:00+09:00" in shown


@pytest.mark.parametrize(
    ("costs", "said"),
    [([None], "3 calls\n"), ([None, 0.5], "6 calls, at most 0.5000 USD; likely 0.5000 (0.5000 to 0.5000)\n")],
)
def test_an_estimate_counts_the_prices_that_are_known(
    costs: list[float | None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("low_usd", "cost_usd", "high_usd", "at_most_usd")
    row = {"dataset": "d", "known": 0, "calls": 3}
    show.estimate([row | {"model": f"m{at}", **dict.fromkeys(names, cost)} for at, cost in enumerate(costs)])
    printed = capsys.readouterr().out
    assert said in printed
    assert "not counted, because their price is unknown: m0" in printed


def test_a_long_description_goes_on_below_where_it_began(capsys: pytest.CaptureFixture[str]) -> None:
    show.described({"a": "b", "name": "long " * 40})
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines[:2]] == ["a     ", "name  "]
    assert all(line.startswith("      long") for line in lines[2:])


@pytest.mark.parametrize("name", ["knn", "smcs-paper (select)", "a-router-of-a-name-that-no-terminal-has-room-for"])
def test_a_leaderboard_fits_80_columns_and_no_figure_is_cut(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"macro_accuracy": 0.75, "ci_low": 0.7, "ci_high": 1.0, "n": 12_345, "calls_per_question": 15}
    nothing = dict.fromkeys(f.name for f in fields(SystemResult))
    line = SystemResult(**nothing | {"system": name, "cost_usd": 0.1117, "n_cost": 1_552} | figures)
    result = SimpleNamespace(lines=[line], ranked=lambda _: True, basis="Compared", power="", told_gaps=list)
    monkeypatch.setattr(show, "out", Console(width=80, highlight=False))
    show.leaderboard("title", result)
    table = [row for row in capsys.readouterr().out.splitlines() if row[:1] in "┏┃┡│└"]
    assert max(map(len, table)) <= 80
    assert len(set(map(len, table))) == 1, "the right border stands"
    printed = [[cell.strip() for cell in row.split("│")] for row in table if row.startswith("│")]
    assert printed[0][2:-1] == ["75.0", "70.0 – 100.0", "12,345", "15", "0.1117 (1,552)"]
    assert "".join(row[1] for row in printed) == name


def test_of_many_settings_the_first_to_have_a_cost_may_come_late(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"accuracy": 0.5, "difference": 0.0, "difference_low": -0.1, "difference_high": 0.1, "calls": 1.0, "n": 9}
    same = {"study": "k", "series": "", "base": False, "cost_usd": None, **figures}
    rows = [same | {"setting": str(at), "base": at == 0} for at in range(150)] + [
        same | {"setting": "x", "cost_usd": 0.1}
    ]
    show.ablation({"settings": rows, "missing": [], "page": "here"})
    show.lines(rows, "all")
    assert "base, best and worst of 151" in capsys.readouterr().out
