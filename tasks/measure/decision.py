"""The nightly decision on a run against a baseline run: promote, hold, regress, nothing new, or refused."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl

from profiles.schema import RunProfile
from profiles.statistics import Statistics
from tasks.measure.accuracy import Difference, difference
from tasks.measure.freshness import Freshness, freshness
from tasks.measure.intervals import draws
from tasks.measure.model_change import ModelChange, cells_of, changed_models, got_worse, judged_otherwise
from warehouse.connect import connection, rows
from warehouse.writer import now

Word = Literal["promote", "hold", "regress", "nothing new", "refused"]
_FLIP = 0.5  # a question flips when its score crosses this


class Judgement(NamedTuple):
    """A verdict and the figures behind it.

    Args:
        verdict: promote or regress only when the test's p is below alpha and the minimum effect is reached.
        reason: one sentence for people.
        difference: macro accuracy now minus then, paired by question, with interval and p-value; None when refused.
        cost_change: cost per question now / then - 1; None when either is unknown or was 0.
        flips: one row per question whose score crossed 0.5: question_id, dataset, before, after, response_before,
            response_after.
    """

    verdict: Word
    reason: str
    difference: Difference | None
    cost_change: float | None
    flips: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Decision:
    """The comparison of one system between two runs.

    Args:
        run_id: the run that is judged.
        profile: its run profile.
        baseline_run_id: what it is compared with; None when there was nothing to compare with.
        system: whose outcomes are compared.
        judgement: the verdict and what it is of.
        fresh: how old the answers are.
        models: those with answers that the baseline run did not have, the most worsened first.
    """

    run_id: str
    profile: str
    baseline_run_id: str | None
    system: str
    judgement: Judgement
    fresh: Freshness
    models: tuple[ModelChange, ...]

    @property
    def verdict(self) -> Word:
        """Promote, hold, regress, nothing new or refused."""
        return self.judgement.verdict

    @property
    def reason(self) -> str:
        """One sentence for people; a refusal's says what to do, a regress' which models got worse."""
        return self.judgement.reason

    def row(self) -> pl.DataFrame:
        """Row of table `decision`."""
        row = {
            "run_id": self.run_id,
            "profile": self.profile,
            "baseline_run_id": self.baseline_run_id,
            "system": self.system,
            "verdict": self.verdict,
            "reason": self.reason,
            **_figures(self.judgement.difference),
            "cost_change": self.judgement.cost_change,
            "n_new": self.fresh.n_new,
            "n_reused": self.fresh.n_reused,
            "n_failed": self.fresh.n_failed,
            "oldest_at": self.fresh.oldest_at,
            "created_at": now(),
        }
        types: dict[str, Any] = dict.fromkeys(
            ("difference", "ci_low", "ci_high", "p_value", "cost_change"), pl.Float64
        ) | {"baseline_run_id": pl.String, "n": pl.Int64, "oldest_at": pl.Datetime}
        return pl.DataFrame([row], schema_overrides=types)

    def flip_rows(self) -> pl.DataFrame:
        """Rows of table `flip`."""
        return self.judgement.flips.with_columns(
            run_id=pl.lit(self.run_id), baseline_run_id=pl.lit(self.baseline_run_id), system=pl.lit(self.system)
        )

    def model_rows(self) -> pl.DataFrame:
        """Rows of table `model_change`."""
        own = {"run_id": self.run_id, "baseline_run_id": self.baseline_run_id}
        return pl.DataFrame([own | asdict(one) for one in self.models])

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON, without the flips."""
        known = self.row().drop("created_at").row(0, named=True)
        return known | {"answers": str(self.fresh), "models": [asdict(one) for one in self.models]}

    def __str__(self) -> str:
        """The verdict in one line."""
        return f"{self.verdict}: {self.system}: {self.reason} · answers: {self.fresh}"


