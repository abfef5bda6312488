"""Run a suite: SQL reads, pandas batches, Great Expectations, outcomes."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from tasks.check.suite import Check, Expectation
from warehouse.connect import connection, rows
from warehouse.migrate import sql_files

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one expectation.

    Args:
        n_checked: rows that were looked at. 0: there was nothing to check.
        n_unexpected: rows that break it.
        keys: `row_key` of the lines that break it, each once.
        values: the offending value of each of these lines, as text.
        observed: range of the column, and the first offenders.
    """

    table: str
    expectation: Expectation
    n_checked: int = 0
    n_unexpected: int = 0
    keys: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    observed: str | None = None

    @property
    def success(self) -> bool:
        """Whether no row breaks it."""
        return self.n_unexpected == 0

    @property
    def critical(self) -> bool:
        """Whether it stops the flow."""
        return not self.success and self.expectation.severity == "critical"

    def __str__(self) -> str:
        rows = f"{self.n_unexpected} of {self.n_checked} rows of {self.table}"
        return f"'{self.expectation.name}' fails for {rows} ({', '.join(self.keys[:_SHOWN])})"


def run_suite(suite: Sequence[Check], run_id: str, datasets: Sequence[str]) -> list[Outcome]:
    """Check all rows of the run's datasets.

    Args:
        suite: the checks of a stage.
        run_id: the run whose own rows (collaborations, metrics, routes) are checked.
        datasets: globs over dataset names.

    Returns:
        One outcome per expectation, in the suite's order.
    """
    parameters: dict[str, Any] = {"run": run_id, "datasets": list(datasets)}
    with connection("checking a stage"):
        batches = [_read(check, parameters) for check in suite]
    whole_frame = cache(_whole_frame)  # one context for the suite, and none where there is nothing to check
    return [
        outcome for check, batch in zip(suite, batches, strict=True) for outcome in _outcomes(check, batch, whole_frame)
    ]


def _read(check: Check, parameters: Mapping[str, Any]) -> pl.DataFrame:
    if not isinstance(check.read, str):
        return check.read()
    named = set(re.findall(r"\$(\w+)", sql_files("reads")[check.read]))
    return rows(check.read, **{name: value for name, value in parameters.items() if name in named})


def _outcomes(check: Check, batch: pl.DataFrame, whole_frame: Callable[[], Any]) -> list[Outcome]:
    if batch.is_empty():
        return [Outcome(check.table, expectation) for expectation in check.expectations]
    weights = batch["n_row"] if "n_row" in batch.columns else pl.repeat(1, len(batch), eager=True)
    broken = _broken_lines(check.expectations, batch, whole_frame())
    return [
        _outcome(check.table, expectation, batch, weights, lines)
        for expectation, lines in zip(check.expectations, broken, strict=True)
    ]


def _outcome(
    table: str, expectation: Expectation, batch: pl.DataFrame, weights: pl.Series, lines: list[int]
) -> Outcome:
    offenders = batch[lines].with_columns(pl.col("row_key").cast(pl.String).fill_null("(no key)"))
    first = offenders.unique("row_key", keep="first", maintain_order=True)
    keys = tuple(first["row_key"].to_list())
    values = tuple(map(str, first[expectation.column].to_list()))
    return Outcome(
        table,
        expectation,
        int(weights.sum()),
        int(weights[lines].sum()),
        keys,
        values,
        _observed(batch[expectation.column], keys, values),
    )


def _observed(column: pl.Series, keys: tuple[str, ...], values: tuple[str, ...]) -> str | None:
    parts = [f"{key} = {value}" for key, value in zip(keys[:_SHOWN], values, strict=False)]
    if column.dtype.is_numeric() and column.count():
        known = column.drop_nulls().to_numpy()
        parts.insert(0, f"from {known.min():.6g} to {known.max():.6g}")
    return "; ".join(parts) or None


def _whole_frame() -> Any:
    """What makes a batch of a pandas frame."""
    import great_expectations as gx

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # tells of each context
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")


def _broken_lines(expectations: Sequence[Expectation], batch: pl.DataFrame, whole_frame: Any) -> list[list[int]]:
    """Positions of the lines that break each expectation, as Great Expectations finds them."""
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    columns_of = [expectation.column for expectation in expectations]
    frame = batch.select(*dict.fromkeys(columns_of)).to_pandas()
    gx_batch = whole_frame.get_batch({"dataframe": frame})
    configurations = [
        ExpectationConfiguration(
            type=expectation.type,
            kwargs={"column": expectation.column, **expectation.arguments},
            severity=expectation.severity,
            meta={"position": position},
        )
        for position, expectation in enumerate(expectations)
    ]
    suite = gx.ExpectationSuite(name="suite", expectations=[one.to_domain_obj() for one in configurations])
    results = gx_batch.validate(suite, result_format="COMPLETE").results
    if len(results) != len(expectations):
        raise RuntimeError("Great Expectations merged two expectations into one")
    lines: list[list[int]] = [[] for _ in expectations]
    for result in results:
        position = result.expectation_config.meta["position"]
        if "unexpected_index_list" not in result.result:
            raise RuntimeError(f"'{expectations[position].name}' could not be checked: {result.exception_info}")
        lines[position] = sorted({*(result.result["unexpected_index_list"] or []), *_nan(batch[columns_of[position]])})
    return lines


def _nan(column: pl.Series) -> list[int]:
    """Lines that hold NaN: pandas takes them for null, and null is not looked at."""
    return column.is_nan().arg_true().to_list() if column.dtype.is_float() else []
