"""Gather from the warehouse what the page shows of a run."""

import numpy as np
import polars as pl

from profiles.load import load_run
from profiles.outcomes import OutcomeMatrix, frozen_outcomes
from tasks.measure.decided import freshness_of
from tasks.measure.result import RunResult, load_result
from tasks.report.analysis import analyses_of, evaluated_of
from tasks.report.contents import Check, Example, Flip, Matrix, Page, Regression
from tasks.report.examples import explained
from tasks.report.models import models_of
from tasks.report.nights import nights_of
from tasks.route.chosen import chosen_of
from warehouse.connect import connection, rows
from warehouse.errors import UserError
from warehouse.snapshot import load_snapshot
from warehouse.writer import now

_FLIPS = 20
_EXAMPLES_EACH = 3


def evaluated_run(profile: str, run_id: str | None) -> str | None:
    """The run to show: the given one, else the profile's newest completed evaluated run; None: there is none."""
    return run_id or next(iter(rows("report_run", profile=profile)["run_id"]), None)


@connection("gathering the page")  # opened once for what it reads
def page_of(run_id: str) -> Page:
    """The page of an evaluated run.

    Raises:
        UserError: no such run, or it was not evaluated.
    """
    result = load_result(run_id)
    presets = frozenset(rows("run_preset", run=run_id)["preset"])
    judged, regression = verdict_of(result)
    snapshot = load_snapshot(result.snapshot_id)
    outcomes = frozen_outcomes(snapshot)
    models, by_model = models_of(run_id, outcomes, result.missing, result.resamples)
    by_dataset, questions = _by_dataset(result)
    flips, n_lost, n_gained = _flips(run_id, judged)
    shown = next((name for name in (judged, *(line.system for line in result.lines)) if name in presets), None)
    return Page(
        result=result,
        judged=judged,
        collaboration=presets,
        regression=regression,
        models=models,
        by_model=by_model,
        by_dataset=by_dataset,
        questions=questions,
        coverage=_coverage(outcomes),
        checks=_checks(run_id),
        quarantined=_quarantined(run_id),
        flips=flips,
        n_lost=n_lost,
        n_gained=n_gained,
        examples=_examples(run_id, shown, result.score_mode),
        created=now(),
        nights=nights_of(result.profile, run_id),
        analyses=analyses_of(evaluated_of(result, judged, outcomes, snapshot.cells)),
        chosen=chosen_of(run_id, result.lines),
    )


def verdict_of(result: RunResult) -> tuple[str | None, Regression | None]:
    """The system that a run is judged by, and its verdict against the baseline run where there was one."""
    found = rows("run_decision", run=result.run_id).sort("system")
    verdicts = {row["system"]: row for row in found.iter_rows(named=True)}
    judged = _judged(result)
    row = verdicts.get(judged or "") or next(iter(verdicts.values()), None)
    if row is None or (row["baseline_run_id"] is None and row["verdict"] != "refused"):
        return judged, None
    told = {name: row[name] for name in Regression.__dataclass_fields__ if name in row}
    told["baseline_run_id"] = told["baseline_run_id"] or "none"
    return row["system"], Regression(**told, answers=str(freshness_of(row)))


def _judged(result: RunResult) -> str | None:
    """The profile's judged system as this run names it, else its best system that is no null baseline."""
    try:
        wanted = load_run(result.profile).judged_system
    except UserError:
        wanted = ""
    lines = [line for line in result.lines if not line.is_null]
    named = [line.system for line in lines if wanted in (line.system, line.name)]
    return next(iter([*named, *(line.system for line in lines)]), None)


def _by_dataset(result: RunResult) -> tuple[Matrix, dict[str, int]]:
    """Accuracy, and the questions of each dataset that systems are compared on."""
    metrics = rows("run_metric", run=result.run_id).filter(pl.col("metric") == "accuracy", pl.col("dataset") != "*")
    cells = {(row["dataset"], row["system"]): row["value"] for row in metrics.iter_rows(named=True)}
    datasets = sorted({dataset for dataset, _ in cells})
    systems = [line.system for line in result.lines]
    values = tuple(tuple(cells.get((dataset, system)) for system in systems) for dataset in datasets)
    return Matrix(tuple(datasets), tuple(systems), values), dict(
        metrics.group_by("dataset").agg(pl.col("n").max()).iter_rows()
    )


def _coverage(outcomes: OutcomeMatrix) -> Matrix:
    datasets = np.unique(outcomes.datasets)
    has = ~np.isnan(outcomes.score)
    shares = [has[outcomes.datasets == dataset].mean(axis=0).tolist() for dataset in datasets]
    return Matrix(tuple(map(str, datasets)), outcomes.models, tuple(map(tuple, shares)))


def _checks(run_id: str) -> tuple[Check, ...]:
    found = rows("run_check", run=run_id)
    return tuple(Check(**row) for row in found.select(*Check.__dataclass_fields__).iter_rows(named=True))


def _quarantined(run_id: str) -> dict[str, int]:
    return dict(rows("run_quarantined", run=run_id).iter_rows())


def _flips(run_id: str, system: str | None) -> tuple[tuple[Flip, ...], int, int]:
    """The first flips of the judged system, and how many were lost and gained in all."""
    found = rows("report_flip", run=run_id, system=system or "", most=_FLIPS)
    flips = tuple(Flip(**row) for row in found.select(*Flip.__dataclass_fields__).iter_rows(named=True))
    return flips, *((found["n_lost"][0], found["n_gained"][0]) if flips else (0, 0))


def _examples(run_id: str, preset: str | None, score_mode: str) -> tuple[Example, ...]:
    return explained(
        rows("report_example", run=run_id, preset=preset or "", score_mode=score_mode, each=_EXAMPLES_EACH)
    )
