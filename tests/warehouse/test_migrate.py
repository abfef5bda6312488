from collections.abc import Iterator

import duckdb
import pytest

import warehouse.migrate
from profiles.system import System
from warehouse.errors import UserError
from warehouse.migrate import migrate, sql_files


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def _use(monkeypatch: pytest.MonkeyPatch, **folders: dict[str, str]) -> None:
    empty = {"migrations": {}, "staging": {}, "marts": {}}
    monkeypatch.setattr(warehouse.migrate, "sql_files", (empty | folders).__getitem__)


def test_every_table_of_the_loader_exists_with_its_key_columns(con: duckdb.DuckDBPyConnection) -> None:
    from warehouse.tables import TABLES

    migrate(con)
    for name, table in TABLES.items():
        columns = {column for (column, *_) in con.execute(f"describe {name}").fetchall()}
        assert set(table.key) <= columns


def test_a_second_time_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con)
    before = con.execute("select * from migration order by name").fetchall()
    migrate(con)
    assert con.execute("select * from migration order by name").fetchall() == before
    assert len(before) == len(sql_files("migrations")) + 1  # the views are one


def test_an_edited_migration_is_refused(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, migrations={"0001_a": "create table a (x integer)"})
    migrate(con)
    _use(monkeypatch, migrations={"0001_a": "create table a (x bigint)"})
    with pytest.raises(UserError, match="0001_a was changed"):
        migrate(con)


def test_a_warehouse_of_a_newer_version_is_refused(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, migrations={"0001_a": "create table a (x integer)", "0002_b": "create table b (x integer)"})
    migrate(con)
    _use(monkeypatch, migrations={"0001_a": "create table a (x integer)"})
    with pytest.raises(UserError, match="0002_b"):
        migrate(con)


def test_a_migration_that_fails_leaves_nothing_behind(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, migrations={"0001_a": "create table a (x integer); insert into a values ('text')"})
    with pytest.raises(duckdb.ConversionException):
        migrate(con)
    assert con.execute("select count(*) from migration").fetchall() == [(0,)]
    assert "a" not in {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}


def test_views_follow_their_sql_whatever_their_order(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"apples": "create or replace view apples as select x + 1 as y from pears"}
    _use(monkeypatch, marts=first, staging={"pears": "create or replace view pears as select 1 as x"})
    migrate(con)
    assert con.execute("select y from apples").fetchall() == [(2,)]
    _use(monkeypatch, marts=first, staging={"pears": "create or replace view pears as select 5 as x"})
    migrate(con)
    assert con.execute("select y from apples").fetchall() == [(6,)]


