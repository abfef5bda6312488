import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from tasks.collect.ledger import CHUNK_ROWS, Ledger, recover, spent_usd
from warehouse.connect import read
from warehouse.settings import settings
from warehouse.writer import load_landing, now


def call(number: int, cost: float | None = 0.5) -> tuple[str, dict[str, Any]]:
    return "call", {
        "call_id": f"c{number}",
        "request_key": "k",
        "run_id": "r",
        "purpose": "answer",
        "asked_model": "m",
        "attempt": 1,
        "cost_usd": cost,
        "started_at": now(),
    }


def landed() -> list[Path]:
    return sorted((settings().landing / "call").glob("*.parquet"))


def journals() -> list[Path]:
    return sorted((settings().landing / "journal").glob("*.jsonl"))


def test_rows_land_in_chunks_of_64_or_when_2_seconds_passed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.collect.ledger.CHUNK_SECONDS", 0.2)

    async def run() -> None:
        ledger = Ledger()
        for number in range(CHUNK_ROWS - 1):
            ledger.add(call(number))
        assert landed() == []
        ledger.add(call(CHUNK_ROWS))
        assert len(landed()) == 1
        ledger.add(call(CHUNK_ROWS + 1))
        await asyncio.sleep(0.4)
        assert len(landed()) == 2
        ledger.close()

    asyncio.run(run())
    assert journals() == []
    load_landing()
    assert read("select count(*) from call").item() == CHUNK_ROWS + 1


def test_what_was_not_landed_is_in_the_journal(home: Path) -> None:
    async def run() -> Ledger:
        ledger = Ledger()
        ledger.add(call(1))
        return ledger

    ledger = asyncio.run(run())
    (journal,) = journals()
    assert orjson.loads(journal.read_bytes())[1]["call_id"] == "c1"
    assert recover() == 0  # its process is alive
    assert journals() == [journal]
    ledger.close()


def test_a_dead_process_journal_is_landed_once_torn_line_and_all(home: Path) -> None:
    folder = settings().landing / "journal"
    folder.mkdir(parents=True)
    table, row = call(1)
    line = orjson.dumps((table, row)) + b"\n"
    (folder / "dead.jsonl").write_bytes(line + line + line[: len(line) // 2])
    assert recover() == 2
    assert recover() == 0
    assert journals() == []
    load_landing()
    (kept,) = read("select call_id, started_at from call").iter_rows()
    assert kept == ("c1", row["started_at"])


_DIES = """
import asyncio, os, signal, sys
from tasks.collect.ledger import Ledger
from warehouse.writer import now

def row(name, **more):
    return {"call_id": name, "request_key": name, "run_id": "r", "purpose": "answer", "asked_model": "m",
            "attempt": 1, "started_at": now(), **more}

async def run():
    ledger = Ledger()
    for name in ("first", "second", "third"):
        ledger.add(("under way", row(name, error_kind="unknown", bound_usd=0.5)))
    ledger.add(("call", row("first", cost_usd=0.1)))
    ledger.flush()
    ledger.add(("call", row("second", cost_usd=0.2)))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(run())
"""


def test_a_call_under_way_at_a_kill_is_booked_as_unknown_with_its_bound(home: Path) -> None:
    assert subprocess.run([sys.executable, "-c", _DIES]).returncode == -signal.SIGKILL
    assert recover() == 2
    load_landing()
    found = read("select call_id, cost_usd, error_kind, bound_usd from call order by call_id").rows()
    assert found == [("first", 0.1, None, None), ("second", 0.2, None, None), ("third", None, "unknown", 0.5)]
    assert spent_usd("r") == pytest.approx(0.8)


def test_spent_is_what_is_known_of_the_run_and_the_bound_of_the_rest(home: Path) -> None:
    async def run() -> None:
        ledger = Ledger()
        cut_off = "call", call(4, None)[1] | {"bound_usd": 2.0}
        ledger.add(call(1, 0.5), call(2, None), call(3, 0.25), cut_off)
        ledger.close()

    asyncio.run(run())
    load_landing()
    assert spent_usd("r") == 2.75
    assert spent_usd("another") == 0.0


def test_adding_is_fast_enough_for_every_call(home: Path) -> None:
    async def run() -> float:
        ledger = Ledger()
        started = time.perf_counter()
        for number in range(1000):
            ledger.add(call(number))
        seconds = time.perf_counter() - started
        ledger.close()
        return seconds

    assert asyncio.run(run()) < 60


def test_a_journal_that_no_ledger_wrote_is_set_aside_and_stops_nobody(home: Path) -> None:
    folder = home / "landing" / "journal"
    folder.mkdir(parents=True)
    lines = [b'["nosuch", {"a": 1}]', b"[1, 2]", b"5", b'["call", 7]', b'["call", {"started_at": "never"}]', b"\xff"]
    (folder / "odd.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    assert recover() == 0
    assert not list(folder.iterdir())
    assert (home / "quarantine" / "journal" / "odd.jsonl").read_bytes().startswith(lines[0])


@pytest.mark.parametrize("order", [("unknown", None, "unknown"), (None, "unknown"), (None, "unknown", None)])
@pytest.mark.parametrize("together", [True, False])
def test_what_became_of_a_call_stays_whenever_somebody_took_it_for_lost(
    home: Path, order: tuple[str | None, ...], together: bool
) -> None:
    async def run() -> None:
        ledger = Ledger()
        for kind in order:
            table, row = call(1, cost=0.5 if kind is None else None)
            ledger.add((table, row | {"error_kind": kind, "bound_usd": 2.0 if kind else None}))
            if not together:
                ledger.flush()
                load_landing()
        ledger.close()

    asyncio.run(run())
    load_landing()
    assert read("select cost_usd, error_kind, bound_usd from call").rows() == [(0.5, None, None)]
