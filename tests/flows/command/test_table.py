"""Every table fits 80 columns, whatever it holds, with whole words and all its columns."""

import io

import pytest
from rich.console import Console

from flows.command.table import Column, print_table


def printed(columns: list[Column], width: int = 80) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False)
    print_table(out, columns, "title")
    return out.file.getvalue()  # type: ignore[attr-defined]


def wide(n: int, rows: int = 3) -> list[Column]:
    numbers = [
        Column(f"a_rather_long_name_{at}", [f"{1000 * at + row:,}" for row in range(rows)], True) for at in range(n)
    ]
    return [Column("model", [f"model-number-{row}" for row in range(rows)]), *numbers]


@pytest.mark.parametrize("n", [1, 5, 12, 30])
def test_a_wide_table_goes_on_below_with_its_first_column(n: int) -> None:
    shown = printed(wide(n))
    assert max(map(len, shown.splitlines())) <= 80
    for column in wide(n):
        assert all(cell in shown for cell in column.cells)
    assert shown.count("model-number-0") == shown.count("┏")


def test_columns_of_one_value_are_said_below_where_there_is_no_room() -> None:
    same = [Column("pool", ["synthetic-models"] * 3), Column("price_date", ["2025-11-01"] * 3)]
    shown = printed([*wide(5), *same])
    assert shown.count("synthetic-models") == 1
    assert "pool, all rows: synthetic-models" in shown
    assert shown.count("┏") == 1
    assert "all rows" not in printed([*wide(1), *same])


def test_words_are_wrapped_between_words_and_markup_is_text() -> None:
    text = "several words that are wrapped between them, and never within, however long it is [bold]now[/bold]"
    shown = printed([Column("id", ["1", "2"]), Column("text", [text, "x"]), Column("other", [text[::-1], "y"])])
    assert max(map(len, shown.splitlines())) <= 80
    words = {word for line in shown.splitlines() for cell in line.split("│") for word in cell.split()}
    assert set(text.split()) | set(text[::-1].split()) <= words


def test_no_rows_and_no_columns() -> None:
    empty = printed([Column("model", [])])
    assert "model" in empty
    assert "no rows" in empty
    assert "no rows" not in printed([Column("model", ["m"])])
    assert printed([Column("a", [""], True)])


def test_a_long_text_is_said_once_for_the_rows_it_stands_in() -> None:
    question = "how many words has a question that everybody reads again and again?"
    shown = printed(
        [Column("preset", ["a", "a", "b"]), Column("question", [question] * 3), Column("model", list("xyz"))]
    )
    assert shown.count("everybody") == 2
    assert shown.count("″") == 1
