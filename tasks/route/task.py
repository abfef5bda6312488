"""Freeze the outcome matrix, then let every router choose on the test part of every seed."""

from collections.abc import Sequence

import polars as pl

from profiles.embed import embed_texts, get_embedder
from profiles.outcomes import frozen_outcomes, outcome_cells
from profiles.prices import list_prices
from profiles.schema import Pool, RunProfile
from profiles.split import splits_of
from tasks.measure.coverage import comparable
from tasks.measure.outcomes import Outcomes
from tasks.progress import steps
from tasks.recorded.task import task
from tasks.route.registry import routers
from tasks.route.routing import policy_row, route, route_rows, router_outcomes
from warehouse.snapshot import load_snapshot, take_snapshot
from warehouse.writer import land


@task(name="snapshot", task_run_name="snapshot-{run.name}")
def snapshot_outcomes(run_id: str, run: RunProfile, pool: Pool) -> str:
    """Export what the pool's models got on the run's questions; the snapshot's id."""
    prices = list_prices(pool)
    questions, cells = outcome_cells(run.datasets, pool.models, run.score_mode, prices)
    snapshot = take_snapshot(
        questions, cells, pool.models, run.score_mode, pool=pool.name, run_id=run_id, profile=run.name
    )
    return snapshot.snapshot_id


@task(name="route", task_run_name="route-{run.name}")
def route_questions(run_id: str, run: RunProfile, snapshot_id: str, names: Sequence[str]) -> list[Outcomes]:
    """Fit the routers of these names once per seed; their policies and choices are landed, their outcomes returned."""
    chosen = {name: routers.get(name)() for name in names}
    if not chosen:
        return []
    matrix = comparable(frozen_outcomes(load_snapshot(snapshot_id)), run.missing).matrix
    splits = splits_of(run_id, run, matrix.question_ids)
    vectors = embed_texts(get_embedder(run.embedder), matrix.questions["text"].to_list())
    outcomes = []
    with steps(len(chosen) * len(run.seeds), "routing") as step:
        for name, router in chosen.items():
            routed = []
            for seed, known, tested in zip(run.seeds, splits.known, splits.tested, strict=True):
                routed.append(route(name, router, matrix, vectors, known, tested, seed))
                step()
            pairs = list(zip(splits.ids, routed, strict=True))
            land("policy", pl.concat(policy_row(run_id, snapshot_id, *pair) for pair in pairs))
            land("route", pl.concat(route_rows(run_id, matrix, *pair) for pair in pairs))
            outcomes.append(router_outcomes(matrix, routed))
    return outcomes
