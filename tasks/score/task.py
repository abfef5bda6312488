"""Prefect's side of scoring: judge in chunks what has no current verdict, and land as it goes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import polars as pl

from profiles.schema import RunProfile
from tasks.fanout.runner import chunk_size
from tasks.fanout.task import workers
from tasks.progress import steps
from tasks.recorded.task import create_table_artifact, get_run_logger, task
from tasks.score.judge import judge
from tasks.score.registry import Mode
from tasks.score.rows import by_model, items_of, score_rows, waiting_responses, without_sandboxed
from tasks.score.verdict import Item
from warehouse.connect import rows
from warehouse.writer import land

READ = 16_384
LANDED = 2048  # what a killed run can lose
_TOLD = 10  # models, on the terminal
_TOLD_ODD = 5


def score_responses(
    run_id: str, datasets: Sequence[str], *, rescore: bool = False, mode: Mode | None = None
) -> Counter[str]:
    """Judge the datasets' responses; what needs a sandbox that is not there is left out, with a warning.

    Args:
        run_id: the run this belongs to.
        datasets: globs over dataset names.
        rescore: judge again what has a verdict of the scorer's current version.
        mode: only by scorers of this score mode; None: by all that the datasets name.

    Returns:
        Per scorer, how many responses were left out.

    Raises:
        UserError: a dataset names an unknown scorer or option.
    """
    waiting = waiting_responses(datasets, rescore=rescore, mode=mode)
    waiting, left_out, reason = without_sandboxed(waiting.filter(~by_model(waiting)))
    logger = get_run_logger()
    if reason is not None:
        logger.warning("%d answers are left unscored (%s): %s", left_out.total(), ", ".join(left_out), reason)
    for detail, n in _judge(run_id, waiting).most_common(_TOLD_ODD):
        logger.warning("%d not judged: %s", n, detail)
    return left_out


def _judge(run_id: str, waiting: pl.DataFrame) -> Counter[str | None]:
    """Judge responses by their scorers; why some could not be judged, and how many."""
    odd: Counter[str | None] = Counter()
    if waiting.is_empty():
        return odd
    with workers(run_id) as crew, steps(len(waiting), "judging") as step:
        size = LANDED if crew.n is None else chunk_size(len(waiting), crew.n)
        chunks = ((run_id, items, first) for first, items in _chunks(waiting, size))
        for (_, items, _), found in crew.run(score_chunk, partial(next, chunks, None)):
            step(len(items))
            odd.update(found)
    return odd


def _chunks(waiting: pl.DataFrame, size: int) -> Iterator[tuple[int, list[tuple[str, Item]]]]:
    """The number of its first, and up to `size` items, read here for all workers: one read scans all texts."""
    for first in range(0, len(waiting), READ):
        items = items_of(waiting[first : first + READ])
        for start in range(0, len(items), size):
            yield first + start, items[start : start + size]


@task(name="score", task_run_name="score from {first}")
def score_chunk(run_id: str, items: list[tuple[str, Item]], first: int) -> Counter[str | None]:
    """Judge items, in whatever process this is, and land the verdicts; why some could not be judged, and how many."""
    verdicts = judge([item for _, item in items])
    land("score", score_rows(run_id, items, verdicts))
    return Counter(verdict.detail for verdict in verdicts if verdict.verdict == "unjudged")


@task(name="show scoring", task_run_name="show scoring")
def show_scoring(run: RunProfile, left_out: Counter[str]) -> None:
    """The table artifact `scoring`: verdicts and extraction failures by model, most failures first."""
    unscored = f"; {left_out.total()} answers unscored for want of a sandbox" if left_out else ""
    judged = rows("score_by_model", datasets=run.datasets, mode=run.score_mode)
    best = judged.drop_nulls("percent_correct").sort("percent_correct", descending=True).head(_TOLD)
    # The first figures a person sees, long before the run's end; where recorded verdicts count, ours are no figures.
    for row in best.iter_rows(named=True) if run.score_mode != "recorded" else ():
        line = f"  {row['model']:<28} {row['percent_correct']:5.1f} % of {row['n_judged']:,} answers are right"
        get_run_logger().info(line)
    if n := int(judged["n_without_text"].sum()):
        get_run_logger().info(f"{n:,} answers came without their text, so only the verdicts they came with count")
    create_table_artifact(
        key="scoring",
        description=f"Answers judged by model, most without an extractable answer first{unscored}",
        table=judged.to_dicts(),
    )
