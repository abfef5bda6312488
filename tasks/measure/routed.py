"""What a run's routing left in the warehouse, as the outcomes of its systems."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from profiles.outcomes import OutcomeMatrix
from tasks.measure.outcomes import Outcomes
from tasks.measure.settle import DRAWN, Decision, settle
from warehouse.connect import rows
from warehouse.errors import UserError


def routes_of(run_id: str, missing: str) -> pl.DataFrame:
    """Whom the systems of a run's newest routing ask: rows of `warehouse/reads/run_route.sql`.

    Args:
        run_id: the run.
        missing: the rule for missing answers of its profile.

    Raises:
        UserError: it was not routed, or by another rule.
    """
    found = rows("run_route", run=run_id)
    if found.filter(kind="baseline").is_empty():
        raise UserError(f"run '{run_id}' has no routes to measure; run `concertino evaluate --run-id {run_id}` first")
    if (routed := found["missing"][0]) != missing:
        raise UserError(
            f"run '{run_id}' was routed with `missing: {routed}`, and its profile says `missing: {missing}` now; "
            f"run `concertino evaluate --run-id {run_id}`, which routes again"
        )
    return found


def routed_run(profile: str) -> str:
    """The run of a profile that was routed last.

    Raises:
        UserError: none was.
    """
    found = rows("routed_run", profile=profile)
    if found.is_empty():
        raise UserError(f"profile '{profile}' was not routed yet; run `concertino run {profile}` first")
    return str(found["run_id"][0])


def of_routes(matrix: OutcomeMatrix, splits: Sequence[str], routes: pl.DataFrame) -> list[Outcomes]:
    """Outcomes of the routed systems, at each of their operating points, in the order of their routing.

    Args:
        matrix: what every model got.
        splits: S split ids, one per seed.
        routes: rows of `routes_of`.

    Raises:
        UserError: the routes are of other splits.
    """
    if set(routes["split_id"]) != set(splits):
        raise UserError(
            f"the run was routed on {', '.join(sorted(set(routes['split_id'])))}, and its profile says "
            f"{', '.join(splits)} now; run `concertino evaluate` without --only, which routes again"
        )
    places = {question: at for at, question in enumerate(matrix.question_ids)}
    models = {model: at for at, model in enumerate(matrix.models)}
    placed = routes.with_columns(
        question=pl.col("question_id").replace_strict(places, return_dtype=pl.Int64),
        chosen=pl.col("model").replace_strict(models, default=DRAWN, return_dtype=pl.Int64),
    )
    found = placed.partition_by("system", "split_id", maintain_order=True, as_dict=True, include_key=True)
    heads = routes.select("system", "name", "point").unique("system", maintain_order=True)
    nobody = placed.clear()
    return [
        replace(
            settle(system, matrix, [_decision(found.get((system, split), nobody), matrix, models) for split in splits]),
            role="point" if point else "system",
            method=name if point else "",
        )
        for system, name, point in heads.iter_rows()
    ]


def _decision(routes: pl.DataFrame, matrix: OutcomeMatrix, models: dict[str, int]) -> Decision:
    asked = np.zeros((len(routes), len(matrix.models)), dtype=bool)
    chosen, alone = routes["chosen"].to_numpy(), routes["asked"].is_null().to_numpy()
    asked[alone, chosen[alone]] = True
    each = routes.with_row_index("row").filter(~alone).explode("asked")
    asked[each["row"].to_numpy(), each["asked"].replace_strict(models, return_dtype=pl.Int64).to_numpy()] = True
    decision = Decision(chosen, asked)
    return decision.among(routes["question"].to_numpy(), len(matrix.question_ids))
