"""Bring a work pool and prefect.yaml's deployments to a server: `python -m flows.command.deploy FILE [TYPE]`.

With the type of another pool of the file (docker, kubernetes), all deployments are moved there.

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
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

import flows.environment  # noqa: F401
from flows.command import show
from flows.command.server import check_server
from tasks.recorded.task import recorded
from warehouse.connect import rows
from warehouse.errors import UserError, unknown_name
from warehouse.settings import settings

_FORMER = ("laptop", "nightly")  # deployments' names before they said what they do
_FORMER_FLOWS = ("profile/build-banks", "ablate/vary-one-part")
_SECRET = "concertino-example"
_OWN = ("active", "slug", "parameters", "max_scheduled_runs")  # a schedule's keys that are not about when


def deploy(file: Path, kind: str | None = None) -> None:
    """Make the pool and the deployments that are missing, renew those that are there, remove those of former names.

    Args:
        file: prefect.yaml.
        kind: of the pool that the deployments go to, moved from another where they are there; None: the process pool,
            and what is there stays where it is.

    Raises:
        UserError: there is no such file, it has no such pool, the server has one of another type under its name,
            Prefect's package for it is not installed, or no server is set or answers.
    """
    if not file.is_file():
        raise UserError(f"there is no file {file}; name the checkout's prefect.yaml")
    given = yaml.safe_load(file.read_bytes())
    pools = given["definitions"]["pools"]
    if kind is not None and kind not in pools:
        raise unknown_name("type of work pool", kind, pools)
    if not recorded():
        raise UserError("no Prefect server is set; set PREFECT_API_URL to its address, such as http://HOST:4200/api")
    check_server()
    pool = pools[kind] if kind else None
    runs = rows("runs_to_compare")["run_id"].to_list() if settings().has_warehouse else []
    with get_client(sync_client=True) as client:
        _make_pool(client, kind or ProcessWorker.type, pools[kind or ProcessWorker.type]["name"])
        for wanted in given["deployments"]:
            module, _, name = wanted["entrypoint"].rpartition(".")
            flow = getattr(import_module(module), name)
            form = flow.parameters.model_dump() | {"additionalProperties": False}
            _offer(form["properties"], runs)
            present = _find(client, f"{flow.name}/{wanted['name']}")
            if present is None:
                _create(client, client.create_flow(flow), wanted, form, pool or wanted["work_pool"])
            else:
                _renew(client, present, wanted, form, pool)
            _remove(client, [f"{flow.name}/{former}" for former in _FORMER])
        _remove(client, _FORMER_FLOWS)
    _example_secret()


def _make_pool(client: SyncPrefectClient, kind: str, name: str) -> None:
    try:
        present = client.read_work_pool(name)
        if present.type != kind:  # a worker that is started before makes a pool of its own type
            raise UserError(
                f"the work pool {name} is of type {present.type}, not {kind}; stop its workers, remove it with "
                f"`prefect work-pool delete {name}`, and run this again"
            )
    except ObjectNotFound:
        worker = BaseWorker.get_worker_class_from_type(kind)
        if worker is None:
            raise UserError(
                f"a work pool of type {kind} needs Prefect's package: pip install 'prefect[{kind}]'"
            ) from None
        template = worker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=template))


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


def _create(
    client: SyncPrefectClient, flow_id: Any, wanted: dict[str, Any], form: dict[str, Any], pool: dict[str, Any]
) -> None:
    limit = wanted.get("concurrency_limit")
    client.create_deployment(
        flow_id,
        wanted["name"],
        entrypoint=wanted["entrypoint"],
        description=wanted["description"],
        tags=wanted["tags"],
        work_pool_name=pool["name"],
        job_variables=pool.get("job_variables", {}),
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
    client: SyncPrefectClient,
    present: DeploymentResponse,
    wanted: dict[str, Any],
    form: dict[str, Any],
    pool: dict[str, Any] | None,
) -> None:
    moved = {} if pool is None else {"work_pool_name": pool["name"], "job_variables": pool["job_variables"]}
    renewed = DeploymentUpdate(
        entrypoint=wanted["entrypoint"], description=wanted["description"], parameter_openapi_schema=form, **moved
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
    try:
        deploy(Path(*sys.argv[1:2]), *sys.argv[2:3])
    except UserError as error:
        sys.stderr.write(f"concertino: {error}\n")
        sys.exit(2)
