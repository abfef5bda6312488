"""A misbehaving server's own count against the ledger: what is paid, booked, tried again, and known afterwards."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from profiles.schema import Pool
from tasks.collect.cache import load_cache
from tasks.collect.client import Client
from tasks.collect.record import Answer, Request
from tests.faulty_gateways import GATEWAYS
from tests.faulty_openai import KINDS as USUAL_KINDS
from tests.faulty_openai import PRICES, QUESTION
from tests.fill import fill, questions
from tests.local_openai import local_openai
from warehouse.connect import read
from warehouse.errors import ProviderError
from warehouse.writer import load_landing

Told = Answer | ProviderError
KINDS = USUAL_KINDS | GATEWAYS
REDIRECTS = 20  # that the HTTP client follows
SHARED = Path(__file__).parents[4] / "shared" / "cases" / "provider_faults.py"
QUICK = {"rate_limit": 0.01, "server": 0.01, "connection": 0.01, "timeout": 0.01, "garbage": 0.01}


@dataclass(frozen=True)
class Faced:
    """What came of asking every model the same question twice, the second time knowing the first."""

    first: Mapping[str, Told]
    second: Mapping[str, Told]
    asked: Mapping[str, int]
    asked_again: Mapping[str, int]
    calls: pl.DataFrame  # of the first run
    tally: str


def pool_of(models: Sequence[str], api_base: str, own: Mapping[str, Any] | None = None) -> Pool:
    parameters = {"api_base": api_base, "api_key": "none", "timeout": 20, "max_tokens": 500}
    entries = [
        {
            "model_name": model,
            "litellm_params": {"model": f"openai/{model}", **parameters, **(own or {}).get(model, {})},
            "model_info": {"logprobs": True, **PRICES},
        }
        for model in models
    ]
    return Pool.model_validate({"name": "faulty", "model_list": entries})


def ask(pool: Pool, run: str) -> tuple[dict[str, Told], str]:
    wanted = [Request("q", model, [{"role": "user", "content": QUESTION}]) for model in pool.models]

    async def go() -> tuple[dict[str, Told], str]:
        async with Client(pool, run, 50.0, cache=load_cache(["d"])) as client:
            return dict(zip(pool.models, await client.ask_all(wanted), strict=True)), str(client.tally)

    told, tally = asyncio.run(go())
    load_landing()
    return told, tally


@contextmanager
def own_home(folder: Path, empty_warehouse: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    shutil.copy(empty_warehouse, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCERTINO_HOME", str(folder))
        patch.setattr("tasks.collect.errors._FIRST_WAIT_S", QUICK)
        fill(question=questions("q", dataset="d", text=QUESTION))
        yield


@pytest.fixture(scope="module")
def faced(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Faced]:
    with own_home(tmp_path_factory.mktemp("faults"), empty_warehouse), local_openai() as server:
        server.scripts = {name: kind.replies for name, kind in KINDS.items()}
        pool = pool_of(list(KINDS), server.api_base)
        first, tally = ask(pool, "first")
        asked = Counter(server.asked)
        second, _ = ask(pool, "second")
        calls = read("from call where run_id = 'first' order by attempt")
        yield Faced(first, second, asked, server.asked - asked, calls, tally)


@pytest.mark.parametrize("name", KINDS)
def test_a_misbehaving_server_is_booked_as_it_billed(faced: Faced, name: str) -> None:
    kind, told, calls = KINDS[name], faced.first[name], faced.calls.filter(asked_model=name)
    assert (told.text if isinstance(told, Answer) else None) == kind.text, told
    assert (told.kind if isinstance(told, ProviderError) else None) == kind.error
    followed = 1 + REDIRECTS if name == "circle" else 1
    assert faced.asked[name] == calls.height * followed == kind.tries * followed  # the server's count is the ledger's
    assert faced.asked_again[name] == kind.again * followed
    again = faced.second[name]
    assert (again.text if isinstance(again, Answer) else None) == kind.text
    last = calls.row(-1, named=True)
    assert last["error_kind"] == kind.error
    tokens = None if last["prompt_tokens"] is None else (last["prompt_tokens"], last["completion_tokens"])
    assert (tokens, last["token_source"], last["cost_source"]) == (kind.tokens, kind.source, kind.cost_source)
    assert kind.cost == (
        None if calls["cost_usd"].null_count() == calls.height else pytest.approx(calls["cost_usd"].sum())
    )


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith("lp")])
def test_values_that_are_no_log_probabilities_do_not_count(faced: Faced, name: str) -> None:
    told = faced.first[name]
    assert isinstance(told, Answer)
    assert told.mean_logprob == pytest.approx(-0.1)


def test_cache_and_reasoning_tokens_stand_beside_the_cost(faced: Faced) -> None:
    names = "cached", "cachedtop", "cachedtoomuch", "reasoning", "reasoningoutside", "reasoninghidden", "sound"
    shown = {
        row["asked_model"]: (row["cache_read_tokens"], row["cache_write_tokens"], row["reasoning_tokens"])
        for row in faced.calls.filter(pl.col("asked_model").is_in(names)).iter_rows(named=True)
    }
    assert shown == {
        "cached": (900, None, None),
        "cachedtop": (40, 40, None),
        "cachedtoomuch": (100, None, None),
        "reasoning": (None, None, 15),
        "reasoningoutside": (None, None, 400),
        "reasoninghidden": (None, None, 380),
        "sound": (None, None, None),
    }


def test_what_was_mended_is_noted_and_who_was_given_up_is_said(faced: Faced) -> None:
    assert "surrogates" in faced.calls.filter(asked_model="surrogate")["note"].item()
    assert faced.calls.filter(asked_model="sound")["note"].item() is None
    assert "billing (quota)" in faced.tally


# The shared cases: model → text, error kind, requests, tokens, cost of all calls. None: not looked at.
_USUAL = 100e-6 + 40e-6
_CASES: dict[str, tuple[str | None, str | None, int, tuple[int, int] | None, float | None]] = {
    "ok": ("The answer is 4.", None, 1, (100, 20), _USUAL),
    "emptychoices": (None, "garbage", 3, (100, 20), 3 * _USUAL),
    "err200": (None, "rate_limit", 8, None, None),
    "partial_error": (None, "server", 5, (100, 20), 5 * _USUAL),
    "nullcontent": (None, "empty", 1, (100, 20), _USUAL),
    "reasoning": (None, "empty", 1, (100, 20), _USUAL),
    "toolcalls": (None, "empty", 1, (100, 20), _USUAL),
    "whitespace": (None, "empty", 1, (100, 20), _USUAL),
    "filter": (None, "content_filter", 1, (100, 20), _USUAL),
    "reason_extra": ("The answer is 4.", None, 1, (100, 410), 100e-6 + 820e-6),
    "usagezero": ("The answer is 4.", None, 1, (100, 4), 108e-6),
    "usagehalf": ("The answer is 4.", None, 1, (100, 4), 108e-6),
    "cached": ("The answer is 4.", None, 1, (1000, 10), 0.00021),
    "costneg": ("The answer is 4.", None, 1, (100, 20), _USUAL),
    "ra_date": ("The answer is 4.", None, 2, (100, 20), _USUAL),
    "quota": (None, "quota", 1, None, None),
    "gpt5": ("The answer is 4.", None, 1, (100, 20), _USUAL),
    "surrogate": ("The answer is 4 \ufffd", None, 1, (100, 20), _USUAL),
    "lp_9999": ("The answer is 4.", None, 1, (100, 20), _USUAL),
    "parts": ("The answer is 4.", None, 1, (100, 20), _USUAL),
    "othermodel": ("The answer is 4.", None, 1, (100, 20), _USUAL),
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Iterator[Faced]:
    if not SHARED.exists():
        pytest.skip(f"the shared cases are not at {SHARED}")
    folder = tmp_path_factory.mktemp("cases")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(SHARED), str(port)], cwd=folder)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None
            time.sleep(0.05)
        with own_home(folder / "home", empty_warehouse):
            own = {"gpt5": {"max_tokens": None, "max_completion_tokens": 500}}
            pool = pool_of(list(_CASES), f"http://127.0.0.1:{port}/v1", own)
            first, tally = ask(pool, "first")
            asked = _requests(folder)
            second, _ = ask(pool, "second")
            calls = read("from call where run_id = 'first' order by attempt")
            yield Faced(first, second, asked, _requests(folder) - asked, calls, tally)
    finally:
        process.kill()
        process.wait()


def _requests(folder: Path) -> Counter[str]:
    return Counter(json.loads(line)["model"] for line in (folder / "requests.log").read_text().splitlines())


@pytest.mark.parametrize("name", _CASES)
def test_the_shared_cases_are_right(cases: Faced, name: str) -> None:
    text, error, tries, tokens, cost = _CASES[name]
    told, calls = cases.first[name], cases.calls.filter(asked_model=name)
    assert (told.text if isinstance(told, Answer) else None) == text, told
    assert (told.kind if isinstance(told, ProviderError) else None) == error
    assert cases.asked[name] == calls.height == tries
    if error in (None, "empty", "content_filter"):
        assert cases.asked_again[name] == 0
    last = calls.row(-1, named=True)
    assert tokens is None or (last["prompt_tokens"], last["completion_tokens"]) == tokens
    assert cost is None or calls["cost_usd"].sum() == pytest.approx(cost)
    if name == "lp_9999":
        assert isinstance(told, Answer)
        assert told.mean_logprob == pytest.approx(-0.1)
    if name == "ra_date":
        begun = calls["started_at"].to_list()
        assert (begun[1] - begun[0]).total_seconds() >= 3.5  # the date has whole seconds
