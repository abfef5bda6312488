"""Three workers that share the named services and nothing else: the leaderboard of one process, to the last digit."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from flows.command.server import healthy
from flows.run import run
from tests.local_servers import chroma_server, free_port, postgres, s3_bucket
from tests.running_up import SMALL, Running, deployment, final_state, post, wait_for
from warehouse.connect import read
from warehouse.query import run_sql

pytest.importorskip("duckdb_extension_ducklake", reason="DuckDB's extension is not installed: pip install -e '.[lake]'")
pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[lake]'")
pytestmark = pytest.mark.e2e
PASSWORD = "between-us-4711"
ROOT = Path(__file__).parents[2]
HOSTS = {"north": 0o077, "south": 0o027, "west": 0o002}  # and their umasks
STAGES = (("north", "ingest/read-answers"), ("south", "collect/ask-models"), ("west", "run/all-stages-once"))
BOARD = "select * exclude (run_id, evaluated_at, code_version) from leaderboard order by all"
PROFILE = SMALL + "routers: [knn]\n"


def a_home(folder: Path) -> Path:
    """A home with the profile's file, which every host has to have."""
    (folder / "profiles" / "runs").mkdir(parents=True)
    (folder / "profiles" / "runs" / "demo.yaml").write_text(PROFILE)
    return folder


@contextmanager
def services(folder: Path) -> Iterator[str]:
    """PostgreSQL, S3 and Chroma, which this process and its children use; the database for Prefect's server."""

    async def make(port: str) -> None:
        server = await asyncpg.connect(host="127.0.0.1", port=int(port), user="prefect", database="postgres")
        await server.execute("create database lake")
        await server.close()

    with (
        pytest.MonkeyPatch.context() as patch,
        postgres(PASSWORD) as address,
        s3_bucket() as bucket,
        chroma_server(folder) as chroma,
    ):
        port = address.rpartition(":")[2].partition("/")[0]
        patch.setenv("PGPASSWORD", PASSWORD)
        asyncio.run(make(port))
        patch.setenv("CONCERTINO_WAREHOUSE", f"ducklake:postgres:dbname=lake host=127.0.0.1 port={port} user=prefect")
        patch.setenv("CONCERTINO_STORAGE", f"{bucket}/team")
        patch.setenv("CONCERTINO_CHROMA", chroma)
        yield address


@contextmanager
def started(base: Path, database: str) -> Iterator[Running]:
    """Prefect's server, the deployments, and a worker per host that takes what is in the queue of its name."""
    port, log = free_port(), base / "server" / "log"
    url = f"http://127.0.0.1:{port}/api"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    environment |= {"PREFECT_SERVER_DATABASE_CONNECTION_URL": database, "PREFECT_API_URL": url}
    environment |= {"PREFECT_WORKER_QUERY_SECONDS": "3"}
    with ExitStack() as running:

        def start(host: str, *command: object, umask: int = 0o022) -> subprocess.Popen[bytes]:
            folder = base / host
            own = {"HOME": str(folder), "CONCERTINO_HOME": str(a_home(folder / "home"))}
            (folder / "elsewhere").mkdir()
            there: Any = {"cwd": folder / "elsewhere", "env": environment | own, "umask": umask}
            with (folder / "log").open("wb") as output:
                line = [sys.executable, "-m", *map(str, command)]
                process = subprocess.Popen(line, stdout=output, stderr=output, **there)
            running.callback(process.wait, 60)
            running.callback(process.terminate)
            return process

        server = start("server", "prefect", "server", "start", "--port", port)
        wait_for(lambda: healthy(url), 300, log)
        assert start("deploys", "flows.command.deploy", ROOT / "prefect.yaml").wait(300) == 0
        worker = ("prefect", "worker", "start", "--pool", "concertino", "--work-queue")
        for host, umask in HOSTS.items():
            start(host, *worker, host, umask=umask)
        yield Running(url.removesuffix("/api"), environment, base, server)


def run_apart(base: Path, running: Running) -> None:
    """Stages on their hosts, one after the other, as parts of one run; what is there already is not done again."""
    parameters: dict[str, str] = {}
    for host, name in STAGES:
        there, asked = deployment(running, name)["id"], {"work_queue_name": host, "parameters": parameters}
        flow_run = post(running, f"deployments/{there}/create_flow_run", **asked)["id"]
        assert final_state(running, flow_run, 1800) == "Completed", (base / host / "log").read_text()[-4000:]
        parameters.setdefault("run_id", read("select run_id from run").item())


def test_workers_that_share_only_services_make_the_leaderboard_of_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCERTINO_HOME", str(a_home(tmp_path / "alone")))
    run(profile="demo")
    alone = run_sql(BOARD)
    (tmp_path / "chroma").mkdir()
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "reader"))
    with services(tmp_path / "chroma") as database:
        with started(tmp_path, database) as running:
            run_apart(tmp_path, running)
        assert run_sql(BOARD).equals(alone)
    assert len(alone) > 20
    for host in HOSTS:
        left = {path.name for path in (tmp_path / host / "home").rglob("*") if path.is_file()}
        assert "warehouse.duckdb" not in left
        assert not list((tmp_path / host / "home" / "landing").rglob("*.parquet"))
