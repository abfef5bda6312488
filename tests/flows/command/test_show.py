"""What reaches the terminal: words of models and datasets as they are, and nothing that a terminal would obey."""

import orjson
import polars as pl
import pytest

from flows.command import show

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
