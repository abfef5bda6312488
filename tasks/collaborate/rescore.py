"""Re-scoring: a finished run's candidates under other coefficients of the posterior, without a single model call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import yaml
from pydantic import ValidationError

from profiles.embed import get_embedder
from profiles.load import load_preset
from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from profiles.schema import Pool, RunProfile
from profiles.system import System, system_rows
from tasks.collaborate.batch import Chunk, answer_chunk
from tasks.collaborate.batch_services import BatchServices, open_client
from tasks.collaborate.plan import Job, selection_of
from tasks.measure.accuracy import difference
from warehouse.connect import rows
from warehouse.errors import UserError, fault_of, reason_of, unknown_name
from warehouse.identity import hash_json
from warehouse.writer import land

CHANGEABLE = (
    "posterior",
    "ppl_coefficient",
    "embed_tokens",
    "aggregate_weight",
    "confidence_weight",
    "similarity_weight",
    "stop_at",
    "candidates",
)
"""Keys of a preset that decide among given candidates; all others change what is asked."""
_SYSTEM = ["preset", "name", "variant"]


def rescored_run(run_id: str | None, profile: str, pool: Pool) -> str:
    """The run to re-score: the one named, else the profile's newest that has collaborations.

    Raises:
        UserError: there is none, or it was made with another pool.
    """
    known = rows("collaboration_run", profile=profile)
    found = known["run_id"].to_list()
    if run_id is None and not found:
        raise UserError(f"no run of profile '{profile}' has collaborations yet; run `concertino run {profile}` first")
    if run_id is not None and run_id not in found:
        raise unknown_name(f"run of profile '{profile}' with collaborations,", run_id, found[:5])
    chosen = run_id or str(found[0])
    made_with = known.filter(run_id=chosen)["pool_hash"][0]
    if made_with not in (None, hash_json(pool.model_dump())[:20]):
        raise UserError(f"run {chosen} was made with another pool than '{pool.name}'; name it with --pool")
    return chosen


def changed_preset(name: str, changes: Mapping[str, str]) -> Preset:
    """A preset with other values of its posterior.

    Args:
        name: of the preset.
        changes: key → value as it would stand in the preset's YAML.

    Raises:
        UserError: a key that changes what is asked, more candidates than were asked for, or a wrong value.
    """
    preset = load_preset(name)
    for key in changes:
        if key not in Preset.model_fields:
            raise unknown_name("key of a posterior", key, CHANGEABLE)
        if key not in CHANGEABLE:
            raise UserError(f"'{key}' cannot be changed without new calls; change one of {', '.join(CHANGEABLE)}")
    try:
        values = {key: yaml.safe_load(value) for key, value in changes.items()}
        changed = Preset.model_validate(preset.model_dump() | values)
    except yaml.YAMLError as error:
        raise UserError(f"a changed value is not YAML: {reason_of(error)}") from error
    except ValidationError as error:
        where, wrong = fault_of(error)
        raise UserError(f"{where or name}: {wrong}") from error
    if changed.candidates > preset.candidates:
        raise UserError(
            f"preset '{name}' asks for {preset.candidates} candidates; more cannot be had without new calls"
        )
    # The subsets are drawn as they were; of the aggregates made from them the first are looked at.
    return changed.model_copy(update={"candidates": preset.candidates, "first": changed.candidates})


def rescored(
    run_id: str, run: RunProfile, pool: Pool, matrix: OutcomeMatrix, presets: Sequence[str], changes: Mapping[str, str]
) -> dict[str, str]:
    """Land a finished run's collaborations under other coefficients; name before → name after.

    Args:
        run_id: the finished run.
        run: its profile.
        pool: its pool.
        matrix: what is known of all questions.
        presets: names; all of the run when empty.
        changes: see `changed_preset`.
    """
    jobs = _jobs(run_id, pool, presets, changes, matrix)
    embedder = get_embedder(run.embedder)
    land("system", system_rows(run_id, {job.system for own in jobs.values() for job in own}))
    opened = partial(open_client, run_id, run, pool, 0.0, {})
    with BatchServices(run_id, run, pool, matrix.questions, opened, offline=True) as batch:
        for job in (job for own in jobs.values() for job in own):
            selection = selection_of(job, run_id, pool, embedder, matrix)
            for questions in job.chunks:
                answer_chunk(run_id, Chunk(job.label, selection.part(questions), questions), batch)
    return {before: own[0].label for before, own in jobs.items()}


def _jobs(
    run_id: str, pool: Pool, presets: Sequence[str], changes: Mapping[str, str], matrix: OutcomeMatrix
) -> dict[str, list[Job]]:
    """Leaderboard name of what is re-scored → the questions that the run answered with it, one job per split."""
    done = rows("collaboration_done", run=run_id).filter(point="")
    known = {label: System("preset", *own) for label, *own in done.select(_SYSTEM).unique(maintain_order=True).rows()}
    for name in presets:
        if not any(name in (label, one.name) for label, one in known.items()):
            raise unknown_name("preset of this run", name, known)
    place = {question: at for at, question in enumerate(matrix.questions["question_id"])}
    said = ", ".join(f"{key}={value}" for key, value in changes.items()) or "again"
    jobs: dict[str, list[Job]] = {}
    for label, system in known.items():
        if presets and label not in presets and system.name not in presets:
            continue
        preset = changed_preset(system.name, changes)
        for (split,), own in done.filter(preset=label).group_by("split_id", maintain_order=True):
            at = np.array(sorted(place[question] for question in own["question_id"] if question in place), dtype=int)
            aggregates = preset.aggregate and bool(pool.writers)
            jobs.setdefault(label, []).append(Job(preset, replace(system, point=said), str(split), at, aggregates))
    return jobs


def compare_rescored(
    run_id: str, score_mode: str, labels: Mapping[str, str], flips: int, generator: np.random.Generator
) -> list[dict[str, object]]:
    """Accuracy before and after, their paired difference with its interval, and how many answers changed.

    Args:
        run_id: the run.
        score_mode: whose scores count.
        labels: name before → name after.
        flips: sign vectors of its test.
        generator: their source.
    """
    found = rows("collaboration_outcome", run=run_id, score_mode=score_mode)
    lines: list[dict[str, object]] = []
    for before, after in labels.items():
        own = found.filter(preset=before).join(
            found.filter(preset=after), on=["question_id", "split_id"], suffix="_after"
        )
        changed = own.filter(pl.col("response_id").ne_missing(pl.col("response_id_after")))
        by_question = own.group_by("question_id", "dataset").agg(pl.col("score", "score_after").mean())
        by_question = by_question.sort("question_id")
        strata = np.unique(by_question["dataset"].to_numpy(), return_inverse=True)[1]
        scores = by_question.select("score", "score_after").cast(pl.Float64).to_numpy()
        gap = difference(scores[:, 1], scores[:, 0], strata, flips, generator)
        macro = by_question.group_by("dataset").agg(pl.col("score", "score_after").mean()).mean()
        lines.append(
            {
                "preset": before,
                "changed to": after,
                "accuracy": macro["score"][0],
                "rescored": macro["score_after"][0],
                "difference": gap.difference,
                "ci_low": gap.ci_low,
                "ci_high": gap.ci_high,
                "n": gap.n,
                "answers changed": len(changed),
                "of": len(own),
            }
        )
    return lines
