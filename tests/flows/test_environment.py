"""What Prefect is told before it is imported, and what is done about its database before its server starts."""

import os
import socket
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from flows.environment import set_aside_damaged
from tests.damage import DAMAGE
from tests.local_openai import local_openai


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "prefect.db")) as con:
        numbers = "with recursive n(i) as (select 1 union all select i + 1 from n limit 9999)"
        con.execute(f"create table flow_run as {numbers} select i, hex(randomblob(20)) as name from n")
        con.commit()
    return tmp_path / "prefect.db"


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_set_aside_and_told(
    database: Path, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(database)
    content = database.read_bytes()
    Path(f"{database}-wal").write_bytes(b"of the damaged one")
    set_aside_damaged(database)
    assert not database.exists()
    (kept,) = database.parent.glob("prefect.damaged-*")
    assert kept.read_bytes() == content
    assert not Path(f"{database}-wal").exists(), "it would be read into the new one"
    assert str(kept) in capsys.readouterr().err


def test_a_sound_database_stays_also_while_somebody_writes(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("begin exclusive")
        set_aside_damaged(database)
    set_aside_damaged(database)
    set_aside_damaged(database.with_name("none.db"))
    assert [path.name for path in database.parent.iterdir()] == ["prefect.db"]
    assert capsys.readouterr().err == ""


def test_prefect_takes_our_defaults_and_the_users_win(tmp_path: Path) -> None:
    read = "from prefect.settings import get_current_settings as now; print(now().worker.query_seconds)"
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own |= {"CONCERTINO_HOME": str(tmp_path)}
    for given, wanted in (({}, "3.0"), ({"PREFECT_WORKER_QUERY_SECONDS": "7"}, "7.0")):
        assert _said(read, own | given) == wanted


def test_arrow_says_nothing_of_where_a_buffer_lies(capfd: pytest.CaptureFixture[str]) -> None:
    """Where Polars puts a column of one row is luck; Arrow warned of it in the terminal."""
    odd = pa.py_buffer(b"\0" * 4 + struct.pack("<2q", 1, 2)).slice(4)
    table = pa.table({"n": pa.Array.from_buffers(pa.int64(), 2, [None, odd])})
    with duckdb.connect() as con:
        con.register("odd", table)
        assert con.execute("select n from odd where n > 1").fetchall() == [(2,)]
    assert capfd.readouterr().err == ""


def test_the_server_of_a_living_up_is_used_also_with_a_prefect_home_of_the_users(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own |= {"CONCERTINO_HOME": str(tmp_path), "PREFECT_HOME": str(tmp_path / "mine")}
    (tmp_path / "prefect").mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with socket.create_server(("127.0.0.1", 0)) as server:  # another's, where the `up` that had the port has ended
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api"
        for owner, wanted in ((os.getpid(), url), (ended.pid, "None")):
            (tmp_path / "prefect" / "server.url").write_text(f"{url}\nhttp://127.0.0.1:1\n{owner}")
            assert _said("print(os.environ.get('PREFECT_API_URL'))", own) == wanted


@pytest.mark.parametrize(
    ("given", "spared"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://127.0.0.1:9"}, "localhost,127.0.0.1,::1"),
        ({"https_proxy": "http://127.0.0.1:9", "NO_PROXY": "hub, 127.0.0.1"}, "hub,127.0.0.1,localhost,::1"),
        ({"ALL_PROXY": "http://127.0.0.1:9", "no_proxy": "*"}, "*"),
    ],
)
def test_servers_of_this_machine_are_asked_without_a_proxy(
    given: dict[str, str], spared: str | None, tmp_path: Path
) -> None:
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    own |= {"CONCERTINO_HOME": str(tmp_path), **given}
    assert _said("print(os.environ.get('no_proxy'))", own) == str(spared)


def test_init_asks_a_server_of_this_machine_past_a_proxy_that_is_gone(tmp_path: Path) -> None:
    with local_openai() as server:
        server.offers = ["small"]
        done = subprocess.run(
            [Path(sys.executable).with_name("concertino"), "init", "mine", "--from-litellm", server.api_base, "--json"],
            env=os.environ | {"CONCERTINO_HOME": str(tmp_path), "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""},
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "small" in (tmp_path / "profiles" / "pools" / "mine.yaml").read_text(encoding="utf-8")


def test_a_profile_of_the_users_own_prefect_home_is_not_looked_for_in_ours(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own |= {"CONCERTINO_HOME": str(tmp_path), "PREFECT_PROFILE": "work"}
    assert _said("import prefect.context", own) == ""


def _said(code: str, environment: dict[str, str]) -> str:
    """What a process prints, on either stream, that prepares its environment first."""
    command = [sys.executable, "-c", f"import flows.environment, os; {code}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).strip()
