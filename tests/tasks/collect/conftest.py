"""A local OpenAI-compatible server, pools that ask it, questions in the warehouse, and homes that share one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from profiles.schema import Pool
from tests.local_openai import LocalOpenAI, local_openai
from tests.local_servers import postgres
from warehouse.identity import content_hash, question_id
from warehouse.writer import land, load_landing


@pytest.fixture(scope="module")
def _running() -> Iterator[LocalOpenAI]:
    with local_openai() as server:
        yield server


@pytest.fixture
def server(_running: LocalOpenAI) -> LocalOpenAI:
    """The server, without memory of earlier tests."""
    _running.reset()
    return _running


@pytest.fixture
def http_pool(server: LocalOpenAI, home: Path) -> Callable[..., Pool]:
    """A pool of models on the local server; keyword arguments go into every model's litellm_params."""

    def make(*models: str, prices: tuple[float, float] | None = (1e-6, 2e-6), **parameters: Any) -> Pool:
        info: dict[str, Any] = {"logprobs": True}
        if prices is not None:
            info |= {"input_cost_per_token": prices[0], "output_cost_per_token": prices[1]}
        return Pool.model_validate(
            {
                "name": "local",
                "model_list": [
                    {
                        "model_name": model,
                        "litellm_params": {
                            "model": f"openai/{model}",
                            "api_base": server.api_base,
                            "api_key": "sk-local-0123456789abcdef",
                            "timeout": 60,
                            **parameters,
                        },
                        "model_info": info,
                    }
                    for model in models
                ],
            }
        )

    return make


@pytest.fixture
def ask_questions(home: Path) -> Callable[..., pl.DataFrame]:
    """Put arithmetic questions into the warehouse and give their rows back."""

    def make(n: int, dataset: str = "synthetic-arithmetic") -> pl.DataFrame:
        texts = [f"What is {i} plus {i * 7 + 1}?" for i in range(n)]
        questions = pl.DataFrame(
            {
                "question_id": [question_id(dataset, "v1", str(i)) for i in range(n)],
                "dataset": dataset,
                "variant": "v1",
                "source_key": [f"{i:04d}" for i in range(n)],
                "text": texts,
                "ground_truth": [str(i + i * 7 + 1) for i in range(n)],
                "metadata": '{"topic": "sums"}',
                "content_hash": [content_hash(text) for text in texts],
            }
        )
        known = {"dataset": [dataset], "variant": "v1", "source": "test", "scorer": "math", "synthetic": True}
        land("question", questions)
        land("dataset", pl.DataFrame(known))
        load_landing()
        return questions

    return make


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a lake, which the tests of a module share."""
    for name in ("duckdb_extension_ducklake", "psycopg"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install -e '.[lake]'")
    with postgres("between us") as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", "between us")
        port = url.rpartition(":")[2].partition("/")[0]
        yield {
            "CONCERTINO_WAREHOUSE": f"ducklake:postgres:host=127.0.0.1 port={port} user=prefect dbname=postgres",
            "CONCERTINO_STORAGE": f"file://{tmp_path_factory.mktemp('shared')}",
        }


@pytest.fixture(params=["home", "lake"])
def homes(request: pytest.FixtureRequest, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Of two processes that share a warehouse: one home, or two of a lake; the first one is set."""
    if request.param == "home":
        return [home, home]
    for name, value in request.getfixturevalue("lake").items():
        monkeypatch.setenv(name, value)
    return [home, tmp_path / "there"]
