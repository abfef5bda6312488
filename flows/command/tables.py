"""`concertino tables`: LLMRouterBench's two tables on a terminal."""

import polars.selectors as cs

from flows.command import show
from tasks.measure.aggregate import DEFECTS, Tables


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
