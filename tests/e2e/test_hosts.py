"""Three workers that share the named services and nothing else: the leaderboard of one process, to the last digit."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from flows.run import run
from tests.local_servers import chroma_server, postgres, s3_bucket
from tests.running_apart import hosts
from tests.running_up import SMALL, Running, deployment, final_state, post
from warehouse.connect import read
from warehouse.query import run_sql

pytest.importorskip("duckdb_extension_ducklake", reason="DuckDB's extension is not installed: pip install -e '.[lake]'")
pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[lake]'")
pytestmark = pytest.mark.e2e
PASSWORD = "between-us-4711"
HOSTS = {"north": 0o077, "south": 0o027, "west": 0o002}  # and their umasks
STAGES = (("north", "ingest/read-answers"), ("south", "collect/ask-models"), ("west", "run/all-stages-once"))
BOARD = "select * exclude (run_id, evaluated_at, code_version) from leaderboard order by all"
RECORDED = """
title: recorded answers and costs of 11 models on one task of RouterBench
source: recorded
path: routerbench_slices.parquet
datasets: [routerbench-mbpp]
pool: routerbench-slices
score_mode: recorded
presets: [smcs-select]
seeds: [0]
"""
PROFILES = {"demo": SMALL, "real": RECORDED}


def a_home(folder: Path) -> Path:
    """A home with the profiles' files, which every host has to have."""
    (folder / "profiles" / "runs").mkdir(parents=True)
    for name, profile in PROFILES.items():
        (folder / "profiles" / "runs" / f"{name}.yaml").write_text(profile + "routers: [knn]\n")
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
    with hosts(base, database) as there:
        server = there.server()
        there.deploy(a_home(base / "deploys" / "home"))
        for host, umask in HOSTS.items():
            there.worker(host, "--work-queue", host, home=a_home(base / host / "home"), umask=umask)
        yield Running(there.url, there.environment, base, server)


def run_apart(base: Path, running: Running, profile: str) -> None:
    """Stages on their hosts, one after the other, as parts of one run; what is there already is not done again."""
    parameters = {"profile": profile}
    for host, name in STAGES:
        there, asked = deployment(running, name)["id"], {"work_queue_name": host, "parameters": parameters}
        flow_run = post(running, f"deployments/{there}/create_flow_run", **asked)["id"]
        assert final_state(running, flow_run, 1800) == "Completed", (base / host / "log").read_text()[-4000:]
        parameters.setdefault("run_id", read("select run_id from run").item())


@pytest.mark.parametrize("profile", PROFILES)
def test_workers_that_share_only_services_make_the_leaderboard_of_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str, request: pytest.FixtureRequest
) -> None:
    if profile == "real":
        request.getfixturevalue("recorded")
    monkeypatch.setenv("CONCERTINO_HOME", str(a_home(tmp_path / "alone")))
    run(profile=profile)
    alone = run_sql(BOARD)
    (tmp_path / "chroma").mkdir()
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "reader"))
    with services(tmp_path / "chroma") as database:
        with started(tmp_path, database) as running:
            run_apart(tmp_path, running, profile)
        assert run_sql(BOARD).equals(alone)
    assert len(alone) > 20
    for host in HOSTS:
        left = {path.name for path in (tmp_path / host / "home").rglob("*") if path.is_file()}
        assert "warehouse.duckdb" not in left
        assert not list((tmp_path / host / "home" / "landing").rglob("*.parquet"))
