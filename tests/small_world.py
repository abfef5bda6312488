"""The small world's parts: profiles, two topics, models that answer which of seven towns it is, and sums to ask."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tests.fill import fill, questions, response, score
from warehouse.identity import content_hash, question_id, text_hash
from warehouse.writer import land

MODELS = ("poet", "accountant", "tutti")
DATASETS = ("small-poems", "small-sums")
EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"


def put_profiles(home: Path, **folders: Mapping[str, object]) -> None:
    """Write files into the home's profiles: folder=name → YAML, or what it would mean."""
    for folder, files in folders.items():
        (home / "profiles" / folder).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (home / "profiles" / folder / f"{name}.yaml").write_text(text)


def two_topics(n: int, generator: np.random.Generator, noise: float = 0.05, dimension: int = 384) -> np.ndarray:
    """(n, D) unit vectors: every other one is of the same topic."""
    vectors = np.eye(2, dimension)[np.arange(n) % 2] + noise * generator.normal(size=(n, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def embeddings(texts: Sequence[str], vectors: np.ndarray, embedder: str = EMBEDDER) -> list[dict[str, Any]]:
    """Rows of `embedding`."""
    hashed = zip(map(text_hash, texts), vectors.tolist(), strict=True)
    return [{"embedder": embedder, "text_hash": key, "vector": vector} for key, vector in hashed]


def put_towns(
    ids: Sequence[str],
    datasets: Sequence[str] = DATASETS,
    asked: Callable[[str, str], bool] = lambda question, model: True,
) -> np.ndarray:
    """Questions, answers, verdicts and vectors: the poet knows even ones, the accountant odd ones, tutti half of all.

    Args:
        ids: of the questions, of every dataset in turn.
        datasets: their names.
        asked: whether a model has answered a question.

    Returns:
        (n, 384) the vectors.
    """
    generator = np.random.default_rng(0)
    answers, verdicts, told = [], [], []
    for number, key in enumerate(ids):
        town = f"town {number % 7}"
        told += questions(key, dataset=datasets[number % len(datasets)], ground_truth=town, metadata="{}")
        for at, model in enumerate(MODELS):
            right = generator.random() < (0.55 if at == 2 else 0.9 if number % 2 == at else 0.3)
            said = town if right else f"wrong {generator.integers(3)}"
            if asked(key, model):
                one = f"{key} {model}"
                answers.append(response(one, key, model, request_key=one, text=f"Answer: {said}", cost_usd=0.001))
                verdicts.append(score(one, float(right), extracted=said))
    vectors = two_topics(len(ids), generator)
    fill(
        dataset=[{"dataset": name, "variant": "test", "scorer": "exact", "synthetic": True} for name in datasets],
        question=told,
        embedding=embeddings([row["text"] for row in told], vectors),
        response=answers,
        score=verdicts,
    )
    return vectors


def put_sums(n: int, dataset: str = "synthetic-arithmetic", note: str = "") -> pl.DataFrame:
    """Questions of arithmetic, in the order of their keys; their rows. A note makes other texts of them."""
    texts = [f"What is {i} plus {i * 7 + 1}?{note}" for i in range(n)]
    rows = pl.DataFrame(
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
    land("question", rows)
    fill(dataset=[{"dataset": dataset, "variant": "v1", "source": "test", "scorer": "math", "synthetic": True}])
    return rows
