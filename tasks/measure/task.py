"""Measure every system of a run on the same test questions, and judge the run against its baseline."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

import numpy as np
import polars as pl

from profiles.load import load_prices
from profiles.outcomes import OutcomeMatrix, frozen_outcomes
from profiles.schema import Pool, RunProfile
from profiles.split import Splits, splits_of
from profiles.statistics import Statistics
from profiles.system import system_rows
from tasks.measure.baseline import baseline_of, is_pinned, is_scored, pin_baseline
from tasks.measure.coverage import Gap, comparable
from tasks.measure.decision import Decision, decide
from tasks.measure.external import external_routers
from tasks.measure.intervals import draws
from tasks.measure.leaderboard import leaderboard
from tasks.measure.outcomes import Outcomes, of_answers, outcome_rows, voted_only
from tasks.measure.references import references
from tasks.measure.routed import of_routes, routes_of
from tasks.measure.summary import decision_notes, leaderboard_table, notes
from tasks.measure.unscored import left_out, stale, unscored, untested, wider, wordless
from tasks.recorded.task import create_markdown_artifact, create_table_artifact, emit_event, task
from warehouse.connect import rows
from warehouse.runs import code_version
from warehouse.snapshot import load_snapshot
from warehouse.writer import land, now


@task(name="measure", task_run_name="measure-{run.name}")
def measure_systems(run_id: str, run: RunProfile, pool: Pool, statistics: Statistics) -> str:
    """Land outcomes, metrics and comparisons of what a run has routed and collaborated; its snapshot's id.

    Raises:
        UserError: it was not routed, or not as its profile says now.
    """
    routes = routes_of(run_id, run.missing)
    snapshot = load_snapshot(str(routes["snapshot_id"][0]))
    found = frozen_outcomes(snapshot)
    kept = comparable(found, run.missing)
    splits = splits_of(run_id, run, kept.matrix.question_ids)
    outcomes, lacking = _systems(run_id, run, pool, routes, kept.matrix, splits)
    metrics, comparisons, uncomputed = leaderboard(outcomes, kept.matrix.datasets, statistics.resamples, draws())
    made = now()
    origin = {"run_id": pl.lit(run_id), "snapshot_id": pl.lit(snapshot.snapshot_id), "created_at": pl.lit(made)}
    own = [one for one in outcomes if one.role == "system"]  # what others got is in routes and snapshot
    compared = kept.matrix.datasets[splits.tested.any(axis=0)]
    _land_basis(run_id, run, statistics, made, compared, found.datasets, [*kept.gaps, *lacking, *uncomputed])
    land("outcome", pl.concat(outcome_rows(run_id, one, kept.matrix) for one in own))
    land("metric", metrics.with_columns(**origin, **_made_with(run, pool, statistics)))
    land("comparison", comparisons.with_columns(**origin))
    create_table_artifact(
        key="leaderboard",
        table=leaderboard_table(metrics.filter(pl.col("system").is_in([one.system for one in own]))),
        description=f"Systems of run {run_id}, null baselines first",
    )
    create_markdown_artifact(
        key="evaluation", markdown=notes(run, pool, snapshot.manifest, comparisons), description="What was measured"
    )
    return snapshot.snapshot_id


def _systems(
    run_id: str,
    run: RunProfile,
    pool: Pool,
    routes: pl.DataFrame,
    matrix: OutcomeMatrix,
    splits: Splits,
) -> tuple[list[Outcomes], list[Gap]]:
    """What every system of a run got, those that are only seen beside them last; and what the run lacks.

    Args:
        run_id: the run.
        run: its profile.
        pool: its models.
        routes: whom its routed systems ask.
        matrix: what is compared.
        splits: of its questions.
    """
    answers = rows("collaboration_outcome", run=run_id, score_mode=run.score_mode)
    # What was re-scored is looked at on test questions; on the leaderboard it would be one more try at them.
    answers = answers.filter(point="")
    presets = of_answers(matrix, splits.ids, splits.tested, answers)
    systems = [*of_routes(matrix, splits.ids, routes), *presets]
    names = {one.system for one in systems}
    services, unanswered = external_routers(run, pool.models, matrix.question_ids, splits.tested, names)
    records, beside = zip(*references(_offered(matrix, run), splits.tested, run.seeds, names), strict=True)
    land("system", system_rows(run_id, [*(system for system, _ in services), *records]))
    every = [*systems, *(outcomes for _, outcomes in services), *beside]
    baselines = routes.filter(kind="baseline")["system"].to_list()
    routers = set(routes.filter(kind="router")["system"])
    textless = rows("without_text", datasets=run.datasets, models=pool.models)
    silent, mute = textless["question_id"].drop_nulls().to_numpy(), textless["model"].drop_nulls().to_list()
    outcomes, unvoted = voted_only(every, np.isin(matrix.question_ids, silent), run.missing, baselines, routers)
    return outcomes, [
        *unanswered,
        *unvoted,
        *wordless([one for one in outcomes if one.role == "system"], mute, baselines, routers),
        *wider([one.system for one in presets], rows("collaboration_heard", run=run_id), matrix.models),
        *left_out(run, run_id, answers["name"].to_list(), baselines),
        *stale(run_id, matrix.models),
    ]


def _offered(matrix: OutcomeMatrix, run: RunProfile) -> OutcomeMatrix:
    """The matrix with its questions' metadata: a snapshot keeps no options, whose number chance is reckoned from."""
    options = rows("question", datasets=run.datasets).select("question_id", "metadata")
    return replace(
        matrix, questions=matrix.questions.join(options, on="question_id", how="left", maintain_order="left")
    )


