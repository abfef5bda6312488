"""Prefect's side of analyse: what is missing, one task a study, progress, the page."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import polars as pl

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Pool, RunProfile
from profiles.split import Splits, land_splits, read_splits
from tasks.analyse.harness import Harness
from tasks.analyse.page import AblationPage, render_ablation
from tasks.analyse.result import Plan, plan, stored, study_rows, test_numbers, test_rows
from tasks.analyse.split_data import validation_share, with_validation_part
from tasks.analyse.study import Study
from tasks.collaborate.batch_services import BatchServices, open_client
from tasks.collect.secrets import blocks_of
from tasks.progress import steps
from tasks.recorded.task import (
    create_markdown_artifact,
    create_progress_artifact,
    get_run_logger,
    secret_blocks,
    task,
    update_progress_artifact,
)
from tasks.report.tables import markdown
from tasks.report.task import replace_file
from warehouse.connect import rows
from warehouse.settings import settings
from warehouse.writer import land, load_landing, now


@task(name="look", task_run_name="look-{run.name}")
def anything_known(run: RunProfile, pool: Pool) -> bool:
    """Whether the warehouse has a verdict on any answer of the pool to the profile's questions."""
    found = rows("answer_verdict", datasets=run.datasets, models=pool.models, score_mode=run.score_mode)
    return found["score"].count() > 0


def analyse_on(
    run_id: str, run: RunProfile, pool: Pool, matrix: OutcomeMatrix, wanted: Sequence[str], budget_usd: float
) -> Plan:
    """Compute the studies that are missing, one after the other; each is in the warehouse when it is done.

    Raises:
        UserError: there is no study of a name in `wanted`.
        BudgetExceeded: at the cap; finished studies and everything paid for are kept.
    """
    opened = partial(open_client, run_id, run, pool, budget_usd, secret_blocks(blocks_of(pool)))
    with BatchServices(run_id, run, pool, matrix.questions, opened) as batch:
        todo = plan(Harness(run, matrix, *_splits(run, matrix), batch), pool, wanted)
        missing = todo.missing
        told = f"{len(missing)} studies of {run.name}"
        shown = create_progress_artifact(0.0, key="analyse-progress", description=told)
        with steps(len(missing), "studies") as step:
            for done, study in enumerate(missing):
                compute(run_id, todo, study)
                load_landing(("ablation",))
                step()
                update_progress_artifact(shown, 100.0 * (done + 1) / len(missing))
    look_at_test(run_id, todo)
    load_landing(("ablation",))
    update_progress_artifact(shown, 100.0)
    return todo


def _splits(run: RunProfile, matrix: OutcomeMatrix) -> tuple[Splits, Splits]:
    """The questions' splits with a validation part, and those of the profile, which may have one."""
    splits = read_splits(land_splits(run), matrix.question_ids)
    if (splits.parts == "validation").any():
        return splits, splits
    return read_splits(land_splits(with_validation_part(run)), matrix.question_ids), splits


@task(name="study", task_run_name="study-{study.name}")
def compute(run_id: str, plan: Plan, study: Study) -> None:
    """Compute and land one study."""
    found = study_rows(run_id, plan, study)
    land("ablation", found)
    get_run_logger().info("study %s: %d settings", study.name, len(study.settings))


@task(name="test-number")
def look_at_test(run_id: str, plan: Plan) -> None:
    """Land the base preset's test number where none is published."""
    land("ablation", test_rows(run_id, plan))


@task(name="ablation-page", task_run_name="ablation-page-{run.name}")
def write_page(run_id: str, run: RunProfile, pool: Pool, plan: Plan) -> tuple[Path, pl.DataFrame]:
    """Write the page; its path, and the macro rows of all studies it shows."""
    found = stored(plan)
    known = [(study, found[study.name]) for study in plan.studies if study.name in found]
    page = AblationPage(run_id, run, pool, validation_share(run), known, plan.unshown, test_numbers(plan), now())
    path = settings().report.with_name(f"ablation-{run.name}.html")
    replace_file(path, render_ablation(page))
    link = f"[{markdown(str(path), 1000)}]({settings().link(path)})\n\nWhat each part is worth, run `{run_id}`"
    create_markdown_artifact(
        key="ablation-link", markdown=link, description="The ablation page, one file, opens offline"
    )
    macro = pl.concat(rows_of.filter(pl.col("dataset") == "*") for _, rows_of in known) if known else pl.DataFrame()
    return path, macro
