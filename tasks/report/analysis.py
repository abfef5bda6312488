"""Analyses of an evaluated run: what its systems did on the test questions, looked at after the fact; a file each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl

from profiles.arrays import Float1D, Float2D, Int1D
from profiles.outcomes import OutcomeMatrix
from profiles.registry import RUN_ANALYSES, Registry
from tasks.measure.accuracy import Measured, measure
from tasks.measure.intervals import Estimate, draws, mean_estimate
from tasks.measure.result import CONTROLS, RunResult
from warehouse.connect import rows

_PAGE = ("similarity", "oracle-gap", "one-sample", "latency", "ood-drop")
Unit = Literal["share", "points", "seconds"]


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """Another run of the same models, split otherwise: its profile, both splitters, its scores as of `Evaluated`."""

    profile: str
    kind: str
    own_kind: str
    scores: dict[str, Float1D]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What the systems of a run did on its Q test questions, each at its own operating point.

    Args:
        result: what was measured.
        judged: the system that the run is judged by; None: it has none.
        matrix: what every model got on these questions.
        samples: (Q, M) answers behind a score.
        scores: system → (Q,) mean over the seeds that tested the question; NaN where none did.
        costs: system → (Q,) USD, likewise; NaN where unknown.
        chosen: router → (S, Q) place of the model whose answer stood; -1 where it was not tested, or nobody's did.
        elsewhere: the newest other run of these models that was split otherwise; None: there is none.
    """

    result: RunResult
    judged: str | None
    matrix: OutcomeMatrix
    samples: np.ndarray
    scores: dict[str, Float1D]
    costs: dict[str, Float1D]
    chosen: dict[str, np.ndarray]
    elsewhere: Elsewhere | None = None

    @cached_property
    def routers(self) -> list[str]:
        """Routers that somebody could choose, best first."""
        ranked = [line for line in self.result.lines if self.result.ranked(line) and line.kind == "router"]
        return [line.system for line in ranked if line.system in self.chosen and line.system not in CONTROLS]

    @cached_property
    def strata(self) -> Int1D:
        """(Q,) dataset codes."""
        codes: Int1D = np.unique(self.matrix.datasets, return_inverse=True)[1]
        return codes

    @cached_property
    def paired(self) -> Measured:
        """The routers and, where there is one, the best single model, each against each."""
        names = [*self.routers, *(name for name in ("best-single",) if name in self.scores)]
        return self.macro({name: self.scores[name] for name in names}, [(name,) for name in names])

    def macro(self, values: dict[str, Float1D], shared: Sequence[tuple[str, ...]] = ()) -> Measured:
        """Macro averages of (Q,) values in [0, 1], and their resamples."""
        stacked: Float2D = np.stack(list(values.values()))
        return measure(list(values), stacked, self.strata, self.result.resamples, draws(), shared)

    def mean(self, values: Float1D) -> Estimate:
        """Mean of (Q,) values of any unit over the questions that have one."""
        return mean_estimate(values, self.strata, self.result.resamples, draws())

    def of_chosen(self, router: str, values: Float2D) -> Float1D:
        """(Q,) what the chosen models have, (Q, M), mean over the seeds; NaN where that of any seed is unknown."""
        place = self.chosen[router]
        each = np.where(place >= 0, np.take_along_axis(values.T, place.clip(min=0), axis=0), 0.0)
        n = (place >= 0).sum(axis=0)
        return np.where(n > 0, each.sum(axis=0) / np.maximum(n, 1), np.nan)


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of an analysis: a value with its 95 % interval (or the one its text says), over n questions."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    note: str = ""

    @classmethod
    def of(cls, label: str, one: Estimate, note: str = "") -> "Figure":
        """A row of an estimate."""
        return cls(label, one.value, one.low, one.high, one.n, note)


