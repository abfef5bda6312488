"""What went wrong with a run's requests for good: by model and kind, from the ledger."""

from collections.abc import Sequence

import polars as pl

from warehouse.connect import rows

_ANOTHER_MODEL = "another_model"


def trouble(run_id: str) -> str | None:
    """The sentence on requests without an answer, or answered by another model than asked; None when all went well."""
    found = rows("run_trouble", run=run_id)
    elsewhere = pl.col("trouble") == _ANOTHER_MODEL
    said = []
    if len(failed := found.filter(~elsewhere)):
        kinds = "; ".join(f"{model}: {listed}" for model, listed in _by_model(failed))
        said.append(f"{failed['n'].sum():,} of {failed['n_request'][0]:,} requests got no whole answer ({kinds})")
    if len(other := found.filter(elsewhere)):
        models = ", ".join(f"{row['model']} {row['n']:,}" for row in other.iter_rows(named=True))
        said.append(f"another model than asked answered {other['n'].sum():,} ({models})")
    return "; ".join(said) or None


def unheard(run_id: str, *, excused: Sequence[str] = ()) -> dict[str, str]:
    """Models that answered none of a run's requests, each with a clause that says so.

    Args:
        run_id: the run.
        excused: kinds of trouble; a model that had no other is left out.
    """
    found = rows("run_trouble", run=run_id).filter(~pl.col("heard"))
    blamed = found.filter(~pl.col("trouble").is_in(excused))["model"]
    return {
        model: f"none of its requests was answered ({listed})"
        for model, listed in _by_model(found.filter(pl.col("model").is_in(blamed.implode())))
    }


def _by_model(found: pl.DataFrame) -> list[tuple[str, str]]:
    """Models in order, and the kinds of their trouble."""
    return [
        (str(model), ", ".join(f"{row['n']:,} {row['trouble']}" for row in part.iter_rows(named=True)))
        for (model,), part in found.group_by("model", maintain_order=True)
    ]
