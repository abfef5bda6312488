"""What a gate expects, as plain data in Great Expectations' own vocabulary."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import polars as pl

from warehouse.errors import unknown_name

Severity = Literal["critical", "warning"]
STAGES = ("ingest", "collect", "score", "bank", "collaborate", "evaluate", "publish")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One Great Expectations expectation on one column of a batch.

    Args:
        name: the sentence that people read, such as "question keys are unique".
        type: Great Expectations' name of the expectation.
        column: the column it is about.
        arguments: its further arguments.
        severity: critical stops the flow and quarantines the offending rows; warning is reported.
    """

    name: str
    type: str
    column: str
    arguments: dict[str, Any]
    severity: Severity = "critical"


@dataclass(frozen=True, slots=True)
class Check:
    """A batch of rows and what is expected of it.

    Args:
        table: the table (or file) that the rows tell about.
        read: statement in `warehouse/reads`, or a function without arguments. Its lines have `row_key` (names the
            offending row), the columns the expectations are about, and optionally `n_row`: how many rows of the
            table the line stands for (1 when absent). SQL may fold rows that hold into one line per value, so that a
            big table is a small batch; a row that does not hold stands alone, under its key.
        expectations: what must hold in every line.
    """

    table: str
    read: str | Callable[[], pl.DataFrame]
    expectations: tuple[Expectation, ...]


def between(
    name: str, column: str, low: float | None = None, high: float | None = None, severity: Severity = "critical"
) -> Expectation:
    """Every value that is not null lies in [low, high]."""
    bounds = {"min_value": low, "max_value": high}
    return Expectation(name, "expect_column_values_to_be_between", column, bounds, severity)


def present(name: str, column: str) -> Expectation:
    """No value is null."""
    return Expectation(name, "expect_column_values_to_not_be_null", column, {})


def absent(name: str, column: str) -> Expectation:
    """Every value is null."""
    return Expectation(name, "expect_column_values_to_be_null", column, {})


def one_of(name: str, column: str, values: tuple[Any, ...], severity: Severity = "critical") -> Expectation:
    """Every value that is not null is one of `values`."""
    return Expectation(name, "expect_column_values_to_be_in_set", column, {"value_set": list(values)}, severity)


def suite_of(stage: str) -> tuple[Check, ...]:
    """The checks of the gate after a stage.

    Raises:
        UserError: no such stage; the message lists them.
    """
    if stage not in STAGES:
        raise unknown_name("gate", stage, STAGES)
    suite: tuple[Check, ...] = import_module(f"tasks.check.suites.{stage}").SUITE
    return suite
