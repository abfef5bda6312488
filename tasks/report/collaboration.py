"""Gather from the warehouse what the report of a run's collaborations shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from profiles.arrays import known_mean
from profiles.outcomes import OutcomeMatrix, load_outcomes
from profiles.prices import list_prices
from profiles.schema import Missing, Pool, RunProfile
from profiles.split import splits_of
from tasks.measure.collaboration import Line, calibration_of, effort_of, line_of, shares_of
from tasks.measure.coverage import RULES, Gap, comparable
from tasks.measure.majority import plurality
from tasks.measure.outcomes import Outcomes, of_answers, voted_only
from tasks.report.contents import Chosen, CollaborationPage, Example, Matrix, PresetReport
from tasks.report.examples import choose_examples, examples_of
from tasks.route.decide import null_systems, top_voters
from warehouse.connect import rows
from warehouse.runs import code_version
from warehouse.writer import now

_BASELINES = ("oracle", "best-single", "majority")
_PLAIN_VOTE = 7  # models in the vote that a preset must beat


@dataclass(frozen=True, eq=False)
class _Evaluated:
    """What all presets of a run are measured on: S seeds, Q questions, some silent, by the profile's rule."""

    answers: OutcomeMatrix
    splits: list[str]
    known: np.ndarray
    tested: np.ndarray
    silent: np.ndarray
    rule: Missing
    resamples: int

    def rows(self, at: np.ndarray) -> "_Evaluated":
        """The same of some questions, (Q,) whether."""
        parts = {name: getattr(self, name)[..., at] for name in ("known", "tested", "silent")}
        return replace(self, answers=self.answers.rows(at), **parts)

    def voted(self, systems: Sequence[Outcomes]) -> tuple[list[Outcomes], list[Gap]]:
        """See `voted_only`."""
        return voted_only(systems, self.silent, self.rule)

    def place(self, frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, pl.DataFrame]:
        """Seed and question of every row, and the rows without those of other splits or questions."""
        seeds = {split: at for at, split in enumerate(self.splits)}
        questions = {question: at for at, question in enumerate(self.answers.question_ids)}
        known = frame.filter(pl.col("split_id").is_in(list(seeds)) & pl.col("question_id").is_in(list(questions)))
        return (
            known["split_id"].replace_strict(seeds, return_dtype=pl.Int64).to_numpy(),
            known["question_id"].replace_strict(questions, return_dtype=pl.Int64).to_numpy(),
            known,
        )


def collaboration_page_of(run_id: str, run: RunProfile, pool: Pool) -> CollaborationPage | None:
    """The report of what a run's presets answered so far; None when they answered nothing that has a verdict.

    Args:
        run_id: the run.
        run: its profile.
        pool: the pool it ran with.
    """
    found = rows("collaboration_outcome", run=run_id, score_mode=run.score_mode)
    if found.is_empty():
        return None
    data, presets, baselines, rivals = _compared(_evaluated(run_id, run, pool), found)
    if not presets:
        return None
    cells = np.any([~np.isnan(one.calls) for one in presets], axis=0)
    chosen = rows("collaboration_chosen", run=run_id)
    reports = [_preset(one, rivals, found, chosen, data) for one in presets]
    name_of = dict(found.select("preset", "name").iter_rows())
    reports.sort(key=lambda one: (name_of[one.line.system] != run.judged_system, -(one.line.accuracy.value or 0.0)))
    asked, n = np.unique(data.answers.datasets[cells.any(axis=0)], return_counts=True)
    failures = rows("report_failure", run=run_id)
    return CollaborationPage(
        run_id=run_id,
        profile=run.name,
        title=run.title,
        synthetic=pool.synthetic,
        score_mode=run.score_mode,
        pool=pool.name,
        n_model=len(data.answers.models),
        embedder=run.embedder,
        code_version=code_version(),
        seeds=tuple(run.seeds),
        datasets=dict(zip(map(str, asked), map(int, n), strict=True)),
        baselines=tuple(_line(one, baselines, cells, data) for one in baselines),
        presets=tuple(reports),
        basis=f"missing: {run.missing}: {RULES[run.missing]}",
        failures={(purpose, kind): n for purpose, kind, n in failures.iter_rows()},
        examples=_examples(found, [one.line.system for one in reports], run.score_mode, data),
        resamples=data.resamples,
        alpha=run.statistics.alpha,
        created=now(),
    )


def _evaluated(run_id: str, run: RunProfile, pool: Pool) -> _Evaluated:
    prices = list_prices(pool)
    matrix = load_outcomes(run.datasets, pool.models, run.score_mode, prices)
    kept = comparable(matrix.rows(matrix.judged), run.missing)
    splits = splits_of(run_id, run, kept.matrix.question_ids)
    silent = rows("without_text", datasets=run.datasets, models=pool.models)["question_id"].drop_nulls()
    unvoted = np.isin(kept.matrix.question_ids, silent.to_numpy())
    return _Evaluated(
        kept.matrix, splits.ids, splits.known, splits.tested, unvoted, run.missing, run.statistics.resamples
    )


