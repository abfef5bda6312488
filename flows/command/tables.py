"""`concertino tables` and `concertino what-if`: LLMRouterBench's two tables, and costs at other prices."""

from collections.abc import Sequence
from dataclasses import asdict

import polars.selectors as cs

from flows.command import show
from tasks.measure.aggregate import DEFECTS, Tables
from tasks.measure.intervals import Estimate
from tasks.measure.what_if import Repriced


def print_tables(tables: Tables, compat: bool, as_json: bool) -> None:
    """Both tables, accuracies in percent; as JSON, lines of fractions and of dollars, null where there is nothing."""
    if as_json:
        form = {"form": "compat" if compat else "fixed", "defects": list(DEFECTS) if compat else []}
        show.as_json(form | {"performance": tables.performance.to_dicts(), "cost": tables.cost.to_dicts()})
        return
    show.frame(tables.performance.with_columns((cs.numeric() * 100).round(2)), "Performance, %")
    show.frame(tables.cost.with_columns(cs.numeric().round(4)), "Cost, US dollars")
    if compat:
        show.out.print("As the reference reckons: " + "; ".join(DEFECTS) + ".", soft_wrap=True)


def print_what_if(found: Sequence[Repriced], as_json: bool) -> None:
    """A line per system: US dollars for a thousand questions; as JSON, per question."""
    if as_json:
        show.as_json({"systems": [asdict(one) for one in found]})
        return
    lines = [
        {"system": one.system, "n": one.n, "as it was": _usd(one.was, one.n), "then": _usd(one.would_be, one.n)}
        for one in found
    ]
    show.lines(lines, "US dollars for 1,000 questions, 95 % interval")


def _usd(cost: Estimate, n: int) -> str | None:
    """For a thousand of n questions, with the number of known cost where that is less; null where none is known."""
    if cost.value is None or cost.low is None or cost.high is None:
        return None
    value, low, high = (1000 * one for one in (cost.value, cost.low, cost.high))
    return f"{value:.4g} ({low:.3g} – {high:.3g})" + (f", n = {cost.n}" if cost.n < n else "")
