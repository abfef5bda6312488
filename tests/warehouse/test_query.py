from collections.abc import Iterator

import pytest

from tests.fill import fill, questions
from warehouse.errors import UserError
from warehouse.published import publish
from warehouse.query import named_queries, run_named, run_sql


@pytest.fixture(scope="module", autouse=True)
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A published copy with two questions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCERTINO_HOME", str(tmp_path_factory.mktemp("home")))
        fill(question=questions("q1", "q2"))
        publish()
        yield


def test_a_question_in_sql_gets_rows() -> None:
    assert run_sql("select question_id from question order by all").rows() == [("q1",), ("q2",)]
    assert run_sql("").is_empty()


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
    ],
)
def test_writes_and_files_are_refused(statement: str) -> None:
    with pytest.raises(UserError, match="read-only"):
        run_sql(statement)
    assert run_sql("select count(*) from question").item() == 2


def test_external_access_cannot_be_switched_on() -> None:
    with pytest.raises(UserError):
        run_sql("set enable_external_access = true")


@pytest.mark.parametrize("statement", ["select * from nothing", "selec 1", "select regexp_matches('a', '(')"])
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
