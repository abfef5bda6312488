"""The report page and the published copy."""

from typing import Any

import flows.environment  # noqa: F401
from flows.form import form, run_name
from flows.params import PublishParams
from flows.stage import stage
from tasks.check.task import gate
from tasks.recorded.task import flow
from tasks.report.task import publish_copy, write_report
from warehouse.settings import settings


@flow(name="publish", flow_run_name=run_name)
@form(PublishParams)
def publish(params: PublishParams) -> dict[str, Any]:
    """Write the report page of a run and swap in the read-only DuckDB copy.

    Without a run id the profile's newest evaluated run is shown; where there is none, the copy is all that is made.
    """
    with stage("publish", params) as s:
        report = write_report(s.run.name, params.run_id)
        counts = publish_copy(s.run_id)
        s.rows.update(counts)
        s.told = True  # by the stages that made the rows
        gate("publish", s.run_id, s.run.datasets)
    page = {} if report is None else {"report": str(report)}
    return page | {"published": str(settings().published), "rows": sum(counts.values())}
