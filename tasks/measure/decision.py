"""The verdict on a run against a baseline run: promote, hold, regress, or refused when they cannot be compared."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl

from tasks.measure.accuracy import Difference, difference
from warehouse.connect import read, rows
from warehouse.errors import UserError
from warehouse.identity import hash_parts
from warehouse.writer import now, write

Verdict = Literal["promote", "hold", "regress", "refused"]
_RESAMPLES = 2000
_FLIP = 0.5  # a question flips when its score crosses this


class Judgement(NamedTuple):
    """Verdict, reason, difference, change of cost and flips: see `Regression`."""

    verdict: Verdict
    reason: str
    difference: Difference | None
    cost_change: float | None
    flips: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Regression:
    """The comparison of one system between two runs.

    Args:
        run_id: the run that is judged.
        baseline_run_id: what it is compared with; None when there was nothing to compare with.
        system: whose outcomes are compared.
        verdict: promote or regress only when the interval excludes zero and the minimum effect is reached.
        reason: one sentence for people.
        difference: macro accuracy now minus then, paired by question, with interval and p-value; None when refused.
        cost_change: cost per question now / then - 1; None when either is unknown or was 0.
        flips: one row per question whose score crossed 0.5: question_id, dataset, before, after, response_before,
            response_after.
    """

    run_id: str
    baseline_run_id: str | None
    system: str
    verdict: Verdict
    reason: str
    difference: Difference | None
    cost_change: float | None
    flips: pl.DataFrame

    def row(self) -> pl.DataFrame:
        """Row of table `regression`."""
        found = self.difference
        known: dict[str, Any] = {"difference": None, "ci_low": None, "ci_high": None, "p_value": None, "n": None}
        if found is not None:
            known = {name: getattr(found, name) for name in known}
        row = {
            "run_id": self.run_id, "baseline_run_id": self.baseline_run_id, "system": self.system,
            "verdict": self.verdict, "reason": self.reason, **known, "cost_change": self.cost_change,
            "created_at": now(),
        }  # fmt: skip
        types = dict.fromkeys(("difference", "ci_low", "ci_high", "p_value", "cost_change"), pl.Float64)
        return pl.DataFrame([row], schema_overrides=types | {"baseline_run_id": pl.String, "n": pl.Int64})

    def flip_rows(self) -> pl.DataFrame:
        """Rows of table `flip`."""
        return self.flips.with_columns(
            run_id=pl.lit(self.run_id), baseline_run_id=pl.lit(self.baseline_run_id), system=pl.lit(self.system)
        )


def compare(run_id: str, baseline_run_id: str | None, system: str, minimum_effect: float) -> Regression:
    """Judge a system of a run against the same system of a baseline run, both read from the warehouse.

    Args:
        run_id: the run that is judged.
        baseline_run_id: what it is compared with; None holds, for want of one.
        system: such as `smcs-select`.
        minimum_effect: smallest difference of macro accuracy that counts as a change.
    """
    after = rows("system_outcome", run=run_id, system=system)
    if baseline_run_id is None:
        reason = "there is no earlier run to compare with; this run is now the baseline"
        return Regression(run_id, None, system, "hold", reason, None, None, _flips(_paired(after, after)))
    before = rows("system_outcome", run=baseline_run_id, system=system)
    generator = np.random.default_rng(int(hash_parts("regression", run_id, baseline_run_id, system), 16))
    judgement = judge(before, after, minimum_effect, generator)
    return Regression(run_id, baseline_run_id, system, *judgement)


def judge(
    before: pl.DataFrame, after: pl.DataFrame, minimum_effect: float, generator: np.random.Generator
) -> Judgement:
    """Judge the outcomes of a system in one run against those in an earlier one.

    Args:
        before: one row per question: question_id, dataset, score, cost_usd, response_id, verdict.
        after: the same of the run that is judged.
        minimum_effect: smallest difference of macro accuracy that counts as a change.
        generator: source of resamples and signs.
    """
    paired = _paired(before, after)
    refusal = _refusal(before, after)
    if refusal:
        return Judgement("refused", refusal, None, None, _flips(paired).clear())
    strata = np.unique(paired["dataset"].to_numpy(), return_inverse=True)[1]
    found = difference(paired["after"].to_numpy(), paired["before"].to_numpy(), strata, _RESAMPLES, generator)
    return Judgement(*_verdict(found, minimum_effect), found, _cost_change(before, after), _flips(paired))


def baseline_of(profile: str, run_id: str) -> str | None:
    """The run that a profile's run is compared with: the pinned baseline, else its last completed evaluated run."""
    found = rows("baseline_candidate", profile=profile, run=run_id)
    return None if found.is_empty() else str(found.item(0, 0))


