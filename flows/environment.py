"""Defaults of the libraries' environment, set before any of them is imported; what the user set wins."""

import os
import socket
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from flows.command.tether import follow, lives
from warehouse.settings import settings, writable_root

_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "GX_ANALYTICS_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # otherwise litellm fetches its price map at import
    "OMP_WAIT_POLICY": "PASSIVE",  # spinning OpenMP threads are 13 times slower on a busy machine
    "TOKENIZERS_PARALLELISM": "false",
    "ACERO_ALIGNMENT_HANDLING": "reallocate",  # else Arrow warns in the terminal of a list column that is all empty
    "DASK_LOGGING__DISTRIBUTED": "error",  # a worker that dies is started again, and said so by its chunk
    "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",  # what a server says whose database is away
    "PREFECT_WORKER_QUERY_SECONDS": "3",  # 10 by default: so long a run started in the UI may wait
    # Without batching, Prefect's SQLite server stalls for seconds after bursts of task runs.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "500",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "concertino",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",  # commands without a server
}
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def prepare() -> None:
    """Set every default that the user did not set; without a Prefect server of the user's, use ours."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    _reach_this_machine()
    if "PREFECT_API_URL" in os.environ:
        return
    if "PREFECT_HOME" not in os.environ:
        os.environ.pop("PREFECT_PROFILE", None)  # one of the user's own Prefect home
        home = writable_root() / "prefect"
        home.mkdir(parents=True, exist_ok=True)  # Prefect makes one level only, and then waits for a server in vain
        os.environ["PREFECT_HOME"] = str(home)
    if url := running_server():
        os.environ["PREFECT_API_URL"] = url
        os.environ.setdefault("CONCERTINO_REPORT_URL", note().read_text(encoding="utf-8").split()[1])


def _reach_this_machine() -> None:
    """Ask servers of this machine without the user's proxy, which cannot reach them."""
    proxied = _PROXIES & {name.lower() for name, value in os.environ.items() if value}
    spared = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").replace(" ", "").split(",")
    if proxied and "*" not in spared:
        spared += [name for name in _THIS_MACHINE if name not in spared]
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, spared))


def set_aside_damaged(database: Path) -> None:
    """Move Prefect's database away when it is damaged: it holds the UI's history and blocks, and is made anew."""
    import sqlite3

    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database)) as con:
            if con.execute("pragma quick_check(1)").fetchone() == ("ok",):
                return
    except sqlite3.OperationalError:  # locked: somebody uses it
        return
    except sqlite3.DatabaseError:
        pass
    there = database.with_suffix(f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    database.replace(there)
    for left in ("-wal", "-shm"):
        Path(f"{database}{left}").unlink(missing_ok=True)
    note = f"note: Prefect's database was damaged and is made anew; the damaged one is {there}"
    print(note, file=sys.stderr)  # noqa: T201


def running_server() -> str | None:
    """API address of the server that `concertino up` runs for this home; None when it does not answer.

    What a killed `up` left names a port that another's server may have by now.
    """
    if not note().exists():
        return None
    url, _, *owner = note().read_text(encoding="utf-8").split()
    if owner and not lives(int(owner[0])):
        return None
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=0.5).close()
    except OSError:
        return None
    return url


def note() -> Path:
    """What `concertino up` leaves: the addresses of its server and its report pages, the number of its process."""
    return settings().root / "prefect" / "server.url"


def dask_setup(worker: object) -> None:
    """Called by Dask in a worker that begins: it keeps the version of now, though an upgrade may change its files."""
    from warehouse.runs import code_version

    code_version()


prepare()
follow()
