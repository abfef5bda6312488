"""Write the page, swap in the published copy, send the verdict."""

import os
from pathlib import Path

from profiles.schema import Pool, RunProfile
from tasks.collect.trouble import trouble
from tasks.measure.result import load_result
from tasks.progress import counting
from tasks.recorded.task import create_markdown_artifact, create_table_artifact, get_run_logger, task
from tasks.report.collaboration import collaboration_page_of
from tasks.report.collaboration_page import collaboration_markdown, render_collaboration
from tasks.report.gather import evaluated_run, page_of, verdict_of
from tasks.report.notify import notify
from tasks.report.page import render
from tasks.report.routing import PAGE, render_routing, routed_here
from tasks.report.tables import headline, markdown, pareto_rows, verdict_markdown
from warehouse.published import publish
from warehouse.settings import settings
from warehouse.storage import put


@task(name="report", task_run_name="report-{profile}")
def write_report(profile: str, run_id: str | None) -> Path | None:
    """Write a run's page as `report/<run>.html` and as the published page, whose path is given; the one over all, too.

    None, and a line that says so, where no run is named and none of the profile was evaluated yet.

    Args:
        profile: whose newest evaluated run is shown when `run_id` is None.
        run_id: the run to show.

    Raises:
        UserError: there is no such run, or it was not evaluated.
    """
    shown = evaluated_run(profile, run_id)
    if shown is None:
        get_run_logger().warning(
            f"no page: no run of profile '{profile}' was evaluated yet; `concertino run {profile}` does it"
        )
        return None
    page = page_of(shown)
    html = render(page)
    path = settings().report
    own = path.with_name(f"{page.result.run_id}.html")
    for target in (own, path):
        replace_file(target, html)
    replace_file(path.with_name(PAGE), render_routing(routed_here(page.result.run_id), page.created))
    summary = f"{headline(page.regression)}: {page.result.n_questions:,} questions"
    link = f"[{markdown(str(own), 1000)}]({settings().link(own)})\n\n{markdown(summary)}, run `{page.result.run_id}`"
    create_markdown_artifact(key="report-link", markdown=link, description="The report page, one file, opens offline")
    create_markdown_artifact(key="verdict", markdown=verdict_markdown(page), description="Verdict and leaderboard")
    create_table_artifact(
        key="pareto", table=pareto_rows(page), description="Cost and quality; efficient: nothing beats it in both"
    )
    return path


@task(name="collaboration-report", task_run_name="collaboration-report-{run_id}")
def write_collaboration_report(run_id: str, run: RunProfile, pool: Pool) -> Path | None:
    """Write the report of a run's collaborations as `report/collaboration-<run>.html`; None when there is none."""
    page = collaboration_page_of(run_id, run, pool)
    if page is None:
        return None
    path = settings().report.with_name(f"collaboration-{run_id}.html")
    replace_file(path, render_collaboration(page))
    create_markdown_artifact(
        key="collaboration-report", markdown=collaboration_markdown(page, path), description="How the presets did"
    )
    return path


@task(name="publish-copy", task_run_name="publish-copy")
def publish_copy(run_id: str) -> dict[str, int]:
    """Swap in a fresh read-only copy of the warehouse, with this run completed; rows per table."""
    with counting("copying tables") as tell:
        counts = publish(run_id, trouble(run_id), tell)
    table = [{"table": name, "rows": n} for name, n in sorted(counts.items())]
    create_table_artifact(key="publish", table=table, description=f"Rows in {settings().published}")
    return counts


@task(name="send-verdict", task_run_name="send-verdict-{run_id}")
def send_verdict(run_id: str) -> str | None:
    """Post a run's verdict to the webhook, if one is set; what went wrong is reported, not raised."""
    result = load_result(run_id)
    problem = notify(result, *verdict_of(result), settings().report)
    if problem:
        get_run_logger().warning(problem)
        create_markdown_artifact(key="message", markdown=markdown(problem), description="The verdict was not delivered")
    return problem


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part; on the shared storage, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
    put(path)