def _compared(
    data: _Evaluated, found: pl.DataFrame
) -> tuple[_Evaluated, list[Outcomes], list[Outcomes], list[Outcomes]]:
    """The presets, the baselines, and those that presets are held against, on what any system of the run was asked."""
    presets, _ = data.voted(of_answers(data.answers, data.splits, data.tested, found))
    presets = [one for one in presets if not np.isnan(one.scores).all()]
    nulls, _ = data.voted(null_systems(data.answers, data.known, data.tested))
    baselines = [one for name in _BASELINES for one in nulls if one.system == name]
    plain = [one for one in presets if one.system == f"majority-{_PLAIN_VOTE}"]
    if not plain and len(data.answers.models) > _PLAIN_VOTE:
        baselines += data.voted([top_voters(data.answers, data.known, data.tested, _PLAIN_VOTE)])[0]
    asked = np.any([~np.isnan(one.calls) for one in (*nulls, *presets)], axis=(0, 1))
    presets, baselines, plain = ([one.rows(asked) for one in some] for some in (presets, baselines, plain))
    return data.rows(asked), presets, baselines, [*baselines, *plain]


def _line(system: Outcomes, baselines: Sequence[Outcomes], cells: np.ndarray, data: _Evaluated) -> Line:
    return line_of(system, baselines, cells, data.answers.datasets, data.resamples)


def _preset(
    system: Outcomes, baselines: Sequence[Outcomes], found: pl.DataFrame, chosen: pl.DataFrame, data: _Evaluated
) -> PresetReport:
    datasets, name = data.answers.datasets, system.system
    seed, question, own = data.place(found.filter(preset=name))
    saved = np.full(data.tested.shape, np.nan)
    saved[seed, question] = own["n_call_saved"].cast(pl.Float64).to_numpy()
    picked, missing = _picked(chosen.filter(preset=name), data)
    return PresetReport(
        line=_line(system, baselines, ~np.isnan(system.calls), data),
        effort=effort_of(system, saved, missing, datasets, data.resamples),
        calibration=calibration_of(system, datasets, data.resamples),
        chosen=None if np.isnan(picked).all() else _chosen(picked, data, name),
    )


def _picked(chosen: pl.DataFrame, data: _Evaluated) -> tuple[np.ndarray, np.ndarray]:
    """(Q, M) share of the seeds that chose a model, and (S, Q) chosen models without an answer; NaN where untested."""
    models = {model: at for at, model in enumerate(data.answers.models)}
    seed, question, own = data.place(chosen.filter(pl.col("model").is_in(list(models))))
    model = own["model"].replace_strict(models, return_dtype=pl.Int64).to_numpy()
    picked = np.zeros((*data.tested.shape, len(models)))
    picked[seed, question, model] = 1.0
    lacking = np.zeros(data.tested.shape)
    np.add.at(lacking, (seed, question), ~own["has_answer"].to_numpy())
    told = picked.any(axis=2) & data.tested
    shares = known_mean(np.where(told[:, :, None], picked, np.nan))
    return shares, np.where(told, lacking, np.nan)


def _chosen(picked: np.ndarray, data: _Evaluated, name: str) -> Chosen:
    datasets, shares, overall = shares_of(picked, data.answers.datasets, data.resamples)
    order = sorted(range(len(overall)), key=lambda model: -(overall[model].value or 0.0))
    matrix = Matrix(
        tuple(data.answers.models[model] for model in order), datasets, tuple(map(tuple, shares.T[order].tolist()))
    )
    return Chosen(matrix, tuple(overall[model] for model in order), bool((shares == 1).all()))


def _examples(found: pl.DataFrame, presets: Sequence[str], score_mode: str, data: _Evaluated) -> tuple[Example, ...]:
    _, question, own = data.place(found.filter(pl.col("preset").is_in(list(presets))))
    vote = plurality(data.answers)
    said = [data.answers.extracted[at, model] if model >= 0 else None for at, model in enumerate(vote)]
    told = own.with_columns(
        dataset=pl.Series(data.answers.datasets[question].tolist(), dtype=pl.String),
        majority=pl.Series([said[at] for at in question], dtype=pl.String),
    )
    told = told.sort("split_id").unique(["preset", "question_id"], keep="first", maintain_order=True)
    majority = dict(told.select("collaboration_id", "majority").iter_rows())
    return examples_of(choose_examples(told, presets), majority, score_mode)
