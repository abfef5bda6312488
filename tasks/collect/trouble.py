"""What went wrong with a run's requests for good, in one sentence: by model and kind, from the ledger."""

import polars as pl

from warehouse.connect import rows

_ANOTHER_MODEL = "another_model"


def trouble(run_id: str) -> str | None:
    """The sentence on requests without an answer, or answered by another model than asked; None when all went well."""
    found = rows("run_trouble", run=run_id)
    elsewhere = pl.col("trouble") == _ANOTHER_MODEL
    said = []
    if len(failed := found.filter(~elsewhere)):
        kinds = "; ".join(
            f"{model}: {_listed(part)}" for (model,), part in failed.group_by("model", maintain_order=True)
        )
        said.append(f"{failed['n'].sum():,} of {failed['n_request'][0]:,} requests got no whole answer ({kinds})")
    if len(other := found.filter(elsewhere)):
        models = ", ".join(f"{row['model']} {row['n']:,}" for row in other.iter_rows(named=True))
        said.append(f"another model than asked answered {other['n'].sum():,} ({models})")
    return "; ".join(said) or None


def _listed(part: pl.DataFrame) -> str:
    return ", ".join(f"{row['n']:,} {row['trouble']}" for row in part.iter_rows(named=True))
