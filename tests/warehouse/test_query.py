from datetime import date, datetime
from pathlib import Path

import pytest

from tests.fill import fill, questions
from warehouse.errors import UserError
from warehouse.published import publish
from warehouse.query import named_queries, run_named, run_sql


@pytest.fixture(scope="module", autouse=True)
def copy(module_home: Path) -> None:
    """A published copy with two questions."""
    fill(question=questions("q1", "q2"))
    publish()


def test_a_question_in_sql_gets_rows() -> None:
    assert run_sql("select question_id from question order by all").rows() == [("q1",), ("q2",)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into question select * from question",
        "delete from question",
        "drop table question",
        "create table mine (x integer)",
        "select 1; drop table question",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "copy question to '/tmp/stolen.csv'",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "export database '/tmp/stolen'",
        "import database '/tmp/stolen'",
        "select * from read_blob('/etc/passwd')",
        "select * from glob('/etc/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from parquet_metadata('/etc/passwd')",
        "copy (select 1) to '/dev/stdout'",
        "explain analyze copy question to '/tmp/stolen.csv'",
        "load httpfs",
        "create secret s (type s3)",
        "set threads = 1",
        "set lock_configuration = false",
        "set home_directory = '/tmp'",
        "pragma profile_output = '/tmp/stolen.json'",
        "pragma temp_directory = '/tmp'",
        "call enable_logging(storage => 'file', storage_path => '/tmp/stolen')",
        "from enable_logging(storage => 'file', storage_path => '/tmp/stolen')",
        "pragma enable_profiling",
        "attach ':memory:' as mine",
    ],
)
def test_writes_and_files_are_refused(statement: str) -> None:
    with pytest.raises(UserError, match="read-only"):
        run_sql(statement)
    assert run_sql("select count(*) from question").item() == 2


def test_a_profile_of_a_query_is_not_written_to_a_file(tmp_path: Path) -> None:
    statement = f"select * from enable_profiling(format => 'json', save_location => '{tmp_path}/p.json'); select 1"
    with pytest.raises(UserError, match="read-only"):
        run_sql(statement)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("max(t) - min(t)", "2 days 01:30:00"),
        ("age(max(t), min(t))", "2 days 01:30:00"),
        ("interval 3 month", "3 months"),
        ("[interval 1 day]", "[1 day]"),
        ("union_value(a := 1)", "1"),
        ("{'a': union_value(b := 'x')}", "{'a': x}"),
        ("'x'::enum('x', 'y')", "x"),
        ("map {'a': 1}", "{a=1}"),
        ("map {[1]: 'x'}", "{[1]=x}"),
        ("row(1, 2)", "(1, 2)"),
        ("sum(1)", 2),
        ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727"),
        ("340282366920938463463374607431768211455::uhugeint", "340282366920938463463374607431768211455"),
        ("12::bignum", "12"),
        ("'x'::variant", "x"),
        ("'101'::bit", "101"),
        ("'\\xAA'::blob", "\\xAA"),
        ("time with time zone '10:00:00+02'", "10:00:00+02"),
        ("time '24:00:00'", "24:00:00"),
        ("'infinity'::timestamp", "infinity"),
        ("'-infinity'::date", "-infinity"),
        ("date '290000-01-01'", "290000-01-01"),
        ("timestamp_ns '2024-01-01 00:00:00.123456789'", "2024-01-01 00:00:00.123456789"),
        ("max(t)", datetime(2024, 1, 3, 1, 30)),
        ("max(t)::date", date(2024, 1, 3)),
        ("[1, null]", [1, None]),
        ("{'a': [1.5::double]}", {"a": [1.5]}),
    ],
)
def test_a_value_of_any_type_is_shown_as_it_is(expression: str, value: object) -> None:
    rows = "(values (timestamp '2024-01-01'), (timestamp '2024-01-03 01:30:00')) as moment(t)"
    found = run_sql(f"select any_value(x) from (select {expression} as x from {rows} group by all)")
    assert found.rows() == [(value,)]


def test_all_types_of_duckdb_are_shown() -> None:
    rows = run_sql("from test_all_types()")
    assert len(rows.rows()) == 3
    assert len(rows.columns) > 50


def test_columns_may_have_the_same_name() -> None:
    assert run_sql("select 1 as a, 2 as a, 3 as a_2, 4 as a").columns == ["a", "a_2", "a_2_2", "a_3"]


def test_a_query_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(UserError, match=r"longer than 0\.2 s.*--timeout"):
        run_sql("select count(*) from range(1000000000000) where range % 7 = 3", limit_s=0.2)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_limit_that_cannot_be_is_refused(seconds: float) -> None:
    with pytest.raises(UserError, match="seconds above 0"):
        run_sql("select 1", seconds)


def test_no_statement_is_no_question() -> None:
    with pytest.raises(UserError, match="there is no statement"):
        run_sql(" ;\n")


def test_external_access_cannot_be_switched_on() -> None:
    with pytest.raises(UserError):
        run_sql("set enable_external_access = true")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from nothing",
        "selec 1",
        "select regexp_matches('a', '(')",
        "select error('a\nb')",
        "select $1",
        "select repeat('x', 1000000000000)",
        "from '/etc/passwd'",
        "select 'a' || \udc80",
        "select 2::tinyint * 100",
    ],
)
def test_a_wrong_question_gets_one_sentence(statement: str) -> None:
    with pytest.raises(UserError, match="the query failed") as caught:
        run_sql(statement)
    assert "\n" not in str(caught.value)


def test_an_unknown_query_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"leaderbord.*leaderboard"):
        run_named("leaderbord")


def test_every_query_says_what_it_answers() -> None:
    queries = named_queries()
    assert len(queries) >= 14
    assert all("?" in answer for answer in queries.values())
    assert queries["leaderboard-by-dataset"].endswith("(those on fewer questions last)")
