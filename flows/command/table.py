"""Tables that fit the terminal: no word is cut, no row becomes a record, no column is lost."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_WIDEST_WORD = 36  # longer ones are identifiers and paths: only these are folded
_WIDEST = 60
_AS_ABOVE = "″"
_FRAME = 3  # of a column: its borders and spaces


class Column(NamedTuple):
    """A column: its name and its cells as they are printed, numbers to the right."""

    name: str
    cells: Sequence[str]
    right: bool = False


def print_table(out: Console, columns: Sequence[Column], title: str = "") -> None:
    """Print columns as one table; what is too wide for the terminal goes on below, beside the first column again.

    Where it does not fit, columns with one value for all rows are said in a line below.
    """
    constant: list[Column] = []
    if len(columns) > 1 and _needed(columns) > out.width and len(columns[0].cells) > 1:
        constant = [column for column in columns[1:] if len(set(column.cells)) == 1]
        columns = [column for column in columns if column not in constant]
    for number, block in enumerate(_blocks(columns, out.width)):
        out.print(_table(block, out.width, title if number == 0 else ""))
    for column in constant:
        out.print(f"{escape(column.name)}, all rows: {escape(column.cells[0])}")
    if columns and not columns[0].cells:
        out.print("no rows")


def _needed(columns: Sequence[Column]) -> int:
    return sum(_narrowest(column) + _FRAME for column in columns) + 1


def _blocks(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Columns in as few tables as fit, each beginning with the first column."""
    blocks = [list(columns[:1])]
    for column in columns[1:]:
        if len(blocks[-1]) > 1 and _needed([*blocks[-1], column]) > width:
            blocks.append(list(columns[:1]))
        blocks[-1].append(column)
    return blocks


def _table(columns: Sequence[Column], width: int, title: str) -> Table:
    widths = [_narrowest(column) for column in columns]
    left = width - _needed(columns)
    for at, column in enumerate(columns):
        more = max(0, min(left, _natural(column) - widths[at]))
        widths[at], left = widths[at] + more, left - more
    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    for column, size in zip(columns, widths, strict=True):
        header = escape(_header(column.name, size))
        table.add_column(header, justify="right" if column.right else "left", width=size, overflow="fold")
    above: Sequence[str] = ()
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(escape, _without_repeats(cells, above)))
        above = cells
    return table


def _without_repeats(cells: Sequence[str], above: Sequence[str]) -> Iterator[str]:
    """The cells of a row; long ones that stand in the row above, as do all to their left, are said by a mark."""
    same = bool(above)
    for at, cell in enumerate(cells):
        same = same and cell == above[at]
        yield _AS_ABOVE if same and cell_len(cell) > _WIDEST_WORD else cell


def _narrowest(column: Column) -> int:
    """The least width: a number whole, a text by its longest word, a name by its longest part."""
    words = column.cells if column.right else [word for cell in column.cells for word in cell.split()]
    widest = max(map(cell_len, (*words, *_name_parts(column.name))), default=1)
    return max(1, min(widest, _WIDEST_WORD))


def _natural(column: Column) -> int:
    return min(_WIDEST, max(map(cell_len, (*column.cells, column.name)), default=1))


def _name_parts(name: str) -> list[str]:
    return re.findall(r"[^\s_-]+[\s_-]?", name) or [name]


def _header(name: str, width: int) -> str:
    """A name in lines that fit, parted after its words."""
    lines = [""]
    for part in _name_parts(name):
        if lines[-1] and cell_len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)