@connection("reading two nights")  # opened once for what it reads
def decide(run: RunProfile, run_id: str, baseline_run_id: str | None, minimum_effect: float) -> Decision:
    """Judge a run's `judged_system` against the same system of a baseline run, both read from the warehouse.

    Args:
        run: the profile.
        run_id: the run that is judged.
        baseline_run_id: what it is compared with; None holds, for want of one.
        minimum_effect: smallest difference of macro accuracy that counts as a change.
    """
    system, others = _judged(run_id, run.judged_system)
    after = rows("system_outcome", run=run_id, system=system)
    cells = cells_of(run_id)
    fresh = freshness(run, run_id, cells)
    models: tuple[ModelChange, ...] = ()
    if after["score"].count() == 0:
        judgement = _uncompared("refused", _nothing_scored(run, system, others, after), after)
    elif baseline_run_id is None:
        reason = "there is no earlier run to compare with; this run is now the baseline"
        judgement = _uncompared("hold", reason, after)
    else:
        cells_then, judged = cells_of(baseline_run_id), rows("judged_since", run=baseline_run_id)["response_id"]
        stays = ~pl.col("question_id").is_in(judged_otherwise(cells_then, cells, judged))
        then = rows("system_outcome", run=baseline_run_id, system=system)
        before = then.with_columns(pl.when(stays).then("score"))
        judgement = judge(
            before, after, minimum_effect, draws(), run.statistics, n_new=fresh.n_new, least=run.shared_questions
        )
        models = changed_models(cells_then.filter(stays), cells, run.statistics.resamples, draws())
        more = [f"if that is meant, `concertino baseline {run_id}` makes this run the baseline"]
        more = more if judgement.verdict == "refused" else list(got_worse(models, minimum_effect, run.statistics.alpha))
        if n_out := then["score"].count() - before["score"].count():
            more.insert(0, f"{n_out:,} are left out, for another truth or rule judges them than in the baseline run")
        judgement = judgement._replace(reason="; ".join([judgement.reason, *more]))
    return Decision(run_id, run.name, baseline_run_id, system, judgement, fresh, models)


def judge(
    before: pl.DataFrame,
    after: pl.DataFrame,
    minimum_effect: float,
    generator: np.random.Generator,
    statistics: Statistics,
    *,
    n_new: int,
    least: float,
) -> Judgement:
    """Judge the outcomes of a system in one run against those in an earlier one, on the questions that both have.

    Args:
        before: one row per question: question_id, dataset, score, cost_usd, response_id, verdict, missing.
        after: the same of the run that is judged.
        minimum_effect: smallest difference of macro accuracy that counts as a change.
        generator: source of the test's signs.
        statistics: how many of them, and the level of the test.
        n_new: answers that are newer than the last decision.
        least: share of the questions with a score in either run that must have one in both.
    """
    paired = _paired(before, after)
    n_either = len(pl.concat([_scored(before), _scored(after)]).unique())
    refusal = _refusal(before, after) or _too_few(before, after, len(paired), n_either, least)
    if refusal:
        return Judgement("refused", refusal, None, None, _flips(paired).clear())
    strata = np.unique(paired["dataset"].to_numpy(), return_inverse=True)[1]
    found = difference(paired["after"].to_numpy(), paired["before"].to_numpy(), strata, statistics.resamples, generator)
    if n_new == 0 and (paired["before"] == paired["after"]).all():
        reason = "no answer is newer than the last verdict; `refresh` in the run profile asks anew, within the budget"
        return Judgement("nothing new", reason, found, _cost_change(paired), _flips(paired))
    return Judgement(
        *_verdict(found, n_either, minimum_effect, statistics.alpha), found, _cost_change(paired), _flips(paired)
    )


