"""What is known of a profile's ablation: studies in the warehouse, and the published test numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from profiles.load import load_preset, names
from profiles.schema import Pool, Preset, Run
from tasks.ablate.asked_grid import asked_studies
from tasks.ablate.bench import Bench
from tasks.ablate.grid import not_shown, studies_of
from tasks.ablate.points import SCHEMA, study_points
from tasks.ablate.study import Setting, Study
from warehouse.connect import rows
from warehouse.errors import unknown_name
from warehouse.runs import code_version
from warehouse.writer import now

BASE, ENSEMBLE, PAPER = "smcs-select", "smcs", "smcs-paper"
TEST = "test"


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do for a profile.

    Args:
        bench: tries settings.
        pool: the profile's models.
        studies: all that its answers can show.
        wanted: those to compute where they are missing.
        unshown: parts that its answers cannot show → why.
    """

    bench: Bench
    pool: Pool
    studies: list[Study]
    wanted: list[Study]
    unshown: dict[str, str]

    @property
    def missing(self) -> list[Study]:
        """Wanted studies that are not in the warehouse for the same inputs."""
        known = set(_stored(self.bench, self.wanted)["inputs"])
        return [study for study in self.wanted if self.bench.inputs(study) not in known]


def plan(bench: Bench, pool: Pool, wanted: Sequence[str]) -> Plan:
    """The studies of a profile.

    Args:
        bench: of the profile.
        pool: its models.
        wanted: names of studies; empty for all.

    Raises:
        UserError: there is no study of a name.
    """
    base, ensemble = load_preset(BASE), load_preset(ENSEMBLE)
    studies = studies_of(bench.run, pool, bench.matrix, base, ensemble)
    if pool.writers:
        studies += asked_studies(load_preset(PAPER), ensemble)
    for name in wanted:
        if name not in {study.name for study in studies}:
            raise unknown_name("study", name, [study.name for study in studies])
    chosen = [study for study in studies if not wanted or study.name in wanted]
    return Plan(bench, pool, studies, chosen, not_shown(bench.run, pool, bench.matrix))


def study_rows(run_id: str, plan: Plan, study: Study) -> pl.DataFrame:
    """Compute a study: rows of `ablation`."""
    points = study_points(study, plan.bench.tallies(study), plan.bench.matrix.questions["dataset"].to_numpy())
    return _rows(run_id, plan, points, study.settings[0].preset.name, plan.bench.inputs(study), "validation")


def test_rows(run_id: str, plan: Plan) -> pl.DataFrame:
    """The base preset's one number on the test part, where neither a run's leaderboard nor the warehouse has it."""
    study = _test_study(load_preset(BASE))
    if not leaderboard(plan.bench.run, plan.pool).is_empty() or not _stored(plan.bench, [study]).is_empty():
        return _rows(run_id, plan, pl.DataFrame(schema=SCHEMA), BASE, "", TEST)
    datasets = plan.bench.matrix.questions["dataset"].to_numpy()
    points = study_points(study, [plan.bench.test(study.settings[0].preset)], datasets)
    return _rows(run_id, plan, points, BASE, plan.bench.inputs(study), TEST)


def leaderboard(run: Run, pool: Pool) -> pl.DataFrame:
    """Presets on the test part as the profile's last evaluated run has them: preset, accuracy, interval, n, run_id."""
    return rows("ablation_test", profile=run.name, pool=pool.name, systems=names("presets"))


def stored(plan: Plan) -> dict[str, pl.DataFrame]:
    """Study → its rows in the warehouse, for the studies that are there, in the order of the page."""
    found = _stored(plan.bench, plan.studies)
    return {
        study.name: mine
        for study in plan.studies
        if not (mine := found.filter(pl.col("inputs") == plan.bench.inputs(study))).is_empty()
    }


def test_numbers(plan: Plan) -> pl.DataFrame:
    """One row per preset: preset, accuracy, ci_low, ci_high, n, run_id; of a leaderboard, else computed once here."""
    found = leaderboard(plan.bench.run, plan.pool)
    if not found.is_empty():
        return found
    computed = _stored(plan.bench, [_test_study(load_preset(BASE))]).filter(pl.col("dataset") == "*")
    return computed.select("preset", "accuracy", "ci_low", "ci_high", "n", "run_id")


def _stored(bench: Bench, studies: Sequence[Study]) -> pl.DataFrame:
    return rows("ablation_study", inputs=[bench.inputs(study) for study in studies])


def _test_study(base: Preset) -> Study:
    setting = Setting(base.name, base)
    return Study(TEST, "", "", (setting,), (setting.label, setting.series))


def _rows(run_id: str, plan: Plan, points: pl.DataFrame, preset: str, inputs: str, part: str) -> pl.DataFrame:
    run = plan.bench.run
    about: dict[str, Any] = {
        "run_id": run_id, "profile": run.name, "pool": plan.pool.name, "preset": preset, "inputs": inputs,
        "part": part, "verdict": run.verdict, "embedder": run.embedder, "synthetic": plan.pool.synthetic,
        "code_version": code_version(), "created_at": now(),
    }  # fmt: skip
    seeds = pl.lit(run.seeds, pl.List(pl.Int32)).alias("seeds")
    return points.with_columns(seeds, **{name: pl.lit(value) for name, value in about.items()})
