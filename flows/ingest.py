"""Bring questions, recorded answers and prices into the warehouse."""

from collections import Counter

from prefect import flow

import flows.environment  # noqa: F401
from flows.params import IngestParams
from flows.stage import stage
from tasks.check.task import gate
from tasks.ingest.request import resolve
from tasks.ingest.task import ingest_rows


@flow(name="ingest", flow_run_name="ingest-{params.profile}")
def ingest(params: IngestParams = IngestParams()) -> dict[str, int]:
    """Read a source: skip files known by their hash, quarantine bad rows with a named reason, count everything."""
    with stage("ingest", params) as s:
        wanted = resolve(s.run, params.source, params.path, params.variants, params.columns)
        summary = ingest_rows(wanted, s.pool, s.run_id)
        s.load()
        s.rows = Counter(summary.counts())  # most rows were loaded on the way, so that the landing folder stays small
        gate("ingest", s.run_id, wanted.datasets)
    return dict(s.rows)
