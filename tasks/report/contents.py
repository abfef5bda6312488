"""What the report says, as plain data: the page, the artifacts and the message are all rendered from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tasks.measure.calibration import Calibration
from tasks.measure.collaboration import Effort, Line
from tasks.measure.intervals import Estimate
from tasks.measure.result import RunResult
from tasks.report.analysis import RunAnalysis
from tasks.report.labels import Kind
from tasks.report.nights import Night


@dataclass(frozen=True, slots=True)
class Regression:
    """The verdict against the baseline run, for one system. Differences are fractions of macro accuracy.

    `answers` says in words how many are new and how old the oldest is.
    """

    verdict: str
    reason: str
    baseline_run_id: str
    system: str
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    cost_change: float | None
    n: int | None
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A single model on the tested questions that it has a score for; its cost on the n_cost whose cost is known.

    Shares are of its answers to these questions, latencies in seconds; None where nothing is known.
    """

    name: str
    macro_accuracy: float | None
    n: int
    cost_usd_per_question: float | None
    n_cost: int = 0
    ci_low: float | None = None
    ci_high: float | None = None
    latency_s_median: float | None = None
    latency_s_p95: float | None = None
    no_answer_share: float | None = None
    refusal_share: float | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows × columns of values in [0, 1]; None where there is nothing."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]

    @property
    def smallest(self) -> float | None:
        """The smallest value; None when there is none."""
        return min((value for row in self.values for value in row if value is not None), default=None)


@dataclass(frozen=True, slots=True)
class Check:
    """One data-quality expectation and what was found."""

    gate: str
    table_name: str
    expectation: str
    severity: str
    success: bool
    observed: str | None
    n_checked: int | None
    n_unexpected: int | None


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose outcome changed against the baseline run, with both answers."""

    dataset: str
    question: str
    ground_truth: str | None
    before: float
    after: float
    answer_before: str | None
    answer_after: str | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A question of the bank that was found similar."""

    similarity: float
    dataset: str
    question: str


@dataclass(frozen=True, slots=True)
class Prior:
    """What the neighbours say about a model, and whether it was asked."""

    model: str
    score: float | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer and what spoke for it."""

    model: str
    reference_models: tuple[str, ...]
    extracted: str | None
    agreement: float | None
    similarity: float | None
    confidence: float | None
    posterior: float | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One collaborative answer, explained.

    Args:
        kind: why it is shown; empty where examples are not of different kinds.
        majority: what the plurality of all models answered; None where no two agree.
        n_model_right: how many of the `n_model` models of its pool with a judged answer are right alone.
    """

    preset: str
    dataset: str
    question: str
    ground_truth: str | None
    answer: str | None
    text: str | None
    score: float | None
    probability: float | None
    n_call: int
    cost_usd: float | None
    n_model_right: int
    n_model: int
    neighbours: tuple[Neighbour, ...]
    prior: tuple[Prior, ...]
    candidates: tuple[Candidate, ...]
    stopped_early: bool | None = None
    kind: str = ""
    majority: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the page shows.

    Args:
        result: what was measured.
        judged: the system the verdict is about; None when the run has no system beside null baselines.
        collaboration: names of the systems that are collaboration presets.
        by_model: accuracy of single models, datasets × models, best first.
        by_dataset: accuracy, datasets × systems.
        coverage: share of questions with a score, datasets × models.
        quarantined: reason → rejected rows.
        flips: the first ones, lost before gained; `n_lost` and `n_gained` count all.
        created: when the page was made, UTC.
        questions: dataset → questions behind its accuracies.
        nights: the profile's nights up to this run's; none where this run is no night.
        analyses: what its systems did, looked at after the fact.
        chosen: system → part of the split that it was chosen on, where that is known.
    """

    result: RunResult
    judged: str | None
    collaboration: frozenset[str]
    regression: Regression | None
    models: tuple[Model, ...]
    by_model: Matrix
    by_dataset: Matrix
    coverage: Matrix
    checks: tuple[Check, ...]
    quarantined: Mapping[str, int]
    flips: tuple[Flip, ...]
    n_lost: int
    n_gained: int
    examples: tuple[Example, ...]
    created: datetime
    questions: Mapping[str, int]
    nights: tuple[Night, ...] = ()
    analyses: tuple[RunAnalysis, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every model has a score on every question that the run was asked for."""
        result = self.result
        whole = result.n_expected in (None, result.n_questions)
        return self.coverage.smallest == 1 and whole and result.complete

    def kind(self, system: str) -> Kind:
        """What sort of system a line of the leaderboard is."""
        line = self.result.system(system)
        if line is not None and line.is_null:
            return "null"
        return "collaboration" if system in self.collaboration else "router"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which models a preset chose: share of a dataset's questions, models × datasets.

    Args:
        overall: per model, the mean over datasets.
        always: whether every model was chosen for every question.
    """

    shares: Matrix
    overall: tuple[Estimate, ...]
    always: bool


@dataclass(frozen=True, slots=True)
class PresetReport:
    """A preset of a run. `calibration` is None when it states no probability, `chosen` when it keeps no prior."""

    line: Line
    effort: Effort
    calibration: Calibration | None
    chosen: Chosen | None


@dataclass(frozen=True, slots=True)
class CollaborationPage:
    """Everything the report of a run's collaborations shows.

    Args:
        score_mode: `fixed`, `compat` or `recorded`: whose scores count.
        datasets: dataset → test questions that any preset answered.
        baselines: on all those questions; each preset is paired with them on its own answers.
        presets: the judged one first, then by falling accuracy.
        basis: the rule for missing answers.
        failures: (purpose, kind of error) → failed calls of the run.
        resamples: of the bootstrap and of the sign-flip test; `alpha` is the level of the test.
        created: when the page was made, UTC.
    """

    run_id: str
    profile: str
    title: str
    synthetic: bool
    score_mode: str
    pool: str
    n_model: int
    embedder: str
    code_version: str
    seeds: tuple[int, ...]
    datasets: Mapping[str, int]
    baselines: tuple[Line, ...]
    presets: tuple[PresetReport, ...]
    basis: str
    failures: Mapping[tuple[str, str], int]
    examples: tuple[Example, ...]
    resamples: int
    alpha: float
    created: datetime
