"""The evaluation of one run as one typed object: terminal, JSON, report and message are all rendered from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from profiles.load import load_run
from profiles.schema import Missing
from profiles.statistics import Statistics
from tasks.measure.comparison import Comparison, comparison_of, power_of
from tasks.measure.coverage import RULES, Gap, told
from warehouse.connect import connection, rows
from warehouse.errors import UserError

CONTROLS = ("shuffled-labels", "random-features")
"""Routers that can have learned nothing of questions; they are fitted wherever a router is."""
NULLS = ("best-single", "random", "oracle", "dataset-oracle", "cheapest", "majority", *CONTROLS)
"""Systems that every other one must be compared with, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One line of the leaderboard. Accuracies are fractions in [0, 1]; None means not known.

    Args:
        system: as it is shown, with how it had to run.
        macro_accuracy: mean over datasets of the mean score per question (mean over the seeds that test it).
        ci_low: lower end of the 95 % interval of the macro accuracy (stratified bootstrap over questions).
        ci_high: its upper end.
        spread: standard deviation of the macro accuracy over the seeds; None with one seed.
        n: questions with a score.
        calls: model calls for the questions it answered, mean over seeds per question.
        calls_per_question: calls divided by the questions they were made for.
        cost_usd: what the questions of known cost cost; None when that of none is known.
        gain_at_random: mean over datasets of accuracy / accuracy of random - 1.
        gain_at_best: the same against the best single model.
        gap_at_oracle: mean over datasets of 1 - accuracy / accuracy of the oracle.
        is_null: whether it is one of the null baselines.
        gap_closed: share of the way from the best single model to the oracle; `_low` and `_high` bound its 95 %
            interval. None where there is no gap.
        brier: mean squared difference of stated probability and score; None when it states no probability.
        calibration_error: expected calibration error, likewise.
        n_cost: questions of known cost.
        n_stated: questions with a score and a stated probability, which the Brier score and the error are of.
        kind: baseline, model, router, preset or imported.
        name: of the null baseline, the router or the collaboration preset.
        point: operating point; empty: its own.
        variant: how it had to run, or is reckoned.
    """

    system: str
    macro_accuracy: float | None
    ci_low: float | None
    ci_high: float | None
    spread: float | None
    n: int
    calls: float | None
    calls_per_question: float | None
    cost_usd: float | None
    gain_at_random: float | None
    gain_at_best: float | None
    gap_at_oracle: float | None
    is_null: bool
    gap_closed: float | None = None
    gap_closed_low: float | None = None
    gap_closed_high: float | None = None
    brier: float | None = None
    calibration_error: float | None = None
    n_cost: int = 0
    n_stated: int = 0
    kind: str = "imported"
    name: str = ""
    point: str = ""
    variant: str = ""

    @property
    def beside(self) -> bool:
        """Whether it is only seen beside the systems."""
        return self.kind == "model" or (self.kind == "baseline" and self.variant != "")


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A metric of one system, or of all of them (system `*`), over all datasets; see `tasks.measure.metric.Metric`.

    `level`, `unit` and `better` are None where an old evaluation did not say; `point_set` where it is of one system.
    """

    metric: str
    system: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    level: str | None
    unit: str | None
    better: str | None
    point_set: str | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """Everything that was measured in a run, with what it was measured from.

    Args:
        n_questions: test questions that systems are compared on; a system with a score for fewer is not ranked.
        n_expected: test questions of the profile's datasets; None where an old evaluation did not say.
        missing: the rule for missing answers, likewise.
        gaps: what was asked for and is not shown.
        systems: at each of their operating points.
        power: from which difference on the run can see one, in a sentence without its full stop; empty: not known.
        references: every model alone, and oracle and chance otherwise reckoned; nobody is compared with them.
        resamples: bootstrap resamples behind the intervals.
        metrics: everything that was measured over all datasets, also what the lines of the systems do not hold.
    """

    run_id: str
    profile: str
    title: str
    synthetic: bool
    score_mode: str
    pool: str
    snapshot_id: str
    price_date: date | None
    code_version: str
    embedder: str
    seeds: tuple[int, ...]
    n_questions: int
    systems: tuple[SystemResult, ...]
    comparisons: tuple[Comparison, ...]
    n_expected: int | None = None
    missing: Missing | None = None
    gaps: tuple[Gap, ...] = ()
    resamples: int = Statistics().resamples
    metrics: tuple[MetricResult, ...] = ()
    references: tuple[SystemResult, ...] = ()
    power: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return asdict(self)

    @property
    def lines(self) -> tuple[SystemResult, ...]:
        """The systems at their own operating point, which alone are compared and judged."""
        return tuple(line for line in self.systems if not line.point)

    def ranked(self, line: SystemResult) -> bool:
        """Whether a system has a score for every question that systems are compared on."""
        return line.n >= self.n_questions

    @property
    def basis(self) -> str:
        """Which questions the systems are compared on, in a sentence without its full stop."""
        of = "" if self.n_expected is None else f" of {self.n_expected:,}"
        rule = "" if self.missing is None else f" (missing: {self.missing}: {RULES[self.missing]})"
        return f"Compared on {self.n_questions:,}{of} test questions{rule}"

    @property
    def complete(self) -> bool:
        """Whether it shows all that it was asked for: every evaluation tries baselines, and presets have a stage."""
        return all(gap.kind in ("baseline", "preset") for gap in self.gaps)

    def told_gaps(self) -> list[str]:
        """What the run was asked for and does not show, one sentence without its full stop per reason."""
        return told(self.gaps)

    def system(self, name: str) -> SystemResult | None:
        """The line of a system; None when the run has no such system."""
        return next((line for line in self.systems if line.system == name), None)


