"""What the systems of an evaluated run would have cost at other prices: the same answers, paid for anew."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from profiles.load import load_run
from profiles.price_book import PriceBook
from tasks.measure.intervals import Estimate, draws, mean_estimate
from tasks.measure.routed import routed_run
from warehouse.connect import connection, rows
from warehouse.errors import UserError
from warehouse.snapshot import snapshot_files


@dataclass(frozen=True, slots=True)
class Repriced:
    """A system at its own point: US dollars per question with 95 % intervals, over the questions of known cost.

    Args:
        system: as the leaderboard shows it.
        n: test questions.
        was: as its answers were paid for.
        would_be: with the other prices.
    """

    system: str
    n: int
    was: Estimate
    would_be: Estimate


@connection("paying anew")  # opened once for what it reads
def what_if(profile: str, book: PriceBook) -> list[Repriced]:
    """Every system that a profile was last routed with, in the order of its routing.

    A model that the book names costs its tokens at the book's prices, unknown where they were not counted; any other
    costs what it did.

    Raises:
        UserError: the profile was not routed yet, or the book names none of its models.
    """
    run_id = routed_run(profile)
    cells = str(snapshot_files(rows("routed_snapshot", profile=profile)["snapshot_id"][0])[1])
    models = pl.read_parquet(cells, columns=["model"])["model"].unique(maintain_order=True).to_list()
    if not set(models) & set(book.models):
        raise UserError(f"the price book names none of the models of '{profile}'; these are {', '.join(models)}")
    found = rows(
        "what_if",
        run=run_id,
        cells=cells,
        models=list(book.models),
        inputs=[price.input_usd_per_mtok for price in book.models.values()],
        outputs=[price.output_usd_per_mtok for price in book.models.values()],
    )
    resamples = load_run(profile).statistics.resamples
    priced = []
    for (system,), own in found.group_by("system", maintain_order=True):
        strata = np.unique(own["dataset"].to_numpy(), return_inverse=True)[1]
        was, would_be = (
            mean_estimate(own[name].cast(float).to_numpy(), strata, resamples, draws()) for name in ("was", "would_be")
        )
        priced.append(Repriced(str(system), len(own), was, would_be))
    return priced
