"""Prefect's side of scoring: judge in chunks what has no current verdict, and land as it goes."""

from collections import Counter
from collections.abc import Callable, Sequence

from profiles.schema import RunProfile
from tasks.progress import steps
from tasks.recorded.task import create_table_artifact, get_run_logger, task
from tasks.score.judge import judge
from tasks.score.registry import Mode
from tasks.score.rows import by_model, items_of, score_rows, waiting_responses, without_sandboxed
from warehouse.connect import rows
from warehouse.writer import land

CHUNK = 16_384  # one read scans all texts, so few and large ones
LANDED = 2048
_TOLD = 10  # models, on the terminal


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
    pairs = list(waiting.select("response_id", "scorer").iter_rows())
    with steps(len(pairs), "judging") as step:
        for first in range(0, len(pairs), CHUNK):
            score_chunk(run_id, pairs[first : first + CHUNK], first, step)
    return left_out


@task(name="score", task_run_name="score from {first}")
def score_chunk(run_id: str, waiting: list[tuple[str, str]], first: int, step: Callable[[int], None]) -> None:
    """Judge some thousand (response, scorer); a killed run loses the verdicts since the last landing only."""
    items = items_of(waiting)
    odd: Counter[str | None] = Counter()
    for start in range(0, len(items), LANDED):
        part = items[start : start + LANDED]
        verdicts = judge([item for _, item in part])
        land("score", score_rows(run_id, part, verdicts))
        step(len(part))
        odd.update(verdict.detail for verdict in verdicts if verdict.verdict in {"unjudged", "timeout"})
    for detail, n in odd.most_common(5):
        get_run_logger().warning("chunk from %d: %d not judged: %s", first, n, detail)


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
    create_table_artifact(
        key="scoring",
        description=f"Answers judged by model, most without an extractable answer first{unscored}",
        table=judged.to_dicts(),
    )