def is_pinned(profile: str) -> bool:
    """Whether a baseline is pinned for a profile."""
    return not read("select run_id from baseline where profile = $profile", {"profile": profile}).is_empty()


def pin_baseline(run_id: str) -> str:
    """Make a run the baseline of its profile; the profile's name.

    Raises:
        UserError: there is no such run, or it was not evaluated.
    """
    metrics = rows("run_metric", run=run_id)
    if metrics.is_empty():
        raise UserError(
            f"run '{run_id}' has no evaluation and cannot be a baseline; `concertino queries lineage` lists runs"
        )
    profile = str(metrics.item(0, "profile"))
    write("baseline", pl.DataFrame([{"profile": profile, "run_id": run_id, "pinned_at": now()}]))
    return profile


def _refusal(before: pl.DataFrame, after: pl.DataFrame) -> str | None:
    """Why the two cannot be compared; None when they can."""
    if before.is_empty() or after.is_empty():
        return f"{'the baseline' if before.is_empty() else 'this'} run has no outcomes of this system"
    if before.item(0, "verdict") != after.item(0, "verdict"):
        return f"the scores are of different verdicts ({before.item(0, 'verdict')}, now {after.item(0, 'verdict')})"
    then = set(before.drop_nulls("score")["question_id"])
    today = set(after.drop_nulls("score")["question_id"])
    if then != today:
        return (
            f"the question sets differ: {len(then - today)} only in the baseline run, {len(today - then)} only in this"
        )
    return None if then else "no question has a score"


def _verdict(found: Difference, minimum_effect: float) -> tuple[Verdict, str]:
    points = (
        f"{100 * found.difference:+.2f} points, 95 % interval {100 * found.ci_low:+.2f} to {100 * found.ci_high:+.2f}"
    )
    proven = found.ci_low > 0 or found.ci_high < 0
    if proven and abs(found.difference) >= minimum_effect:
        better = found.difference > 0
        return ("promote" if better else "regress"), f"{'better' if better else 'worse'}: {points}"
    if proven:
        return "hold", f"a difference below the minimum effect of {100 * minimum_effect:g} points: {points}"
    if found.difference == 0:
        return "hold", f"no difference: {points}"
    return "hold", f"{'better' if found.difference > 0 else 'worse'}, but not proven: {points}"


def _paired(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One row per question with a score in both runs, ordered so that every resample is reproducible."""
    return (
        before.select("question_id", "dataset", before="score", response_before="response_id")
        .join(after.select("question_id", after="score", response_after="response_id"), on="question_id")
        .drop_nulls(["before", "after"])
        .sort("dataset", "question_id")
    )


def _flips(paired: pl.DataFrame) -> pl.DataFrame:
    crossed = (pl.col("before") >= _FLIP) != (pl.col("after") >= _FLIP)
    return paired.filter(crossed).select(
        "question_id", "dataset", "before", "after", "response_before", "response_after"
    )


def _cost_change(before: pl.DataFrame, after: pl.DataFrame) -> float | None:
    then, today = (frame["cost_usd"].to_numpy().mean() for frame in (before, after))
    return None if np.isnan([then, today]).any() or then == 0 else float(today / then - 1)
