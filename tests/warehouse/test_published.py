import os
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

import warehouse.published
from tests.fill import fill, questions
from warehouse.connect import published, read
from warehouse.errors import UserError
from warehouse.published import publish, published_counts
from warehouse.query import run_sql
from warehouse.runs import start_run
from warehouse.settings import settings


def test_before_publishing_the_message_says_what_to_run(home: Path) -> None:
    with pytest.raises(UserError, match="concertino publish"), published():
        pass


def test_the_copy_has_every_table_with_every_row_and_every_view(home: Path) -> None:
    fill(question=questions("q1", "q2"))
    seen: list[tuple[int, int]] = []
    counts = publish(progress=lambda done, of: seen.append((done, of)))
    assert seen == [(done, len(seen)) for done in range(1, len(seen) + 1)]
    assert len(seen) > len(counts)
    assert counts["question"] == 2
    objects = "select table_name from information_schema.tables where table_schema = 'main' order by table_name"
    assert run_sql(objects).rows() == read(objects).rows()
    noted = published_counts()
    assert dict(noted.rows()) == dict.fromkeys(counts, 0)
    assert run_sql("select n_row from publication where table_name = 'question'").item() == 2


def test_the_run_that_publishes_is_completed_in_the_copy_and_others_go_on(home: Path) -> None:
    for run_id in ("publishes", "another"):
        start_run(run_id, "run", parameters={})
    publish("publishes", "1 of 9 requests got no whole answer")
    found = run_sql(
        "select run_id, status, message, finished_at >= started_at as ended from run order by run_id"
    ).rows()
    assert found == [
        ("another", "running", None, None),
        ("publishes", "completed", "1 of 9 requests got no whole answer", True),
    ]
    assert read("select distinct status from run").item() == "running", "until it is over"


def test_rows_that_come_later_do_not_count_as_missing(home: Path) -> None:
    fill(question=questions("q1"))
    publish()
    fill(question=questions("q2"))
    assert published_counts()["n_missing"].sum() == 0


def test_the_copy_and_its_views_are_read_by_a_client_of_duckdb_1_4(home: Path) -> None:
    client = Path(sys.prefix) / "duckdb-1.4"
    if not client.exists():
        pytest.skip(f"DuckDB 1.4 is not at {client}; .ci/run installs it")
    fill(question=questions("q1"))
    publish()
    code = """
import duckdb, os, sys
con = duckdb.connect(os.environ["COPY"], read_only=True)
views = [name for (name,) in con.execute("select view_name from duckdb_views() where not internal").fetchall()]
for name in views:
    con.execute(f"select * from {name}").fetchall()
print(duckdb.__version__, len(views), con.execute("select count(*) from question").fetchone()[0])
"""
    environment = os.environ | {"COPY": str(settings().published), "PYTHONPATH": str(client)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    version, n_view, n_question = told.stdout.split()
    assert version.startswith("1.4.")
    assert int(n_view) > 10
    assert n_question == "1"


def test_every_table_view_and_column_of_the_copy_says_what_it_is(home: Path) -> None:
    publish()
    for kind in ("duckdb_tables", "duckdb_views", "duckdb_columns"):
        found = run_sql(f"select * from {kind}() where not internal")
        assert len(found) > 10
        silent = found.filter(pl.col("comment").fill_null("") == "")
        assert silent.rows() == []
    said = run_sql(
        "select comment from duckdb_columns() where table_name = 'leaderboard' and column_name = 'ci_low'"
    ).item()
    assert said == "of the 95 % interval"


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


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows in their order, the views, and what all of it means; moments of publishing left out."""
    with published() as con:
        names = con.execute("select table_name from duckdb_tables() order by table_name").fetchall()
        found = {name: con.execute(f"select * from {name}").fetchall() for (name,) in names if name != "publication"}
        found["columns"] = con.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() where not internal order by all"
        ).fetchall()
        views = "select view_name, sql, comment from duckdb_views() where not internal order by all"
        found["views"] = con.execute(views).fetchall()
        found["tables"] = con.execute("select table_name, comment from duckdb_tables() order by all").fetchall()
    return found


def score(response: str, value: float) -> dict[str, object]:
    return {"response_id": response, "scorer": "s", "scorer_version": "1", "mode": "fixed", "score": value}


def test_a_copy_brought_up_to_date_is_a_copy_made_anew(home: Path) -> None:
    fill(question=questions("q1", "q2"), score=[score("r1", 0.0), score("r2", 0.0)])
    start_run("first", "run", parameters={})
    publish("first", "done")
    changes = [
        {},
        {"score": [score("r3", 1.0)]},
        {"score": [score("r1", 1.0), score("r4", 0.5)], "call": [{"call_id": "c"}]},
        {"question": questions("q3")},
    ]
    for change in changes:
        fill(**change)
        publish()
        brought = everything()
        settings().published.unlink()
        publish()
        assert brought == everything()
    assert run_sql("select count(*) from score").item() == 4


def test_only_what_was_loaded_since_is_copied(home: Path) -> None:
    fill(question=questions("q1", "q2"), score=[score("r1", 0.0)])
    publish()
    with duckdb.connect(str(settings().published)) as copy:  # a mark that copying would wipe out
        copy.execute("update question set text = 'mark'")
        copy.execute("update score set detail = 'mark'")
    fill(score=[score("r2", 0.0)])
    publish()
    assert run_sql("select distinct text from question").item() == "mark"
    assert run_sql("select response_id, detail from score").rows() == [("r1", "mark"), ("r2", None)]
    fill(score=[score("r2", 1.0)])
    publish()
    assert run_sql("select response_id, score, detail from score").rows() == [("r1", 0.0, None), ("r2", 1.0, None)]


@pytest.mark.parametrize("kind", ["another warehouse", "rows that went", "a damaged copy", "an older schema"])
def test_a_copy_that_is_no_base_is_made_anew(kind: str, home: Path) -> None:
    fill(question=questions("q1", "q2"))
    publish()
    with duckdb.connect(str(settings().published)) as copy:
        copy.execute("update question set text = 'old'")
        if kind == "an older schema":
            copy.execute("delete from migration where name like '0165%'")
    if kind == "another warehouse":
        settings().warehouse.unlink()
        fill(question=questions("q1", "q2"))
    if kind == "rows that went":
        with duckdb.connect(str(settings().warehouse)) as con:
            con.execute("delete from question where question_id = 'q1'")
    if kind == "a damaged copy":
        settings().published.write_bytes(b"garbage" * 99_999)
    publish()
    assert "old" not in run_sql("select text from question")["text"]