def _verdict(found: Difference, n_either: int, minimum_effect: float, alpha: float) -> tuple[Word, str]:
    """By one test: its p-value decides, and its interval is shown."""
    compared = f"{found.n:,} questions" if found.n == n_either else f"{found.n:,} of {n_either:,} questions compared"
    points = (
        f"{100 * found.difference:+.2f} points, 95 % interval {100 * found.ci_low:+.2f} to {100 * found.ci_high:+.2f}, "
        f"p = {found.p_value:.2g}, {compared}"
    )
    better = found.difference > 0
    if found.p_value < alpha and abs(found.difference) >= minimum_effect:
        return ("promote" if better else "regress"), f"{'better' if better else 'worse'}: {points}"
    if found.p_value < alpha:
        return "hold", f"a difference below the minimum effect of {100 * minimum_effect:g} points: {points}"
    if found.difference == 0:
        return "hold", f"no difference: {points}"
    return "hold", f"{'better' if better else 'worse'}, but not proven: {points}"


def _refusal(before: pl.DataFrame, after: pl.DataFrame) -> str | None:
    """Why a scored run cannot be compared with the baseline; None when it can."""
    if before["score"].count() == 0:
        return "the baseline run has no scored question of this system"
    if before.item(0, "verdict") != after.item(0, "verdict"):
        return f"the scores are of different modes ({before.item(0, 'verdict')}, now {after.item(0, 'verdict')})"
    rules = before.item(0, "missing"), after.item(0, "missing")
    if None not in rules and rules[0] != rules[1]:
        return f"the rules for missing answers differ (missing: {rules[0]}, now {rules[1]})"
    then, today = (set(_scored(frame)["dataset"]) for frame in (before, after))
    if then != today:
        return f"the datasets differ: in one of the two runs only: {', '.join(sorted(then ^ today))}"
    return None


def _too_few(before: pl.DataFrame, after: pl.DataFrame, n_both: int, n_either: int, least: float) -> str | None:
    """Why the shared questions do not stand for all of them; None when they do."""
    if n_both >= least * n_either:
        return None
    return (
        f"the question sets differ: {n_both:,} of {n_either:,} questions have a score in both runs, "
        f"{len(_scored(before)) - n_both:,} only in the baseline run, {len(_scored(after)) - n_both:,} only in this; "
        f"the profile's shared_questions asks for {100 * least:g} %"
    )


def _scored(outcomes: pl.DataFrame) -> pl.DataFrame:
    return outcomes.drop_nulls("score").select("question_id", "dataset")


def _uncompared(verdict: Word, reason: str, after: pl.DataFrame) -> Judgement:
    return Judgement(verdict, reason, None, None, _flips(_paired(after, after)))


def _nothing_scored(run: RunProfile, system: str, others: list[str], after: pl.DataFrame) -> str:
    if after.is_empty():
        return f"this run has no system '{system}'; set judged_system of profile '{run.name}' to {', '.join(others)}"
    return "no test question has a score; `concertino queries coverage` shows which answers or verdicts are missing"


def _judged(run_id: str, wanted: str) -> tuple[str, list[str]]:
    """The judged system as a run shows it, which says how it had to run, and all that the run has."""
    found = rows("run_system", run=run_id)
    labels = found["system"].to_list()
    return next((label for label, name in found.rows() if wanted in (label, name)), wanted), labels


def _paired(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One row per question with a score in both runs, ordered so that every resample is reproducible."""
    return (
        before.select("question_id", "dataset", before="score", response_before="response_id", cost_before="cost_usd")
        .join(
            after.select("question_id", after="score", response_after="response_id", cost_after="cost_usd"),
            on="question_id",
        )
        .drop_nulls(["before", "after"])
        .sort("dataset", "question_id")
    )


def _flips(paired: pl.DataFrame) -> pl.DataFrame:
    crossed = (pl.col("before") >= _FLIP) != (pl.col("after") >= _FLIP)
    return paired.filter(crossed).select(
        "question_id", "dataset", "before", "after", "response_before", "response_after"
    )


def _cost_change(paired: pl.DataFrame) -> float | None:
    then, today = (paired[name].to_numpy().mean() for name in ("cost_before", "cost_after"))
    return None if np.isnan([then, today]).any() or then == 0 else float(today / then - 1)


def _figures(found: Difference | None) -> dict[str, Any]:
    return {field.name: getattr(found, field.name, None) for field in fields(Difference)}
