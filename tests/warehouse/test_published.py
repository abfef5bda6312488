import os
import subprocess
import sys
from pathlib import Path

import pytest

import warehouse.published
from tests.fill import fill, questions
from warehouse.connect import published, read
from warehouse.errors import UserError
from warehouse.published import publish, published_counts
from warehouse.query import run_sql
from warehouse.settings import settings


def test_before_publishing_the_message_says_what_to_run(home: Path) -> None:
    with pytest.raises(UserError, match="concertino publish"), published():
        pass


def test_the_copy_has_every_table_with_every_row_and_every_view(home: Path) -> None:
    fill(question=questions("q1", "q2"))
    counts = publish()
    assert counts["question"] == 2
    objects = "select table_name from information_schema.tables where table_schema = 'main' order by table_name"
    assert run_sql(objects).rows() == read(objects).rows()
    noted = published_counts()
    assert dict(noted.rows()) == dict.fromkeys(counts, 0)
    assert run_sql("select n_row from publication where table_name = 'question'").item() == 2


def test_rows_that_come_later_do_not_count_as_missing(home: Path) -> None:
    fill(question=questions("q1"))
    publish()
    fill(question=questions("q2"))
    assert published_counts()["n_missing"].sum() == 0


def test_the_copy_can_be_read_by_a_client_of_duckdb_1_5(home: Path) -> None:
    publish()
    header = settings().published.read_bytes()[:64]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") < 69  # 1.5 reads versions up to 68


def test_a_reader_keeps_its_copy_while_a_new_one_is_swapped_in(home: Path) -> None:
    fill(question=questions("q1"))
    publish()
    code = """
import duckdb, os
con = duckdb.connect(os.environ["COPY"], read_only=True)
for _ in range(2):
    print(con.execute("select count(*) from question").fetchone()[0], flush=True)
    input()
"""
    reader = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"COPY": str(settings().published)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdin is not None
    assert reader.stdout.readline() == "1\n"
    fill(question=questions("q2", "q3"))
    publish()
    assert run_sql("select count(*) from question").item() == 3
    reader.stdin.write("\n")
    reader.stdin.flush()
    assert reader.stdout.readline() == "1\n"
    reader.communicate("\n", timeout=30)
    assert not settings().published.with_suffix(".tmp").exists()


def test_an_incomplete_copy_is_not_swapped_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(question=questions("q1"))
    publish()
    fill(question=questions("q2"))
    counts = iter(range(10_000))
    monkeypatch.setattr(warehouse.published, "_count", lambda con, table: next(counts))
    with pytest.raises(RuntimeError, match="nothing was swapped"):
        publish()
    assert run_sql("select count(*) from question").item() == 1
    assert not settings().published.with_suffix(".tmp").exists()
