"""Bring the work pool and prefect.yaml's deployments to a server: `python -m flows.command.deploy FILE`.

Unlike `prefect deploy --all`, what a person edited stays: of a deployment that is there, only what the code knows
better is renewed (entry point, form, description), never its parameters, schedules, limits or tags.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.workers.process import ProcessWorker

import flows.environment  # noqa: F401
from flows.command import show
from flows.command.server import POOL
from warehouse.connect import rows
from warehouse.settings import settings

_FORMER = ("laptop", "nightly")  # deployments' names before they said what they do
_FORMER_FLOWS = ("profile/build-banks", "ablate/vary-one-part")
_SECRET = "concertino-example"
_OWN = ("active", "slug", "parameters", "max_scheduled_runs")  # a schedule's keys that are not about when


def deploy(file: Path) -> None:
    """Make the pool and the deployments that are missing, renew those that are there, remove those of former names."""
    runs = rows("runs_to_compare")["run_id"].to_list() if settings().warehouse.exists() else []
    with get_client(sync_client=True) as client:
        _make_pool(client)
        for wanted in yaml.safe_load(file.read_text())["deployments"]:
            module, _, name = wanted["entrypoint"].rpartition(".")
            flow = getattr(import_module(module), name)
            form = flow.parameters.model_dump()
            _offer(form["properties"], runs)
            present = _find(client, f"{flow.name}/{wanted['name']}")
            if present is None:
                _create(client, client.create_flow(flow), wanted, form)
            else:
                _renew(client, present, wanted, form)
            _remove(client, [f"{flow.name}/{former}" for former in _FORMER])
        _remove(client, _FORMER_FLOWS)
    _example_secret()


def _make_pool(client: SyncPrefectClient) -> None:
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template))


def _find(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def _remove(client: SyncPrefectClient, names: Iterable[str]) -> None:
    for name in names:
        if gone := _find(client, name):
            client.delete_deployment(gone.id)


def _offer(fields: dict[str, Any], runs: list[str]) -> None:
    """Let a run be chosen from the newest ones, or typed."""
    for name in {"baseline", "run_id"} & fields.keys():
        if runs:
            known = {"type": "string", "title": "a recent run", "enum": runs}
            fields[name]["anyOf"].insert(0, known)


def _create(client: SyncPrefectClient, flow_id: Any, wanted: dict[str, Any], form: dict[str, Any]) -> None:
    limit = wanted.get("concurrency_limit")
    client.create_deployment(
        flow_id,
        wanted["name"],
        entrypoint=wanted["entrypoint"],
        description=wanted["description"],
        tags=wanted["tags"],
        work_pool_name=wanted["work_pool"]["name"],
        parameters=wanted.get("parameters", {}),
        parameter_openapi_schema=form,
        schedules=[_schedule(schedule) for schedule in wanted.get("schedules", [])],
        concurrency_limit=limit and limit["limit"],
        concurrency_options=limit and ConcurrencyOptions(collision_strategy=limit["collision_strategy"]),
        pull_steps=[],
    )


def _schedule(given: dict[str, Any]) -> DeploymentScheduleCreate:
    when = {key: value for key, value in given.items() if key not in _OWN}
    return DeploymentScheduleCreate(schedule=when, **{key: given[key] for key in _OWN if key in given})


def _renew(
    client: SyncPrefectClient, present: DeploymentResponse, wanted: dict[str, Any], form: dict[str, Any]
) -> None:
    renewed = DeploymentUpdate(
        entrypoint=wanted["entrypoint"], description=wanted["description"], parameter_openapi_schema=form
    )
    try:
        client.update_deployment(present.id, renewed)
    except PrefectHTTPStatusError as error:
        if error.response.status_code != 409:
            raise
        show.out.print(f"{wanted['name']}: {present.parameters} do not fit its form; edit them in the UI", markup=False)


def _example_secret() -> None:
    """A Secret block to copy: `api_key: prefect-secret/NAME` in a pool reads the key from block NAME."""
    try:
        Secret.load(_SECRET)
    except ValueError:
        Secret(value="put a key here").save(_SECRET)


if __name__ == "__main__":
    deploy(Path(sys.argv[1]))