def _made_with(run: RunProfile, pool: Pool, statistics: Statistics) -> dict[str, pl.Expr]:
    """Columns that say of every metric what it was measured with."""
    return {
        "pool": pl.lit(pool.name),
        "price_date": pl.lit(load_prices().date),
        "code_version": pl.lit(code_version()),
        "embedder": pl.lit(run.embedder),
        "seeds": pl.lit(run.seeds, pl.List(pl.Int32)),
        "synthetic": pl.lit(pool.synthetic),
        "resamples": pl.lit(statistics.resamples),
        "interval_level": pl.lit(statistics.level),
        "alpha": pl.lit(statistics.alpha),
    }


def _land_basis(
    run_id: str,
    run: RunProfile,
    statistics: Statistics,
    made: datetime,
    compared: np.ndarray,
    judged: np.ndarray,
    gaps: Sequence[Gap],
) -> None:
    """Land which questions the systems are compared on, by their datasets, and what is missing."""
    asked = rows("question", datasets=run.datasets)
    tested = np.any(splits_of(run_id, run, asked["question_id"]).tested, axis=0)
    basis = {
        "missing": run.missing,
        "n_question": len(compared),
        "n_expected": int(tested.sum()),
        "minimum_effect": statistics.minimum_effect,
    }
    land("evaluation", pl.DataFrame([{"run_id": run_id, **basis, "created_at": made}]))
    found = [*unscored(run.datasets, asked, judged), *gaps]
    told = [gap.name for gap in found if gap.kind == "dataset"]
    found += untested(asked, tested, {*compared, *told}, drawn="train_share" in type(run.split_with()).model_fields)
    land("gap", pl.DataFrame([{"run_id": run_id, **asdict(gap), "created_at": made} for gap in found]))


@task(name="decide", task_run_name="decide-{run.name}")
def decide_run(run_id: str, run: RunProfile, baseline: str | None, minimum_effect: float) -> Decision:
    """Judge the run's `judged_system`; the first run of a profile with a scored question becomes its baseline.

    Args:
        run_id: the run that is judged; its evaluation must be in the warehouse.
        run: its profile.
        baseline: the run to compare with; None: the pinned one, else the profile's last completed evaluated run.
        minimum_effect: smallest difference of macro accuracy that counts as a change.
    """
    found = decide(run, run_id, baseline or baseline_of(run.name, run_id), minimum_effect)
    land("decision", found.row())
    land("flip", found.flip_rows())
    land("model_change", found.model_rows())
    if not is_pinned(run.name) and is_scored(run_id, found.system):
        pin_baseline(run_id)
    return found


def show_decision(found: Decision) -> None:
    """Put the decision on the flow run itself: an artifact, and an event that automations can wait for."""
    create_markdown_artifact(key="decision", markdown=decision_notes(found), description=f"{found.verdict}")
    emit_event(
        event=f"concertino.decision.{found.verdict.replace(' ', '-')}",
        resource={
            "prefect.resource.id": f"concertino.profile.{found.profile}",
            "prefect.resource.name": found.profile,
        },
        payload=found.to_dict(),
    )
