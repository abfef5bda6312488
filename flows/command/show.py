"""What commands print: tables for people, JSON for programs."""

import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import polars as pl
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.command.table import Column, print_table
from profiles.readable import MISSING, percent, significant, usd
from tasks.progress import err as err

out = Console(highlight=False)
_DOLLARS = {"low_usd": "low", "cost_usd": "cost_usd", "high_usd": "high", "at_most_usd": "at_most_usd"}
_WIDEST = 36  # of a system's name; a longer one is folded
_ABLATED = {"accuracy": "accuracy %", "difference": "to base", "difference_low": "low", "difference_high": "high"}
# What JSON may hold as it is and a terminal could obey: DEL, the C1 controls, and signs that turn the direction.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def as_json(value: Any) -> None:
    """Print one JSON document; missing values are null."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC
    text = orjson.dumps(value, option=options, default=str).decode()
    if not (sys.stdout.encoding or "utf-8").lower().startswith("utf"):  # it may lack letters that ASCII can spell
        text = json.dumps(orjson.loads(text), indent=2)
    try:
        sys.stdout.write(_STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        out.on_broken_pipe()


def printable(text: str) -> str:
    """A text that cannot steer a terminal: control codes are spelled out, every space is a plain one."""
    if text.isprintable():
        return text
    return "".join(map(_spelled, text.replace("\r\n", "\n")))


def _spelled(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Cs") and sign not in "\n\t":
        return sign.encode("unicode_escape").decode()
    return " " if kind == "Zs" else "" if kind == "Cf" else sign


def _safe(value: Any) -> str:
    return escape(printable(_cell(value)))


def frame(rows: pl.DataFrame, title: str = "") -> None:
    """Print a frame as a table that fits the terminal; text of models and datasets as it is, never as markup."""
    columns = [
        Column(printable(_head(name, dtype)), [printable(_cell(value)) for value in rows[name]], dtype.is_numeric())
        for name, dtype in rows.schema.items()
    ]
    print_table(out, columns, printable(title))


def _head(name: str, dtype: pl.DataType) -> str:
    """A column's name; moments without a zone are UTC, as all that we keep, and are said to be."""
    return f"{name} (UTC)" if isinstance(dtype, pl.Datetime) and dtype.time_zone is None else name


def lines(rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """Print mappings of the same keys as a table."""
    frame(pl.DataFrame(rows, infer_schema_length=None), title)


def facts(values: Mapping[str, Any]) -> None:
    """Print names and values, one a line."""
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        out.print(f"{_safe(name):<{width}}  {_safe(value)}")


def described(texts: Mapping[str, str]) -> None:
    """Print names and what they mean; a long text goes on below where it began."""
    table = Table.grid("", "", padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = True
    for name, text in texts.items():
        table.add_row(_safe(name), _safe(text))
    out.print(table)


def dry_ingest(found: Mapping[str, Any]) -> None:
    """Print what an ingest would do: counts, and how much of every dataset each model covers."""
    facts({name: value for name, value in found.items() if name != "coverage"})
    if found["coverage"]:
        frame(pl.DataFrame(found["coverage"], infer_schema_length=None), "Coverage (nothing was written)")


def estimate(lines: Sequence[Mapping[str, Any]]) -> None:
    """Print what collecting would take per dataset and model, and in all; an unknown cost stays unknown."""
    rows = pl.DataFrame(lines, schema_overrides=dict.fromkeys(_DOLLARS, pl.Float64))
    if rows.is_empty():
        out.print("nothing to ask")
        return
    dollars = [pl.col(name).alias(label) for name, label in _DOLLARS.items()]
    frame(rows.select("dataset", "model", "known", "calls", *dollars), "Estimate (nothing was asked)")
    calls = f"{rows['calls'].sum():,} calls"
    if rows["cost_usd"].count():
        low, cost, high, most = (usd(float(rows[name].sum())) for name in _DOLLARS)
        calls += f", at most {most} USD; likely {cost} ({low} to {high})"
    out.print(calls)
    if unpriced := rows.filter(pl.col("cost_usd").is_null())["model"].unique(maintain_order=True).to_list():
        out.print(f"not counted, because their price is unknown: {escape(', '.join(unpriced))}")


def ablation(found: Mapping[str, Any]) -> None:
    """Print, per study, its base and the settings that are best and worst on validation questions, and the page."""
    settings = pl.DataFrame(found["settings"], infer_schema_length=None)
    for _, rows in settings.group_by("study", maintain_order=True) if len(settings) else ():
        others = rows.filter(~pl.col("base")).sort("difference", descending=True)
        shown = pl.concat([rows.filter("base"), others.head(1), others.slice(1).tail(1)])
        names = pl.concat_str("series", "setting", separator=" ").str.strip_chars()
        ends = [_rounded(name).alias(label) for name, label in _ABLATED.items()]
        frame(
            shown.select(names.alias("setting"), *ends, pl.col("calls").round(1), "n"),
            f"{rows['study'][0]}: base, best and worst of {len(rows)}",
        )
    missing(found["missing"])
    out.print(f"\nAblation page   {found['page']}", soft_wrap=True)


def _rounded(column: str) -> pl.Expr:
    return (100 * pl.col(column)).round(1)


def leaderboard(title: str, result: Any, gaps: bool = True) -> None:
    """Print the systems of a RunResult as a table, accuracies in percent with their 95 % intervals, and its gaps."""
    lines = [_system_cells(row) for row in result.lines]
    names = ("system", "macro\naccuracy %", "95 %\ninterval", "n", "calls\neach", "cost\nUSD")
    widths = [max(map(cell_len, (*name.splitlines(), *cells))) for name, *cells in zip(names, *lines, strict=True)]
    padding = int(sum(widths) + 3 * len(names) + 1 <= out.width)
    room = out.width - sum(widths[1:]) - (1 + 2 * padding) * len(names) - 1
    table = Table(title=_safe(title), title_justify="left", header_style="bold", padding=(0, padding))
    for at, (name, width) in enumerate(zip(names, widths, strict=True)):  # a name is folded, no other cell is cut
        least = width if at else max(1, min(width, _WIDEST, room))
        table.add_column(name, justify="right" if at else "left", min_width=least, overflow="fold")
    whole = True
    for row, cells in zip(result.lines, lines, strict=True):
        if whole and not (whole := result.ranked(row)):
            table.add_section()
        table.add_row(*cells)
    out.print(table)
    out.print(f"{result.basis}.", markup=False)
    if result.power:
        out.print(f"{result.power}.", markup=False)
    if not whole:
        out.print("Below the line: not ranked, a score for fewer questions.")
    if any(0 < row.n_cost < row.n for row in result.lines):
        out.print("A cost with a number in brackets is of so many questions; that of the others is not known.")
    if gaps:
        missing(result.told_gaps())


def _system_cells(row: Any) -> tuple[str, ...]:
    return (
        _safe(row.system),
        percent(row.macro_accuracy),
        f"{percent(row.ci_low)} – {percent(row.ci_high)}",
        f"{row.n:,}",
        _cell(row.calls_per_question),
        MISSING if row.cost_usd is None else usd(row.cost_usd) + (f" ({row.n_cost:,})" * (0 < row.n_cost < row.n)),
    )


def missing(sentences: Sequence[str]) -> None:
    """Print what was asked for and is not there."""
    for text in sentences:
        out.print(printable(f"MISSING  {text}"), style="yellow", markup=False)


def _cell(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, float):
        return significant(value) if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
