"""A lake that cannot be used: one sentence that says what to mend, and nothing is made."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.test_lake import warehouse_found, with_database
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.lake import check_lake
from warehouse.query import run_named
from warehouse.settings import check_settings

pytest.importorskip("duckdb_extension_ducklake", reason="DuckDB's extension is not installed: pip install -e '.[lake]'")
psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[lake]'")


def test_a_lake_that_is_not_made_yet_has_no_past(
    lake: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", with_database(address, "unmade"))
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "unmade"))
    with pytest.raises(UserError, match=r"is not made yet, so there is nothing as of 2001-01-01 00:00:00 UTC$"):
        run_named("models", datetime(2001, 1, 1))
    assert warehouse_found()[0]
    assert not (tmp_path / "unmade" / "lake").exists()


def test_only_a_storage_that_is_another_is_blamed_for_it_and_nothing_is_made_there(
    lake: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read("select 1")
    with psycopg.connect(address.removeprefix("ducklake:postgres:"), autocommit=True) as con:
        con.execute(psycopg.sql.SQL("create role guest login password {}").format(os.environ["PGPASSWORD"]))
    with monkeypatch.context() as patch:
        patch.setenv("CONCERTINO_WAREHOUSE", address.replace("user=prefect", "user=guest"))
        ok, detail = warehouse_found()
        assert (ok, "permission denied" in detail, detail.endswith("; mend that")) == (False, True, True), detail
    for name, value in (("STORAGE", (tmp_path / "there").as_uri()), ("HOME", str(tmp_path / "there"))):
        with monkeypatch.context() as patch:
            patch.setenv(f"CONCERTINO_{name}", value)
            with pytest.raises(UserError, match=r"set CONCERTINO_STORAGE \(without one, CONCERTINO_HOME\) to what it"):
                check_lake()
        assert not list(tmp_path.rglob("lake"))


def test_a_database_that_is_not_there_is_one_sentence(
    lake: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = (lambda: read("select 1"), lambda: run_named("models", datetime.now(UTC)), check_lake)
    with monkeypatch.context() as patch:
        patch.setenv("CONCERTINO_WAREHOUSE", address.replace("dbname=postgres", "dbname='no lake'"))
        for use in uses:
            with pytest.raises(
                UserError, match=r"\"no lake\" does not exist\); make it with `createdb 'no lake'`, and"
            ):
                use()
    assert warehouse_found()[0]
    monkeypatch.setenv("PGPASSWORD", "wrong")
    for use in uses:
        with pytest.raises(UserError, match=r"the lake .* password authentication failed"):
            use()
    ok, detail = warehouse_found()
    assert not ok
    assert "set PGPASSWORD right" in detail


WRONG = [
    ("warehouse.duckdb", "is like ducklake:postgres:dbname=lake"),
    ("md:lake", "that is no DuckLake's address"),
    ("ducklake:sqlite:lake.db", "that is no DuckLake's address"),
    ("ducklake:postgres:", "that is no DuckLake's address"),
    ("ducklake:postgres:host=db", "that is no DuckLake's address"),
    ("ducklake:postgres:dbname=lake nonsense", "that is no DuckLake's address"),
    ("ducklake:postgres:dbname='lake", "that is no DuckLake's address"),
    ("ducklake:postgres:dbname=lake password=s3cret", "set PGPASSWORD or ~/.pgpass instead"),
    ("ducklake:postgres:dbname=lake PASSWORD = 's3 cret'", "set PGPASSWORD or ~/.pgpass instead"),
    ("ducklake:postgres:postgresql://me:s3/cret@db/lake", "that is no DuckLake's address"),
]


@pytest.mark.parametrize(("address", "words"), WRONG)
def test_an_address_that_is_none_is_told_without_its_password(
    address: str, words: str, absent_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", address)
    with pytest.raises(UserError, match=re.escape(words)) as caught:
        check_settings()
    assert "CONCERTINO_WAREHOUSE is '" in str(caught.value)
    assert "cret" not in str(caught.value)
    assert not absent_home.exists()


def test_an_extension_that_is_missing_is_named(absent_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_WAREHOUSE", "ducklake:postgres:dbname='the lake' host=localhost")
    monkeypatch.setattr("duckdb.__version__", "1.9.9")
    with pytest.raises(UserError, match=r"extension ducklake for version 1\.9\.9, which is not installed; pip install"):
        read("select 1")
