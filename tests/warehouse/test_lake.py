"""The warehouse as a DuckLake on a real PostgreSQL: what the file does, and what was."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from fsspec.core import url_to_fs

from flows.command.doctor import examine
from profiles.schema import Pool
from tasks.collect import collection, lake_claims
from tasks.collect.client import Client
from tasks.collect.plan import questions_of, requests_for
from tests.fill import fill, questions, response, score
from tests.local_openai import local_openai
from tests.local_servers import s3_bucket
from warehouse.alive import claim_run, release_run
from warehouse.catalog import Catalog
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.lake import hold_run
from warehouse.published import publish
from warehouse.query import run_named, run_sql
from warehouse.runs import close_dead_runs, finish_run, start_run
from warehouse.settings import settings
from warehouse.tables import TABLES
from warehouse.transfer import export_warehouse, import_warehouse

pytest.importorskip("duckdb_extension_ducklake", reason="DuckDB's extension is not installed: pip install -e '.[lake]'")
psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[lake]'")
PRICES = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}


def warehouse_found() -> tuple[bool, str]:
    """What `concertino doctor` says of it."""
    return next((found.ok, found.detail) for found in examine() if found.what == "warehouse")


def with_database(address: str, name: str) -> str:
    """The address of a lake in a new database."""
    with psycopg.connect(address.removeprefix("ducklake:postgres:"), autocommit=True) as con:
        con.execute(f"create database {name}")
    return address.replace("dbname=postgres", f"dbname={name}")


def everything() -> dict[str, list[tuple[object, ...]]]:
    with connection("comparing") as con:
        return {name: sorted(con.execute(f"select * from {name}").fetchall(), key=repr) for name in TABLES}


def test_a_lake_holds_what_a_file_holds_and_what_was(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = {
        "question": questions("q1", "q2"),
        "model": [{"model": "m1", "provider": "made"}],
        "response": [response("a1", "q1"), response("a2", "q2")],
        "score": [score("a1", 0.0), score("a2", 1.0)],
    }
    for _ in range(2):
        fill(**once)
    assert read("select count(*) from response").item() == 2
    assert not settings().warehouse.exists()
    assert list(Path(settings().lake_data).rglob("*.parquet"))
    before = publish()
    then, former = datetime.now(UTC), run_named("models")
    fill(question=questions("q3"), response=[response("a3", "q3")], score=[score("a3", 1.0)])
    assert publish() == {**before, "question": 3, "response": 3, "score": 3, "landing_file": before["landing_file"] + 3}
    assert run_named("models").rows() != former.rows()
    assert run_named("models", then).rows() == former.rows()
    too_early = r"as of 2001-01-01 00:00:00 UTC: its oldest snapshot is of 2\d{3}-[\d :-]* UTC; name a later time$"
    with pytest.raises(UserError, match=too_early):
        run_named("models", datetime(2001, 1, 1))

    board = "select * from model_leaderboard order by all"
    rows, ranks = everything(), read(board).rows()
    assert run_sql(board).rows() == ranks
    folder, _ = export_warehouse("night")
    monkeypatch.delenv("CONCERTINO_WAREHOUSE")
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path))
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "night").symlink_to(folder)
    import_warehouse("night")
    assert everything() == rows
    assert read(board).rows() == ranks
    with pytest.raises(UserError, match="only a DuckLake knows"):
        run_named("models", then)


_CUT = """
select pg_terminate_backend(pid)::text from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
"""
_A_RUN = """
import sys
from warehouse.runs import start_run
start_run("theirs", "run", parameters={}, profile="demo")
print("begun", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def homes(lake: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """Two homes with a lake of their own on S3, of which the first is set."""
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", with_database(address, "apart"))
    with s3_bucket() as bucket:
        monkeypatch.setenv("CONCERTINO_STORAGE", f"{bucket}/team")
        monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "here"))
        yield tmp_path / "here", tmp_path / "there"


