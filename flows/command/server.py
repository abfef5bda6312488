"""What `up` and `doctor` ask of the Prefect server that runs, by HTTP: its health, the next night, runs left behind."""

import time
from datetime import datetime
from functools import cache
from subprocess import Popen
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import stamina

from warehouse.errors import UserError, reason_of

POOL = "concertino"
UNSCHEDULED = "no run is scheduled; read prefect/server.log in the state folder"
_client = cache(httpx.Client)  # making one takes longer than asking: it reads all certificates
_GOING = {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}}
_SCHEDULED = {"state": {"type": {"any_": ["SCHEDULED"]}}}
_WORKER = "prefect.worker.name"  # a run's label
_SOONEST = "EXPECTED_START_TIME_ASC"
_DEAD = {"type": "CRASHED", "name": "Crashed", "message": "its worker is gone; what was paid for is kept"}


@stamina.retry(on=httpx.HTTPError, attempts=5, wait_max=5.0)  # SQLite behind it is busy now and then: 503
def ask(url: str, path: str, *, method: str = "POST", **body: Any) -> Any:
    """Send `body` to the API at `url`; the answer's JSON."""
    reply = _client().request(method, f"{url}/{path}", json=body, timeout=60)
    reply.raise_for_status()
    return reply.json() if reply.content else None


def healthy(url: str) -> bool:
    """Whether a Prefect server answers."""
    try:
        return _client().get(f"{url}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def check_server() -> str:
    """The address of the server that Prefect's settings name, which is asked once, with the keys that they have.

    Raises:
        UserError: nothing answers there, something else than Prefect, or Prefect of another major version.
    """
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        url = str(client.api_url.copy_with(userinfo=b"")).rstrip("/")  # it may be shown
        try:
            client.raise_for_api_version_mismatch()
        except Exception as error:  # RuntimeError for all but a wrong key
            reason = reason_of(error.__cause__ or error).partition(" for url ")[0]  # which may hold a password
            raise UserError(
                f"the Prefect server at {url} cannot be used ({reason}); start it, or mend or unset PREFECT_API_URL"
            ) from error
    return url


def wait_healthy(url: str, server: Popen[bytes], log: object) -> None:
    """Wait for a server that was started.

    Raises:
        UserError: it ended, or two minutes went by; read `log`.
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        if healthy(url):
            return
        time.sleep(0.3)
    raise UserError(f"the Prefect server did not start; read {log}")


def next_night(url: str, *, wait_s: float = 0) -> str:
    """When the next nightly runs, as `2026-11-26 02:30 Europe/Berlin, run profile demo`, or why it does not.

    Args:
        url: of the server's API.
        wait_s: how long the scheduler may take to make the run; a started server needs seconds.
    """
    from flows.params import NightlyParams

    nightly = {"tags": {"all_": ["nightly"]}}
    deployed = {found["id"]: found for found in ask(url, "deployments/filter", deployments=nightly)}
    if not any(_active(found) for found in deployed.values()):
        return "none, its schedule is paused"
    deadline = time.monotonic() + wait_s
    while not (runs := ask(url, "flow_runs/filter", flow_runs=_SCHEDULED, deployments=nightly, sort=_SOONEST, limit=1)):
        if time.monotonic() > deadline:
            return UNSCHEDULED
        time.sleep(1)
    at = datetime.fromisoformat(runs[0]["expected_start_time"])
    zones = [entry["schedule"].get("timezone") for entry in deployed[runs[0]["deployment_id"]]["schedules"]]
    zone = next(filter(None, zones), "UTC")
    profile = runs[0]["parameters"].get("profile", NightlyParams().profile)
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}, run profile {profile}"


def _active(deployment: dict[str, Any]) -> bool:
    return not deployment["paused"] and any(schedule["active"] for schedule in deployment["schedules"])


def bury_runs(url: str, worker: str) -> int:
    """Crash every deployed run that is under way, and its parts, and free its place; how many.

    A run left PENDING would otherwise hold the one place of the nightly, and every later night would be cancelled. What
    the living workers of other homes and hosts run at the same server is theirs.

    Args:
        url: of the server's API.
        worker: the name of this home's, which does not live now.
    """
    pool = {"name": {"any_": [POOL]}}
    living = ask(url, f"work_pools/{POOL}/workers/filter", workers={"status": {"any_": ["ONLINE"]}})
    others = {found["name"] for found in living} - {worker}
    going = ask(url, "flow_runs/filter", flow_runs=_GOING, work_pools=pool)
    theirs = [run for run in going if others and run["labels"].get(_WORKER) in {None, *others}]
    runs = [run for run in going if run not in theirs]
    if runs:
        parents = {"parent_flow_run_id": {"any_": [run["id"] for run in runs]}}
        runs += ask(url, "flow_runs/filter", flow_runs=_GOING | parents)
    for run in runs:
        ask(url, f"flow_runs/{run['id']}/set_state", state=_DEAD, force=True)
    for deployment in ask(url, "deployments/filter", work_pools=pool):
        limit = deployment["global_concurrency_limit"]
        held = sum(run["deployment_id"] == deployment["id"] for run in theirs)
        if limit and limit["active_slots"] > held:
            ask(url, f"v2/concurrency_limits/{limit['id']}", method="PATCH", active_slots=held)
    return len(runs)
