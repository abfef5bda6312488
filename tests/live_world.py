"""A small world for live questions: two topics, a bank of everything, pools, presets and a served app."""

import atexit
import contextlib
import shutil
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

from profiles.bank import ALL, build_bank, land_bank
from profiles.load import load_pool, load_run
from profiles.outcomes import load_outcomes
from tasks.serve.api import Api, Limits
from tasks.serve.server import configured
from tasks.serve.session import Session
from tests.small_world import EMBEDDER, MODELS, put_profiles, put_towns
from warehouse.runs import finish_run, start_run
from warehouse.writer import load_landing

N = 40
KEY = "sk-test-0123456789abcdef"
_RUN = 'title: a small world\nsource: questions\ndatasets: ["small-*"]\npool: small\n'
_PRESETS = {
    "quick": "title: ours\nk: 10\ntop_n: 2\nkeep: 2\ncandidates: 3\nwave: 1\nstop_at: 0.99\nmax_tokens: 256\n",
    "choosing": "title: select\nk: 10\ntop_n: 3\nquorum: 2\naggregate: false\n",
    "strict": "title: all or nothing\nk: 10\ntop_n: 3\nquorum: 3\naggregate: false\n",
}
_SYNTHETIC = "litellm_params: {model: synthetic/NAME, simulation: {skill: {default: 0.9}}}"
_PRICES = "model_info: {input_cost_per_token: 1.0e-6, output_cost_per_token: 2.0e-6, logprobs: true}"


def synthetic_pool() -> str:
    """Simulated models."""
    return _pool([_SYNTHETIC.replace("NAME", model) for model in MODELS])


def http_pool(api_base: str) -> str:
    """Models on the local OpenAI-compatible server."""
    return _pool(
        [
            f"litellm_params: {{model: openai/{model}, api_base: '{api_base}', api_key: {KEY}, timeout: 20}}"
            for model in MODELS
        ]
    )


def _pool(parameters: list[str]) -> str:
    models = zip(MODELS, parameters, strict=True)
    listed = [f"  - {{model_name: {model}, {own}, {_PRICES}}}\n" for model, own in models]
    return "aggregator: tutti\nmodel_list:\n" + "".join(listed)


def make_world(home: Path, pool: str) -> None:
    """A home that holds the small world; its models are those of the pool."""
    shutil.copytree(_world(), home, dirs_exist_ok=True)
    (home / "profiles" / "pools" / "small.yaml").write_text(pool)


@cache
def _world() -> Path:
    """The home that others are copies of."""
    home = Path(tempfile.mkdtemp(prefix="concertino-small-world-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCERTINO_HOME", str(home))
        _make_world(home, synthetic_pool())
    return home


def _make_world(home: Path, pool: str) -> None:
    """Profiles, 40 answered questions and their bank; the poet knows poems, the accountant sums, tutti half of both."""
    put_profiles(home, runs={"small": _RUN}, pools={"small": pool}, presets=_PRESETS)
    vectors = put_towns([f"q{number}" for number in range(N)])
    matrix = load_outcomes(["small-*"], MODELS, "fixed", {})
    places = [int(key[1:]) for key in matrix.question_ids]
    bank = build_bank(matrix, vectors[places], np.full(N, "train"), ALL, EMBEDDER)
    land_bank(bank, run_id="made", split=ALL, pool="small", embedder=EMBEDDER, collection=None, recall=None)
    start_run("made", "bank", parameters={}, profile="small")
    finish_run("made", "completed")
    load_landing()


def session(kind: str = "ask", questions: int = 4) -> Session:
    """An open session of the small world."""
    return Session(load_run("small"), load_pool("small"), kind, questions=questions)


@contextmanager
def served(limits: Limits, keys: tuple[str, ...] = (KEY,)) -> Iterator[tuple[Api, str]]:
    """The app, ready, in a thread of its own, and the address of its API."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        api = Api(lambda: session("serve"), limits, keys, failed=lambda: None)
        server = uvicorn.Server(configured(api, limits))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        wait_ready(url)
        try:
            yield api, url
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def wait_ready(url: str, seconds: float = 180.0) -> None:
    """Wait until a served app answers that it is ready."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/ready", timeout=10):
            return
        time.sleep(0.2)
    raise AssertionError(f"{url} is not ready")


def rows_of(sql: str) -> list[dict[str, Any]]:
    """Rows of the warehouse, what waits included."""
    from tasks.collect.ledger import recover
    from warehouse.connect import read

    recover()
    load_landing()
    return read(sql).to_dicts()
