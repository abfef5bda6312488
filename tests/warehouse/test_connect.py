import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from warehouse.connect import connection, exclusive, read, rows
from warehouse.errors import ConcertinoError, UserError, WarehouseLocked
from warehouse.settings import settings


@contextmanager
def _other_process(code: str, home: Path) -> Iterator[int]:
    """Another process that has run `code` and now waits; its process id."""
    other = subprocess.Popen(
        [sys.executable, "-c", f"{code}\n    print('ready', flush=True)\n    input()"],
        env=os.environ | {"CONCERTINO_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        yield other.pid
    finally:
        other.communicate("\n", timeout=30)


def test_parameters_are_values_never_sql(home: Path) -> None:
    text = "'; drop table question; --"
    assert read("select $x as x", {"x": text}).item() == text
    assert rows("question", datasets=["nothing-*"]).is_empty()


def test_a_held_warehouse_says_by_whom_and_what_to_open(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read("select 1")
    monkeypatch.setenv("CONCERTINO_LOCK_WAIT_S", "0.2")
    code = "from warehouse.connect import exclusive\nwith exclusive('counting stars'):"
    with _other_process(code, home) as pid:
        with pytest.raises(WarehouseLocked) as caught:
            read("select 1")
        for part in (f"process {pid}", "counting stars", str(settings().published)):
            assert part in str(caught.value)
    assert read("select 1 as x").item() == 1


def test_a_killed_holder_blocks_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_LOCK_WAIT_S", "5")
    code = "from warehouse.connect import exclusive\nimport os\nwith exclusive('dying'):\n    os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False)
    assert read("select 1 as x").item() == 1


def test_a_client_that_has_the_writers_file_open_is_told_apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read("select 1")
    monkeypatch.setenv("CONCERTINO_LOCK_WAIT_S", "0.2")
    code = f"import duckdb\nwith duckdb.connect({str(settings().warehouse)!r}) as con:"
    with _other_process(code, home) as pid:
        with pytest.raises(WarehouseLocked) as caught:
            read("select 1")
        assert str(settings().warehouse) in str(caught.value)
        assert str(settings().published) in str(caught.value)
        assert re.search(rf"PID {pid}\b", str(caught.value))


def test_a_file_that_is_no_database_is_named(home: Path) -> None:
    settings().warehouse.write_bytes(b"not a database" * 1000)
    with pytest.raises(UserError, match=re.escape(str(settings().warehouse))):
        read("select 1")


@pytest.mark.parametrize("sign", ["Too many open files", "Permission denied", "Cannot allocate memory"])
def test_a_warehouse_that_is_not_damaged_is_not_to_be_put_back(sign: str, home: Path) -> None:
    with pytest.raises(UserError, match=f"{sign}.*mend that, and the same command") as told, connection("test"):
        raise duckdb.IOException(f'IO Error: Cannot open file "warehouse.duckdb.wal": {sign}')
    assert "cp " not in str(told.value)


def test_memory_that_is_not_to_be_had_is_one_sentence(home: Path) -> None:
    with pytest.raises(ConcertinoError, match="not enough memory") as told, connection("test"):
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate\n\nPossible solutions:\n* buy some")
    assert "\n" not in str(told.value)


def test_connections_nest_and_threads_take_turns(home: Path) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with connection("outer") as con, exclusive("inner"):
                con.execute("insert into split values ('s', $q, 'test')", {"q": str(number)})
                assert read("select count(*) from split where question_id = $q", {"q": str(number)}).item() == 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert read("select count(*) from split").item() == 8


def test_a_failure_inside_leaves_nothing_behind(home: Path) -> None:
    def work() -> None:
        with connection("outer") as con:
            con.begin()
            con.execute("insert into split values ('s', 'q', 'test')")
            raise KeyError("wrong")

    with pytest.raises(KeyError):
        work()
    assert read("select count(*) from split").item() == 0
    code = f"import duckdb\nwith duckdb.connect({str(settings().warehouse)!r}) as con:"
    with _other_process(code, home):
        pass  # nobody has the file open


def test_a_home_may_have_any_name_and_another_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, rows_before in (("it's; here", 0), ('"two"', 0), ("it's; here", 1)):
        monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / name))
        assert read("select count(*) from split").item() == rows_before
        with connection("writing") as con:
            con.execute("insert into split values ('s', 'q', 'test')")


def test_only_a_new_connection_is_needed_to_see_todays_schema(absent_home: Path) -> None:
    settings().root.mkdir(parents=True)
    with duckdb.connect(str(settings().warehouse)) as con:
        con.execute("create table stranger (x integer)")
    assert read("select count(*) from leaderboard").item() == 0


def test_a_new_warehouse_is_compact_and_an_older_one_stays_as_it_is(home: Path) -> None:
    def version() -> str:
        return str(
            read("select tags['storage_version'] as v from duckdb_databases() where database_name = 'warehouse'").item()
        )

    assert version() == "v1.4.0+"
    settings().warehouse.unlink()
    duckdb.connect(settings().warehouse, config={"storage_compatibility_version": "v1.0.0"}).close()
    assert version().startswith("v1.0.0")
    assert rows("question", datasets=["*"]).is_empty()  # its tables were made
