"""What a run was asked for and lacks: datasets of which no answer has a verdict, and what other stages tell of."""

from collections.abc import Container, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase

import numpy as np
import polars as pl

from profiles.load import load_preset
from profiles.outcomes import load_outcomes
from profiles.registry import BASELINES, offered
from profiles.schema import Pool, RunProfile
from tasks.collect.trouble import unheard
from tasks.measure.coverage import Gap, comparable
from tasks.measure.outcomes import Outcomes
from tasks.score.judge import needs_sandbox
from tasks.score.registry import scorers
from tasks.score.sandbox.run import sandbox_available
from warehouse.connect import rows
from warehouse.writer import land


def unjudged(run: RunProfile) -> list[Gap]:
    """What a profile's datasets name and no answer has a verdict of, as the warehouse is now."""
    judged = rows("dataset_judged", datasets=run.datasets)["dataset"].to_numpy()
    return unscored(run.datasets, rows("question", datasets=run.datasets), judged)


def refuse_incomparable(run: RunProfile, pool: Pool) -> None:
    """Refuse models with verdicts that nothing compares, as the warehouse is now.

    Raises:
        UserError: as of `comparable`.
    """
    found = load_outcomes(run.datasets, pool.models, run.score_mode, {})
    if found.judged.any():
        comparable(found.rows(found.judged), run.missing)


def add_gaps(run_id: str, gaps: Sequence[Gap]) -> None:
    """Land more gaps of an evaluated run."""
    made = rows("run_metric", run=run_id)["created_at"].first()
    land("gap", pl.DataFrame([{"run_id": run_id, **asdict(gap), "created_at": made} for gap in gaps]))


def unscored(patterns: Sequence[str], questions: pl.DataFrame, judged: np.ndarray) -> list[Gap]:
    """What the patterns of a run's datasets name and its evaluation lacks.

    Args:
        patterns: globs over dataset names, or over dataset/variant.
        questions: rows of `warehouse/reads/question.sql`.
        judged: names of the datasets with a verdict.
    """
    found = questions.group_by("dataset", maintain_order=True).agg(pl.len(), pl.col("scorer").first())
    gaps = [
        Gap("dataset", name, 0, n, f"no answer has a verdict; {_reason(scorer)}")
        for name, n, scorer in found.iter_rows()
        if name not in set(judged)
    ]
    names = found["dataset"].to_list()
    both = [*names, *questions.select(pl.concat_str("dataset", "variant", separator="/").unique()).to_series()]
    return gaps + [
        Gap("dataset", pattern, 0, 0, "no question is of such a dataset; `concertino queries coverage` lists them")
        for pattern in patterns
        if not any(fnmatchcase(name, pattern) for name in (both if "/" in pattern else names))
    ]


def untested(questions: pl.DataFrame, tested: np.ndarray, compared: Container[str], drawn: bool) -> list[Gap]:
    """Datasets that have verdicts, and no question among those that the systems are compared on.

    Args:
        questions: Q rows of `warehouse/reads/question.sql`.
        tested: (Q,) whether the question is in the test part of any seed.
        compared: names of the datasets that are compared, or were found to be missing before.
        drawn: whether chance decides which questions are tested; a dataset that is kept apart on purpose is no gap.
    """
    found = questions.with_columns(tested=tested).group_by("dataset", maintain_order=True)
    reasons = {True: "no question of its test part has a verdict of every model"} | (
        {False: "none of its questions is in the test part; more questions help (30 are few)"} if drawn else {}
    )
    return [
        Gap("dataset", name, 0, n, reasons[has_test])
        for name, n, has_test in found.agg(pl.len(), pl.col("tested").any()).iter_rows()
        if name not in compared and has_test in reasons
    ]


def wordless(
    systems: Sequence[Outcomes], models: Sequence[str], baselines: Container[str], routers: Container[str] = ()
) -> list[Gap]:
    """Systems that combine the answers of several models, some of whose words were never recorded.

    Args:
        systems: those that have something to combine.
        models: the models without words.
        baselines: the null ones, by name.
        routers: by name: of those they ask, one answers as it is (a cascade's last), and no words are needed.
    """
    reason = f"it combines answers without those of {', '.join(models)}, whose words were never recorded"
    return [
        Gap("baseline" if one.system in baselines else "system", one.system, 0, 0, reason)
        for one in systems
        if models and one.system not in routers and (one.calls > 1).any()
    ]


def left_out(run: RunProfile, run_id: str, presets: Container[str], baselines: Container[str]) -> list[Gap]:
    """Systems that every evaluation of a profile shows, where they can be had.

    Args:
        run: the profile.
        run_id: its run.
        presets: names of those with answers in the run.
        baselines: names of those that were routed.
    """
    collaborate = f"concertino collaborate --profile {run.name} --run-id {run_id}"
    unanswered = f"it has no answers in this run; get them with `{collaborate}`, then evaluate it again"
    undecided = "it cannot tell whom to ask, because what it goes by (such as every model's cost) is not known"
    named = [load_preset(name).name for name in run.presets]
    return [Gap("preset", name, 0, 0, unanswered) for name in named if name not in presets] + [
        Gap("baseline", name, 0, 0, undecided) for name in offered(BASELINES) if name not in baselines
    ]


def stale(run_id: str, models: Sequence[str]) -> list[Gap]:
    """Of the models that are shown, those that answered nothing in a run that asked them.

    What a content filter stops is asked again in every run, and says nothing of the model.
    """
    reason = "in this run {why}; what it answered before is shown"
    silent = unheard(run_id, excused=["content_filter"])
    return [Gap("model", model, 0, 0, reason.format(why=why)) for model, why in silent.items() if model in models]


def wider(presets: Sequence[str], heard: pl.DataFrame, compared: Container[str]) -> list[Gap]:
    """Presets that chose among models, too, which the rule for missing answers leaves out of the comparison.

    Args:
        presets: their systems, by name.
        heard: rows of `warehouse/reads/collaboration_heard.sql`.
        compared: the models that are not left out.
    """
    gaps = []
    for name in presets:
        if who := ", ".join(model for model in heard.filter(preset=name)["model"] if model not in compared):
            reason = f"it chose among answers of {who}, too, which the comparison leaves out; "
            gaps.append(Gap("system", name, 0, 0, f"{reason}leave {who} out of the pool, too"))
    return gaps


def _reason(scorer: str | None) -> str:
    if scorer is None:
        return "profiles/datasets names no scorer for it"
    if scorer in scorers.names() and needs_sandbox(scorer) and (problem := sandbox_available()):
        return problem
    return "run `concertino collect` and `concertino score`"
