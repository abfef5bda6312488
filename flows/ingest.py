"""Bring questions, recorded answers and prices into the warehouse."""

from collections import Counter
from typing import Any

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import IngestParams
from flows.stage import stage
from profiles.load import load_run
from profiles.schema import RunProfile
from tasks.check.task import gate
from tasks.ingest.ingest import Summary
from tasks.ingest.request import IngestRequest, resolve
from tasks.ingest.task import check_rows, ingest_rows
from tasks.measure.coverage import Gap
from tasks.recorded.task import flow
from warehouse.errors import UnreadFiles


@flow(name="ingest", flow_run_name=run_name)
@form(IngestParams)
def ingest(params: IngestParams) -> dict[str, Any]:
    """Read a source: skip files known by their hash, quarantine bad rows with a named reason, count everything.

    A dry run reads all files, adds the coverage per dataset and model, and writes nothing. A file of which nothing
    could be taken fails the run after everything else was taken.
    """
    if params.dry_run:
        found = check_rows(_wanted(load_run(params.profile), params))
        _complain(found)
        return {**found.counts(), "coverage": found.coverage.to_dicts()}
    with stage("ingest", params) as s:
        wanted = _wanted(s.run, params)
        summary = ingest_rows(wanted, s.pool, s.run_id)
        s.load()
        s.rows = Counter(summary.counts())  # most rows were loaded on the way, so that the landing folder stays small
        gate("ingest", s.run_id, wanted.datasets)
        _complain(summary)
    return dict(s.rows)


def _wanted(run: RunProfile, params: IngestParams) -> IngestRequest:
    return resolve(run, params.source, params.path, params.variants, params.columns, params.options)


def _complain(summary: Summary) -> None:
    if complaint := summary.complaint():
        raise UnreadFiles(complaint, summary.unread)


def ingest_readable(scope: dict[str, Any]) -> list[Gap]:
    """Ingest; the files of which nothing could be taken, which end `ingest` alone but no run."""
    try:
        ingest(**scope)
    except UnreadFiles as found:
        return [
            Gap("file", path, 0, 0, why.removeprefix(f"cannot read {path}: ")) for path, why in found.unread.items()
        ]
    return []