def test_homes_that_share_nothing_else_have_one_lake_and_know_whose_runs_live(
    homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = homes
    fill(question=questions("q1", "q2"))
    store, root = url_to_fs(settings().lake_data)
    assert [name for name in store.find(root) if name.endswith(".parquet")]
    with subprocess.Popen(
        [sys.executable, "-c", _A_RUN],
        env=os.environ | {"CONCERTINO_HOME": str(there)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as theirs:
        assert theirs.stdout is not None
        assert theirs.stdout.readline() == b"begun\n"
        assert close_dead_runs().is_empty()
        Catalog().rows(_CUT)  # as a PostgreSQL that is started again does
        assert close_dead_runs().is_empty()
        with pytest.raises(UserError, match="run theirs is being done by another process"):
            start_run("theirs", "run", parameters={}, profile="demo")
        theirs.kill()
    assert close_dead_runs()["run_id"].to_list() == ["theirs"]
    start_run("theirs", "run", parameters={}, profile="demo")
    finish_run("theirs", "completed")
    monkeypatch.setenv("CONCERTINO_HOME", str(there))
    assert warehouse_found()[0]
    for storage in (f"{settings().storage}-other", None):
        with monkeypatch.context() as patch:
            patch.setenv("CONCERTINO_STORAGE", storage) if storage else patch.delenv("CONCERTINO_STORAGE")
            ok, detail = warehouse_found()
            assert (ok, "set CONCERTINO_STORAGE (without one," in detail) == (False, True), detail
    assert read("select count(*) from question").item() == 2
    assert read("select status from run").item() == "completed"
    assert not list(here.rglob("*.parquet"))
    store.rm(root, recursive=True)
    with pytest.raises(UserError, match=f"cannot use the lake .*{settings().lake_data}"):
        read("select * from question")


def test_other_homes_know_an_answer_before_the_last_one_is_there(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_claims, "SHARED_EVERY_S", 0.1)
    fill(
        dataset=[{"dataset": "shared", "variant": "test", "source": "test"}],
        question=questions("s1", "s2", dataset="shared"),
    )

    known = "select response_id from response where run_id = 'shared'"

    def says(body: dict[str, Any]) -> str:
        deadline = time.monotonic() + 120
        while "s2" in str(body) and read(known).is_empty():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return "so"

    with local_openai() as server:
        server.says = says
        served = {"model": "openai/m", "api_base": server.api_base, "api_key": "none", "max_parallel_requests": 1}
        listed = {"model_name": "m", "litellm_params": served, "model_info": PRICES}
        pool = Pool.model_validate({"name": "one", "model_list": [listed]})
        asked = questions_of(["shared"])
        parts = [requests_for(asked, pool)]
        assert [len(answers) for answers in collection.collected(Client(pool, "shared", 1.0), parts)] == [2]
    assert server.asked == {"m": 2}


def test_another_home_waits_for_the_lake(
    lake: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from warehouse.connect import read; read('select 1')"
    other = os.environ | {"CONCERTINO_HOME": str(tmp_path), "CONCERTINO_LOCK_WAIT_S": "0.1"}
    with connection("holding"):
        done = subprocess.run([sys.executable, "-c", code], env=other, capture_output=True, text=True, check=False)
    assert f"WarehouseLocked: the lake {address} is held from another home or host" in done.stderr
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path))
    with pytest.raises(UserError, match=r"cannot use the lake .*does not match"):
        read("select 1")  # its files are below the other home
    assert not (tmp_path / "lake").exists()


_ELSEWHERE = """
from warehouse.connect import connection
with connection("migrating") as con:
    con.execute("create or replace table later as select 7 as seven")
    con.execute("insert into migration (name, checksum) values ('9999_later', '')")
"""


def test_who_lost_its_run_to_another_home_is_told(lake: Path, caplog: pytest.LogCaptureFixture) -> None:
    read("select 1")
    assert claim_run("ours")
    with closing(Catalog()) as other:
        while not hold_run(other, "ours"):
            other.rows(_CUT)
        end = time.monotonic() + 30
        while "run ours is done by another home, too" not in caplog.text and time.monotonic() < end:
            time.sleep(0.1)
    release_run("ours")
    assert caplog.text.count("run ours is done by another home, too") == 1


def test_a_lake_that_stays_attached_is_refused_once_a_newer_version_has_migrated_it(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read("select 1")
    subprocess.run([sys.executable, "-c", _ELSEWHERE], check=True)
    with pytest.raises(UserError, match=r"does not know \(9999_later\); upgrade concertino"):
        read("select 1")
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.connect.migrate", lambda con: None)
        assert read("select seven from later").item() == 7
        with connection("restoring") as con:
            con.execute("drop table later; delete from migration where name = '9999_later'")


def test_a_lake_whose_making_was_killed_is_no_fault(lake: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", with_database(address, "begun"))
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.connect.migrate", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            read("select 1")
    assert warehouse_found()[0]
    assert read("select count(*) from question").item() == 0
