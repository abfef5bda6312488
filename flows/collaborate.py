"""Answer the test questions by collaboration: choose models, aggregate, select."""

import flows.environment  # noqa: F401
from flows.ending import completed
from flows.form import form, run_name
from flows.params import CollaborateParams
from flows.stage import stage
from profiles.load import load_preset
from tasks.check.task import gate
from tasks.collaborate.task import collaborate_on, report_collaboration
from tasks.recorded.task import flow
from tasks.report.task import write_collaboration_report


@flow(name="collaborate", flow_run_name=run_name)
@form(CollaborateParams)
def collaborate(params: CollaborateParams) -> dict[str, int]:
    """Choose models by the bank, ask them, aggregate where the pool has an aggregator, and pick without the truth."""
    with stage("collaborate", params) as s:
        s.load()  # what an earlier attempt of this run left behind is done
        presets = [load_preset(name) for name in params.presets or s.run.presets]
        try:
            collaborate_on(s.run_id, s.run, s.pool, presets, s.budget_usd, params.limit)
        finally:
            s.load()  # also what was paid for before a stop
        report_collaboration(s.run_id, s.run, s.pool)
        write_collaboration_report(s.run_id, s.run, s.pool)
        gate("collaborate", s.run_id, s.run.datasets)
    return completed(dict(s.rows), s.message)
