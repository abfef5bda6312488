"""Prefect's side of ingest: run it, add what the pool and the price book say, show what happened."""

import logging

import polars as pl

from profiles.load import load_prices
from profiles.rows import book_rows, pool_rows
from profiles.schema import Pool
from tasks.ingest.ingest import Summary, check_source, ingest_source
from tasks.ingest.quarantine import REASONS, TOLD_BY
from tasks.ingest.request import IngestRequest
from tasks.load.task import load
from tasks.recorded.task import create_markdown_artifact, create_table_artifact, task
from warehouse.connect import rows
from warehouse.writer import land

_log = logging.getLogger("concertino")
_SHOWN = 500


@task(name="ingest", task_run_name="ingest-{wanted.source}")
def ingest_rows(wanted: IngestRequest, pool: Pool, run_id: str) -> Summary:
    """Bring a source into the warehouse, with the pool's models and the price book.

    Args:
        wanted: source, path and options.
        pool: its models are registered even before they answered anything.
        run_id: the run this belongs to.

    Raises:
        UserError: what was wanted does not exist or is not clear.
    """
    summary = ingest_source(*wanted, run_id=run_id, load=load.fn)
    for table, new in (("model", pool_rows(pool)), ("price", book_rows(load_prices()))):
        land(table, new)
        summary.rows[table] += len(new)
    if summary.quarantined:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in summary.quarantined.most_common())
        _log.warning("not taken as it stands: %s (%s)", reasons, TOLD_BY)
    for dataset, n, variants in rows("ingest_repeated", names=sorted(summary.datasets)).iter_rows():
        _log.warning(
            "%s: %d questions stand in several variants (%s) and count once in each; begin in a fresh home with one of "
            "them (`variants`), or, where they are repeated samples, with source_options: {samples_from_split: true}",
            *(dataset, n, ", ".join(variants)),
        )
    _show(wanted, summary, "Ingest")
    return summary


@task(name="check-source", task_run_name="check-{wanted.source}")
def check_rows(wanted: IngestRequest) -> Summary:
    """What `ingest_rows` would bring; nothing is written.

    Args:
        wanted: source, path and options.

    Raises:
        UserError: what was wanted does not exist or is not clear.
    """
    summary = check_source(*wanted)
    _show(wanted, summary, "Dry run")
    return summary


def _show(wanted: IngestRequest, summary: Summary, what: str) -> None:
    lines = [f"| {name} | {n} |" for name, n in summary.counts().items()]
    reasons = [f"- **{name}**: {REASONS[name]}" for name in sorted(summary.quarantined)]
    table = "\n".join(["| | |", "| --- | ---: |", *lines, "", *reasons])
    create_markdown_artifact(table, key="ingest", description=f"{what} of {wanted.source} {wanted.path or ''}".strip())
    if not summary.coverage.is_empty():
        missing = pl.col("n_question") - pl.col("n_answered")
        worst = summary.coverage.with_columns(missing=missing).sort("missing", descending=True, maintain_order=True)
        create_table_artifact(
            key="ingest-coverage",
            description=f"Answers per dataset, variant and model ({len(worst)} in all, most missing first)",
            table=worst.head(_SHOWN).to_dicts(),
        )
