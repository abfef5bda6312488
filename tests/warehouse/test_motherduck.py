"""The copy for MotherDuck: what is said before and after; the service itself is not here."""

import duckdb
import pytest

from flows.command.checks import check
from flows.params import RunParams
from tests.fill import fill, questions
from warehouse.connect import published
from warehouse.errors import UserError
from warehouse.published import publish
from warehouse.settings import settings


@pytest.fixture(autouse=True)
def set_up(home, monkeypatch):
    monkeypatch.setenv("CONCERTINO_MOTHERDUCK", "concertino")
    monkeypatch.delenv("motherduck_token", raising=False)
    monkeypatch.delenv("MOTHERDUCK_TOKEN", raising=False)
    fill(question=questions("q1", "q2"))


def test_without_a_token_nothing_is_published():
    with pytest.raises(UserError, match="MOTHERDUCK_TOKEN is not"):
        publish()
    assert not settings().published.exists()


def test_a_run_that_publishes_is_told_before_it_begins():
    with pytest.raises(UserError, match="MOTHERDUCK_TOKEN is not"):
        check("run", RunParams(profile="demo"))


def test_what_is_missing_on_this_machine_is_said_and_the_copy_is_here(monkeypatch):
    monkeypatch.setenv("MOTHERDUCK_TOKEN", "not-one-of-theirs")
    monkeypatch.setattr(duckdb, "__version__", "1.9.9")
    with pytest.raises(
        UserError, match=r"motherduck for version 1\.9\.9, which is not installed; pip install .*motherduck"
    ):
        publish()
    with published() as con:
        assert con.execute("select count(*) from question").fetchone() == (2,)


def test_a_name_is_a_name(monkeypatch):
    for wrong in ("md:concertino", 'a"; drop database b; --', "9"):
        monkeypatch.setenv("CONCERTINO_MOTHERDUCK", wrong)
        with pytest.raises(UserError, match="CONCERTINO_MOTHERDUCK"):
            settings()