def _migrated_before(number: str, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A warehouse of the time before a migration; all migrations."""
    everything = sql_files("migrations")
    _use(monkeypatch, migrations={name: text for name, text in everything.items() if name < number})
    migrate(con)
    return everything


def test_comparisons_of_the_time_of_table_regression_become_decisions(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = _migrated_before("0045", con, monkeypatch)
    con.execute(
        "insert into run (run_id, flow, profile, status, code_version, started_at) "
        "values ('known', 'nightly', 'p', 'completed', '1', now())"
    )
    con.execute(
        "insert into regression by name select unnest(['known', 'lost']) as run_id, 'base' as baseline_run_id, "
        "'smcs' as system, 'hold' as verdict, 'why' as reason, 0.25 as difference, 7 as n, "
        "timestamp '2026-01-01' as created_at"
    )
    _use(monkeypatch, migrations=everything)
    migrate(con)
    kept = "select run_id, profile, baseline_run_id, verdict, difference, n, n_new from decision order by run_id"
    assert con.execute(kept).fetchall() == [
        ("known", "p", "base", "hold", 0.25, 7, None),
        ("lost", "", "base", "hold", 0.25, 7, None),
    ]
    assert not con.execute("select 1 from duckdb_tables() where table_name = 'regression'").fetchall()


def test_systems_of_the_time_when_they_were_only_names_become_records(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = _migrated_before("0095", con, monkeypatch)
    names = ["best-single", "knn", "plain [1] (select)", "smcs", "smcs (select)", "smcs (select) [aggregate_weight=2]"]
    con.execute(
        "insert into outcome by name select 'r' as run_id, unnest($names) as system, 'q' as question_id, "
        "'d' as dataset, 1 as n_seed",
        {"names": names},
    )
    con.execute("insert into policy values ('p', 'r', 's', 'hash-0.7-0-s0', 'knn', 0.0, '{}', 1, now())")
    con.execute(
        "insert into collaboration by name select system as collaboration_id, 'r' as run_id, system as preset, "
        "'s' as split_id, 'q' as question_id, 1 as n_call, now() as created_at from outcome where system like "
        "'%s%' and system not like '%-single'"
    )
    _use(monkeypatch, migrations=everything)
    migrate(con)
    found = con.execute("select system, kind, name, variant, point from system order by system").fetchall()
    assert found == [
        ("best-single", "baseline", "best-single", "", ""),
        ("knn", "router", "knn", "", ""),
        ("plain [1] (select)", "preset", "plain [1]", "select", ""),
        ("smcs", "preset", "smcs", "", ""),
        ("smcs (select)", "preset", "smcs", "select", ""),
        ("smcs (select) [aggregate_weight=2]", "preset", "smcs", "select", "aggregate_weight=2"),
    ]
    assert all(System(*record).label == label for label, *record in found)


def test_policies_of_the_time_when_each_belonged_to_one_run_keep_their_run_and_routes(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = _migrated_before("0095", con, monkeypatch)
    for policy, router, moment in (("a", "knn", 1), ("b", "avengers", 2)):
        con.execute(
            "insert into policy values ($id, 'r', 's', 'hash-0.7-0-s0', $router, 0.5, '{}', 1, "
            "timestamp '2026-01-01' + to_minutes($at))",
            {"id": policy, "router": router, "at": moment},
        )
        con.execute("insert into route values ($id, 'q', 'm', 0.9, null, 1, null)", {"id": policy})
    _use(monkeypatch, migrations=everything)
    migrate(con)
    found = con.execute("select run_id, policy_id, system, point, cost_weight, position from run_policy order by all")
    assert found.fetchall() == [("r", "a", "knn", "", 0.5, 1), ("r", "b", "avengers", "", 0.5, 0)]
    assert con.execute("select count(distinct created_at) from run_policy").fetchall() == [(1,)]
    routes = con.execute("select policy_id, point, model, asked, predicted_score from route order by all").fetchall()
    assert routes == [("a", "", "m", None, 0.9), ("b", "", "m", None, 0.9)]
    assert con.execute("select policy_id, router, version from policy order by all").fetchall() == [
        ("a", "knn", None),
        ("b", "avengers", None),
    ]


def test_verdicts_of_the_time_when_answers_without_text_were_judged_go(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = _migrated_before("0166", con, monkeypatch)
    con.execute(
        "insert into response by name select unnest(['gone', 'there']) as response_id, 'k' as request_key, "
        "'q' as question_id, 'm' as model, 'answer' as purpose, 0 as sample_index, 'imported' as source, '' as text, "
        "'h' as text_hash, unnest(['not_recorded', 'stop']) as finish_reason, now() as created_at"
    )
    con.execute(
        "insert into score by name select response_id, 'choice' as scorer, '3' as scorer_version, mode, 0.0 as score, "
        "'no_answer' as verdict, now() as scored_at from response, unnest(['fixed', 'recorded']) as modes (mode)"
    )
    _use(monkeypatch, migrations=everything)
    migrate(con)
    kept = con.execute("select response_id, mode from score order by all").fetchall()
    assert kept == [("gone", "recorded"), ("there", "fixed"), ("there", "recorded")]