@connection("reading a result")  # opened once for what it reads
def load_result(run_id: str) -> RunResult:
    """What `evaluate` measured in a run.

    Systems: the null baselines first, those of `NULLS` in its order, then others' own; then the other systems by macro
    accuracy; then those with a score for fewer questions than they are compared on; then further operating points.

    Raises:
        UserError: no such run, or it was not evaluated.
    """
    metrics = rows("run_metric", run=run_id)
    if metrics.is_empty():
        raise UserError(f"run '{run_id}' has no evaluation; run `concertino evaluate --run-id {run_id}` first")
    head = metrics.row(0, named=True)
    overall = metrics.filter(pl.col("dataset") == "*")
    names = overall.filter(pl.col("metric") == "accuracy")["system"]
    by_name = overall.partition_by("system", as_dict=True)
    lines = sorted((_system(name, by_name[name,]) for name in names), key=partial(_shown_order, head["n_question"]))
    evaluated = {"run": run_id, "at": head["created_at"]}
    basis = rows("run_evaluation", **evaluated).to_dicts()
    gaps, found = rows("run_gap", **evaluated), rows("run_comparison", **evaluated)
    own = [line.system for line in lines if not line.is_null]
    # Old evaluations did not say.
    told = {"resamples": head["resamples"], "alpha": head["alpha"], **(basis[0] if basis else {})}
    statistics = Statistics(**{name: told[name] for name in Statistics.model_fields if told.get(name) is not None})
    comparisons = tuple(comparison_of(row, statistics) for row in found.iter_rows(named=True))
    return RunResult(
        run_id=run_id,
        profile=head["profile"] or "",
        title=_title(head["profile"]),
        synthetic=head["synthetic"],
        score_mode=head["verdict"],
        pool=head["pool"],
        snapshot_id=head["snapshot_id"],
        price_date=head["price_date"],
        code_version=head["code_version"],
        embedder=head["embedder"] or "",
        seeds=tuple(head["seeds"]),
        n_questions=head["n_question"],
        systems=tuple(line for line in lines if not line.beside),
        references=tuple(line for line in lines if line.beside),
        comparisons=comparisons,
        n_expected=basis[0]["n_expected"] if basis else None,
        missing=basis[0]["missing"] if basis else None,
        gaps=tuple(Gap(**row) for row in gaps.select(*Gap.__dataclass_fields__).iter_rows(named=True)),
        resamples=statistics.resamples,
        power=power_of(one for one in comparisons if one.system in own),
        metrics=tuple(
            MetricResult(**row) for row in overall.select(*MetricResult.__dataclass_fields__).iter_rows(named=True)
        ),
    )


def _system(name: str, metrics: pl.DataFrame) -> SystemResult:
    by_metric: dict[str, Mapping[str, Any]] = {row["metric"]: row for row in metrics.iter_rows(named=True)}

    def value(metric: str, column: str = "value") -> float | None:
        return by_metric[metric][column] if metric in by_metric else None

    accuracy = by_metric["accuracy"]
    calls = value("calls")
    asked = by_metric["calls"]["n"] if "calls" in by_metric else 0
    return SystemResult(
        system=name,
        macro_accuracy=accuracy["value"],
        ci_low=accuracy["ci_low"],
        ci_high=accuracy["ci_high"],
        spread=accuracy["spread"],
        n=accuracy["n"],
        calls=calls,
        calls_per_question=calls / asked if calls is not None and asked else None,
        cost_usd=value("cost_usd"),
        gain_at_random=value("gain_at_random"),
        gain_at_best=value("gain_at_best"),
        gap_at_oracle=value("gap_at_oracle"),
        is_null=accuracy["kind"] == "baseline",
        gap_closed=value("gap_closed"),
        gap_closed_low=value("gap_closed", "ci_low"),
        gap_closed_high=value("gap_closed", "ci_high"),
        brier=value("brier"),
        calibration_error=value("calibration_error"),
        n_cost=by_metric["cost_usd"]["n"] if value("cost_usd") is not None else 0,
        n_stated=by_metric["brier"]["n"] if "brier" in by_metric else 0,
        kind=accuracy["kind"],
        name=accuracy["name"],
        point=accuracy["point"],
        variant=accuracy["variant"],
    )


def _shown_order(n_questions: int, line: SystemResult) -> tuple[bool, bool, int, float, str]:
    accuracy = -1.0 if line.macro_accuracy is None else line.macro_accuracy
    place = [*NULLS, line.system].index(line.system) if line.is_null else len(NULLS) + 1
    return (line.point != "", line.n < n_questions, place, -accuracy, line.system)


def _title(profile: str | None) -> str:
    """The profile's own title while its file can still be found by name."""
    try:
        return load_run(profile or "").title
    except UserError:
        return profile or ""
