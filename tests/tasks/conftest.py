"""What tests of several rooms share: an outcome matrix, and a local OpenAI-compatible server with pools that ask it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Pool
from tests.local_openai import LocalOpenAI, local_openai


@pytest.fixture
def matrix_of() -> Callable[..., OutcomeMatrix]:
    """Builds an outcome matrix from scores (Q, M); the rest is made up where it is not given."""

    def build(
        scores: np.ndarray | Sequence[Sequence[float]],
        datasets: Sequence[str] | None = None,
        costs: np.ndarray | Sequence[Sequence[float]] | None = None,
        extracted: Sequence[Sequence[str | None]] | None = None,
    ) -> OutcomeMatrix:
        values = np.asarray(scores, dtype=float)
        n, m = values.shape
        answered = np.array([[f"q{q}-m{i}" for i in range(m)] for q in range(n)], dtype=object)
        answered[np.isnan(values)] = None
        of = list(datasets) if datasets is not None else ["d"] * n
        questions = pl.DataFrame({"question_id": [f"q{q}" for q in range(n)], "dataset": of})
        facts = {"score": values, "response_id": answered}
        if costs is not None:
            facts["cost_usd"] = np.asarray(costs, dtype=float)
        if extracted is not None:
            facts["extracted"] = np.array(extracted, dtype=object)
        return OutcomeMatrix.of(questions, [f"m{i}" for i in range(m)], **facts)

    return build


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
