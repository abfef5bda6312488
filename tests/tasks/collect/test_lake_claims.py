"""Claims of a lake whose PostgreSQL, or landing folder, is not as it should be."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from tasks.collect.cache import load_cache
from tasks.collect.claims import Claims, claims
from tasks.collect.client import Client
from tasks.collect.lake_claims import LakeClaims
from tasks.collect.ledger import load_calls, spent_usd
from tasks.collect.models import Models
from tasks.collect.plan import questions_of, requests_for
from tasks.collect.pricing import Pricing
from tests.local_openai import LocalOpenAI
from tests.tasks.collect.test_claims import Ask, Pools, go, start
from warehouse.catalog import Catalog
from warehouse.connect import read, rows
from warehouse.errors import BudgetExceeded, UserError

_CUT = """
select pg_terminate_backend(pid)::text from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
"""
KEY = "d" * 64
_BOOKED = "select count(*), count(cost_usd), sum(cost_usd) from call where run_id = 'capped'"


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_a_connection_that_is_cut_is_made_anew_and_holds_what_it_held(
    homes: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.collect.lake_claims._SILENCE_S", 60.0)

    async def run() -> list[str]:
        first, second, seen = claims(), claims(), []

        async def claim() -> None:
            async with second.of("a" * 64):
                seen.append("second")

        async with first.of("a" * 64):
            Catalog().rows(_CUT)
            waiting = asyncio.create_task(claim())
            async with first.of("b" * 64):
                seen.append("first")
            await asyncio.sleep(1.0)
            seen.append("first ends")
        await waiting
        await asyncio.gather(first.close(), second.close())
        return seen

    assert asyncio.run(run()) == ["first", "first ends", "second"]
    monkeypatch.setattr("tasks.collect.lake_claims.PATIENCE_S", 0.1)
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(UserError, match=r"lake .* password authentication failed.* the same command again continues"):
        asyncio.run(run())


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_a_session_that_is_cut_while_answers_wait_for_the_writer_is_made_anew(
    homes: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.collect.lake_claims.SHARED_EVERY_S", 0.1)
    monkeypatch.setattr("tasks.collect.lake_claims.move_landed", lambda tables: time.sleep(7.0))

    async def run() -> list[str]:
        first, second, seen = claims(), claims(), []

        async def claim() -> None:
            async with second.of("f" * 64):
                seen.append("second")

        async with first.of("e" * 64):
            first.keep("e" * 64, {})
        first.landed()
        async with first.of("f" * 64):
            await asyncio.sleep(0.5)
            Catalog().rows(_CUT)
            waiting = asyncio.create_task(claim())
            await asyncio.sleep(5.0)
            seen.append("first ends")
        await waiting
        await asyncio.gather(first.close(), second.close())
        return seen

    assert asyncio.run(run()) == ["first ends", "second"]


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_what_cannot_be_loaded_now_is_tried_again(homes: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.collect.lake_claims.SHARED_EVERY_S", 0.1)
    torn = homes[0] / "landing" / "together" / "torn.json"

    async def run() -> None:
        first, second = claims(), claims()
        async with first.of("c" * 64):
            first.keep("c" * 64, {})
        torn.parent.mkdir(parents=True)
        torn.write_text("[")
        first.landed()
        await asyncio.sleep(0.5)
        torn.unlink()
        async with second.of("c" * 64) as answered:
            assert answered
        await asyncio.gather(first.close(), second.close())

    asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_a_cap_knows_what_a_lost_host_paid_for(
    homes: list[Path], ask_questions: Ask, http_pool: Pools, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_questions(40)
    pool = http_pool("m-capped", "n-capped")
    homes[1].mkdir()
    (file := homes[1] / "two.yaml").write_text(pool.model_dump_json())
    server.latency_s = 0.1
    monkeypatch.setenv("SHARED_EVERY_S", "600")
    lost = start(file, "capped", homes[0])
    go(lost)
    while server.answered.total() < 40:
        assert lost.poll() is None
        time.sleep(0.01)
    lost.kill()
    lost.communicate()
    asked = server.asked.total()

    monkeypatch.setenv("CONCERTINO_HOME", str(homes[1]))
    known = load_cache(["synthetic-*"])
    n, n_paid, paid_usd = read(_BOOKED).row(0)
    assert n >= asked > n_paid > 0
    assert n - n_paid <= 8, "as good as all that came back count with what they cost"
    assert len(known) == 0, "no answer is in the lake"
    spent = spent_usd("capped")
    assert spent >= asked * paid_usd / n_paid
    cap = spent + 12 * paid_usd / n_paid + read("select max(bound_usd) from call").item()

    async def run() -> None:
        async with Client(pool, "capped", cap, 4, known, spent_usd=spent) as client:
            await client.ask_all(requests_for(questions_of(["synthetic-*"]), pool))

    with pytest.raises(BudgetExceeded):
        asyncio.run(run())
    load_calls()
    assert spent < spent_usd("capped") <= cap
    assert server.asked.total() * paid_usd / n_paid <= cap

    monkeypatch.setenv("CONCERTINO_HOME", str(homes[0]))  # it comes back
    load_calls()
    n, n_paid, _ = read(_BOOKED).row(0)
    assert 0 <= n - server.asked.total() <= 4, "nothing is booked twice"
    assert n - n_paid <= 4
    assert read("select count(*) from call where error_kind = 'unknown'").item() <= 4
    assert rows("check_call_key", run="capped")["n_paid"].to_list() == [1], "no gate is shut for what was lost"


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_what_a_lost_host_paid_for_in_vain_counts_and_a_refusal_does_not(
    homes: list[Path], ask_questions: Ask, http_pool: Pools, server: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_questions(20)
    pool = http_pool("m-vain", "n-vain")
    homes[1].mkdir()
    (file := homes[1] / "two.yaml").write_text(pool.model_dump_json())
    server.faults["m-vain"].extend(["html"] * 200)
    server.faults["n-vain"].extend(["400"] * 200)
    monkeypatch.setenv("SHARED_EVERY_S", "600")
    lost = start(file, "capped", homes[0])
    go(lost)
    while server.asked["m-vain"] < 48:  # of 60, each question three times
        assert lost.poll() is None
        time.sleep(0.01)
    lost.kill()
    lost.communicate()
    monkeypatch.setenv("CONCERTINO_HOME", str(homes[1]))
    load_calls()
    told = dict(read("select asked_model, count(*) from call where error_kind = 'unknown' group by all").iter_rows())
    assert server.asked["m-vain"] - 1 <= told["m-vain"] <= server.asked["m-vain"] + 4
    assert told.get("n-vain", 0) <= 4, "under way when it was killed"


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_what_waits_for_the_budget_was_not_asked(
    homes: list[Path], ask_questions: Ask, http_pool: Pools, server: LocalOpenAI
) -> None:
    ask_questions(10)
    pool = http_pool("m-waits")
    wanted = requests_for(questions_of(["synthetic-*"]), pool)
    server.latency_s = 1.0
    told = "select count(*) from concertino_claim where cardinality(calls) > 0"

    async def run() -> tuple[int, int]:
        bound_usd = Models(pool, prices=Pricing(pool).prices).bound_usd(wanted[0])
        assert bound_usd
        client = Client(pool, "waits", 2.5 * bound_usd, 8, load_cache(["synthetic-*"]))
        before = Catalog().rows(told)[0][0]
        asking = asyncio.create_task(client.ask_all(wanted))
        await asyncio.sleep(0.8)
        now = Catalog().rows(told)[0][0] - before, server.asked.total()
        client.stop(5.0)
        await asyncio.gather(asking, return_exceptions=True)
        await client.close()
        assert Catalog().rows(told)[0][0] == before
        return now

    n_told, n_asked = asyncio.run(run())
    assert n_told == n_asked < 8


@pytest.mark.parametrize("homes", ["lake"], indirect=True)
def test_who_begins_while_sessions_are_cut_books_nobodys_calls(homes: list[Path]) -> None:
    call = {"call_id": "cut", "request_key": KEY, "run_id": "cut", "purpose": "collect", "asked_model": "m"}
    call |= {"attempt": 1, "sample_index": 0, "error_kind": "unknown", "started_at": "2026-01-01"}

    async def run() -> None:
        own = claims()
        async with own.of(KEY):
            await own.under_way(KEY, call)
            Catalog().rows(_CUT)
            await asyncio.to_thread(load_calls)
        await own.close()

    asyncio.run(run())
    load_calls()
    assert read("select count(*) from call where run_id = 'cut'").item() == 0


def test_many_who_wait_for_a_server_that_does_not_answer_are_told_together(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[lake]'")
    monkeypatch.setattr("tasks.collect.lake_claims.PATIENCE_S", 0.0)
    connected = []

    async def claim(own: Claims | LakeClaims, key: str) -> None:
        async with own.of(key):
            raise AssertionError("nobody can hold anything")

    async def run() -> list[object]:
        silent = await asyncio.start_server(lambda *_: connected.append(1), "127.0.0.1", 0, family=socket.AF_INET)
        port = silent.sockets[0].getsockname()[1]
        address = f"ducklake:postgres:dbname=d host=127.0.0.1 port={port} user=u connect_timeout=1"
        monkeypatch.setenv("CONCERTINO_WAREHOUSE", address)
        own = claims()
        told = await asyncio.gather(*(claim(own, f"{n:064x}") for n in range(20)), return_exceptions=True)
        await own.close()
        silent.close()
        return told

    told = asyncio.run(run())
    assert {type(one) for one in told} == {UserError}
    assert "the same command again continues" in str(told[0])
    assert len(connected) < len(told)  # one finds it out, and the next five seconds do without
