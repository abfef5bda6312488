"""What is known of a profile's ablation: studies in the warehouse, and the published test numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from profiles.load import load_preset, names
from profiles.preset import Preset
from profiles.schema import Pool, RunProfile
from tasks.analyse.analysis import Material, not_shown, studies_of
from tasks.analyse.harness import Harness
from tasks.analyse.points import SCHEMA, study_points
from tasks.analyse.study import Setting, Study
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
        harness: tries settings.
        pool: the profile's models.
        studies: all that its answers can show.
        wanted: those to compute where they are missing.
        unshown: parts that its answers cannot show → why.
    """

    harness: Harness
    pool: Pool
    studies: list[Study]
    wanted: list[Study]
    unshown: dict[str, str]

    @property
    def missing(self) -> list[Study]:
        """Wanted studies that are not in the warehouse for the same inputs."""
        known = set(_stored(self.harness, self.wanted)["inputs"])
        return [study for study in self.wanted if self.harness.inputs(study) not in known]


def plan(harness: Harness, pool: Pool, wanted: Sequence[str]) -> Plan:
    """The studies of a profile.

    Args:
        harness: of the profile.
        pool: its models.
        wanted: names of studies; empty for all.

    Raises:
        UserError: there is no study of a name.
    """
    presets = (load_preset(name) for name in (BASE, ENSEMBLE, PAPER))
    studies = studies_of(Material(harness.run, pool, harness.matrix, *presets))
    for name in wanted:
        if name not in {study.name for study in studies}:
            raise unknown_name("study", name, [study.name for study in studies])
    chosen = [study for study in studies if not wanted or study.name in wanted]
    return Plan(harness, pool, studies, chosen, not_shown(pool, harness.matrix))


def study_rows(run_id: str, plan: Plan, study: Study) -> pl.DataFrame:
    """Compute a study: rows of `ablation`."""
    resamples = plan.harness.run.statistics.resamples
    points = study_points(
        study, plan.harness.answered(study), plan.harness.matrix.questions["dataset"].to_numpy(), resamples
    )
    return _rows(run_id, plan, points, study.settings[0].preset.name, plan.harness.inputs(study), "validation")


def test_rows(run_id: str, plan: Plan) -> pl.DataFrame:
    """The base preset's one number on the test part, where neither a run's leaderboard nor the warehouse has it."""
    study = _test_study(load_preset(BASE))
    if not leaderboard(plan.harness.run, plan.pool).is_empty() or not _stored(plan.harness, [study]).is_empty():
        return _rows(run_id, plan, pl.DataFrame(schema=SCHEMA), BASE, "", TEST)
    datasets = plan.harness.matrix.questions["dataset"].to_numpy()
    points = study_points(
        study, [plan.harness.test(study.settings[0].preset)], datasets, plan.harness.run.statistics.resamples
    )
    return _rows(run_id, plan, points, BASE, plan.harness.inputs(study), TEST)


def leaderboard(run: RunProfile, pool: Pool) -> pl.DataFrame:
    """Presets on the test part as the profile's last evaluated run has them: preset, accuracy, interval, n, run_id."""
    return rows("ablation_test", profile=run.name, pool=pool.name, systems=names("presets"))


def stored(plan: Plan) -> dict[str, pl.DataFrame]:
    """Study → its rows in the warehouse, for the studies that are there, in the order of the page."""
    found = _stored(plan.harness, plan.studies)
    return {
        study.name: mine
        for study in plan.studies
        if not (mine := found.filter(pl.col("inputs") == plan.harness.inputs(study))).is_empty()
    }


def test_numbers(plan: Plan) -> pl.DataFrame:
    """One row per preset: preset, accuracy, ci_low, ci_high, n, run_id; of a leaderboard, else computed once here."""
    found = leaderboard(plan.harness.run, plan.pool)
    if not found.is_empty():
        return found
    computed = _stored(plan.harness, [_test_study(load_preset(BASE))]).filter(pl.col("dataset") == "*")
    return computed.select("preset", "accuracy", "ci_low", "ci_high", "n", "run_id")


def _stored(harness: Harness, studies: Sequence[Study]) -> pl.DataFrame:
    return rows("ablation_study", inputs=[harness.inputs(study) for study in studies])


def _test_study(base: Preset) -> Study:
    setting = Setting(base.name, base)
    return Study(TEST, "", "", (setting,), (setting.label, setting.series))


def _rows(run_id: str, plan: Plan, points: pl.DataFrame, preset: str, inputs: str, part: str) -> pl.DataFrame:
    run = plan.harness.run
    about: dict[str, Any] = {
        "run_id": run_id,
        "profile": run.name,
        "pool": plan.pool.name,
        "preset": preset,
        "inputs": inputs,
        "part": part,
        "verdict": run.score_mode,
        "embedder": run.embedder,
        "synthetic": plan.pool.synthetic,
        "code_version": code_version(),
        "created_at": now(),
    }
    seeds = pl.lit(run.seeds, pl.List(pl.Int32)).alias("seeds")
    return points.with_columns(seeds, **{name: pl.lit(value) for name, value in about.items()})
