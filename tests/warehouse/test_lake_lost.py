"""A lake's PostgreSQL that ends sessions: one sentence with its reason, nothing half-written, nothing set aside."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.fill import fill, questions
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.lake import as_of
from warehouse.query import run_named
from warehouse.transfer import export_warehouse, import_warehouse
from warehouse.writer import load_landing

pytest.importorskip("duckdb_extension_ducklake", reason="DuckDB's extension is not installed: pip install -e '.[lake]'")
psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[lake]'")
LOST = "PostgreSQL: (server closed the connection unexpectedly|the connection was lost)"


def cut(address: str) -> int:
    """End every other session of the lake's PostgreSQL, as its restart would; how many there were."""
    with psycopg.connect(address.removeprefix("ducklake:postgres:"), autocommit=True) as con:
        return con.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
            "where backend_type = 'client backend' and pid <> pg_backend_pid()"
        ).fetchone()[0]


def test_a_lake_whose_idle_sessions_were_ended_is_read_and_written_on(lake: Path, address: str) -> None:
    fill(question=questions("idle"))
    n = read("select count(*) from question").item()
    assert cut(address)
    assert read("select count(*) from question").item() == n
    assert cut(address)
    fill(question=questions("idle too"))
    assert read("select count(*) from question").item() == n + 1


def test_a_cut_connection_is_one_sentence_and_leaves_nothing_half_written(lake: Path, address: str) -> None:
    before = read("select count(*) from split").item()

    def work(last: str) -> None:
        with connection("writing") as con:
            con.begin()
            con.execute("insert into split values ('s', 'q', 'test')")
            cut(address)
            con.execute(last)
            con.commit()

    for last in ("select 1", "select * from score", "insert into split values ('s', 'r', 'test')", "rollback"):
        with pytest.raises(UserError, match=rf"cannot use the lake .* \({LOST}\); mend that, and the same command"):
            work(last)
        assert read("select count(*) from split").item() == before


def cut_under(place: str, address: str, patch: pytest.MonkeyPatch) -> None:
    """Cut all sessions when a function is called for the first time."""
    path, _, name = place.rpartition(".")
    called = getattr(import_module(path), name)

    def cut_first(*arguments: Any) -> Any:
        patch.undo()
        assert cut(address)
        return called(*arguments)

    patch.setattr(place, cut_first)


@pytest.mark.parametrize("place", ["_load_files", "_insert"])
def test_a_cut_under_a_load_is_told_as_such_and_sets_no_row_aside(
    place: str, lake: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(question=questions("before"))
    n = read("select count(*) from question").item()
    with monkeypatch.context() as patch:
        cut_under(f"warehouse.writer.{place}", address, patch)
        with pytest.raises(UserError, match=rf"cannot use the lake .* \({LOST}\); mend that, and the same command"):
            fill(question=questions(f"under {place}"))
    assert load_landing() == {"question": 1}
    assert read("select count(*) from question").item() == n + 1
    assert read("select count(*) from quarantine").item() == 0


def test_a_cut_under_an_import_is_not_told_as_damage(
    lake: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(question=questions("kept"))
    folder, counts = export_warehouse("cut")
    with psycopg.connect(address.removeprefix("ducklake:postgres:"), autocommit=True) as con:
        con.execute("create database filled")
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path))
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", address.replace("dbname=postgres", "dbname=filled"))
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "cut").symlink_to(folder)
    with monkeypatch.context() as patch:
        cut_under("warehouse.transfer._fill", address, patch)
        with pytest.raises(UserError, match=rf"cannot use the lake .* \({LOST}\); mend that, and the same command"):
            import_warehouse("cut")
    assert import_warehouse("cut") == counts


def test_a_cut_under_a_question_about_then_is_told_as_such(
    lake: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_now(number: int) -> int:
        return number + cut(address)

    @contextmanager
    def opened(moment: datetime) -> Iterator[Any]:
        with as_of(moment) as con:
            con.create_function("cut_now", cut_now, side_effects=True)
            yield con

    fill(question=questions("then"))
    monkeypatch.setattr("warehouse.query.as_of", opened)
    monkeypatch.setattr("warehouse.query.sql_files", lambda _: {"models": "select cut_now(1)"})
    with pytest.raises(UserError, match=rf"^the query failed: {LOST}$"):
        run_named("models", datetime.now(UTC))