@dataclass(frozen=True, slots=True)
class RunAnalysis:
    """What one analysis found.

    Args:
        title: heading of its section.
        what: what is looked at and how, in a sentence or three.
        unit: of the values: a share, a difference of shares in points, or seconds.
        heading: what the values are.
        rows: in the order shown.
        found: what it comes to, in one sentence; `note` heads the last column.
        level: of the intervals, in percent.
    """

    title: str
    what: str
    unit: Unit
    heading: str
    rows: tuple[Figure, ...]
    found: str
    note: str = ""
    level: int = 95

    @property
    def scale(self) -> dict[str, float | None]:
        """Ends of the drawn axis, and the line on it."""
        ends = [end for row in self.rows for end in (row.value, row.low, row.high) if end is not None] or [0.0]
        low, high = min(ends), max(ends)
        if self.unit == "points":
            low, high = min(low, -0.005), max(high, 0.005)
        else:
            low = 0.0
        return {"low": low, "high": max(high, low + 1e-9), "reference": 0.0 if self.unit == "points" else None}


run_analyses: Registry[Callable[[Evaluated], RunAnalysis | None]] = Registry("run analysis", RUN_ANALYSES)


def analyses_of(evaluated: Evaluated | None) -> tuple[RunAnalysis, ...]:
    """All that a run can show, in the order of the page, those of other packages last; one that fails costs itself."""
    if evaluated is None:
        return ()
    names = run_analyses.names()
    found = []
    for name in [*(name for name in _PAGE if name in names), *(name for name in names if name not in _PAGE)]:
        try:
            found.append(run_analyses.get(name)(evaluated))
        except Exception as error:  # a plug-in may raise anything
            found.append(RunAnalysis(name, "", "share", "", (), f"It cannot be computed: {error!r}."))
    return tuple(one for one in found if one is not None)


def evaluated_of(result: RunResult, judged: str | None, matrix: OutcomeMatrix, cells: pl.DataFrame) -> Evaluated | None:
    """What an evaluated run did; None where nothing was routed.

    Args:
        result: what was measured.
        judged: the system that the run is judged by.
        matrix: its snapshot's.
        cells: of the snapshot, in the matrix' order.
    """
    outcomes = rows("own_outcome", run=result.run_id)
    routes = rows("own_route", run=result.run_id)
    tested = np.isin(matrix.question_ids, outcomes["question_id"].unique().to_numpy())
    if routes.is_empty() or not tested.any():
        return None
    kept = matrix.rows(tested)
    places = {question: at for at, question in enumerate(kept.question_ids)}
    return Evaluated(
        result,
        judged,
        kept,
        cells["n_sample"].to_numpy().reshape(len(matrix.question_ids), -1)[tested],
        _placed(outcomes, "score", places),
        _placed(outcomes, "cost_usd", places),
        _chosen(routes, places, {model: at for at, model in enumerate(kept.models)}),
        _elsewhere(result.run_id, places),
    )


def _elsewhere(run_id: str, places: dict[str, int]) -> Elsewhere | None:
    if (other := next(rows("otherwise_split", run=run_id).iter_rows(named=True), None)) is None:
        return None
    scores = _placed(rows("own_outcome", run=other["run_id"]), "score", places)
    return Elsewhere(other["profile"], other["kind"], other["own_kind"], scores)


def _placed(outcomes: pl.DataFrame, column: str, places: dict[str, int]) -> dict[str, Float1D]:
    """System → (Q,) values; NaN where it has none, questions of other runs left out."""
    known = outcomes.filter(pl.col("question_id").is_in(list(places)))
    found = {}
    for (system,), own in known.group_by("system", maintain_order=True):
        at = own["question_id"].replace_strict(places, return_dtype=pl.Int64).to_numpy()
        found[str(system)] = np.full(len(places), np.nan)
        found[str(system)][at] = own[column].cast(pl.Float64).to_numpy()
    return found


def _chosen(routes: pl.DataFrame, places: dict[str, int], models: dict[str, int]) -> dict[str, np.ndarray]:
    known = routes.filter(pl.col("question_id").is_in(list(places))).with_columns(
        place=pl.col("question_id").replace_strict(places, return_dtype=pl.Int64),
        at=pl.col("model").replace_strict(models, default=-1, return_dtype=pl.Int64),
    )
    splits = {split: at for at, split in enumerate(known["split_id"].unique(maintain_order=True))}
    found: dict[str, np.ndarray] = {}
    for (system, split), own in known.group_by("system", "split_id", maintain_order=True):
        seeds = found.setdefault(str(system), np.full((len(splits), len(places)), -1))
        seeds[splits[split], own["place"].to_numpy()] = own["at"].to_numpy()
    return found
