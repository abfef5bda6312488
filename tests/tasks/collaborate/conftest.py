"""A small world: two topics, an expert for each, a generalist, and a bank that knows it."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from profiles.bank import Bank, build_bank
from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from tasks.collaborate.selection import Selection, learn, make_selection
from tests.small_world import two_topics

MODELS = ("poet", "mathematician", "fair")


@dataclass(frozen=True, eq=False)
class World:
    matrix: OutcomeMatrix
    bank: Bank
    vectors: np.ndarray
    tested: np.ndarray

    def selection(
        self, preset: Preset, matrix: OutcomeMatrix | None = None, *, n: int = 40, code: bool = False
    ) -> Selection:
        """Of the first n tested questions, by what is known of all."""
        matrix, at = matrix or self.matrix, self.tested[:n]
        fitted = learn(preset, self.bank, matrix)
        return make_selection(preset, "s0", self.bank, fitted, matrix.rows(at), self.vectors[at], np.full(n, code))


@pytest.fixture
def world() -> World:
    """160 questions, 40 of them tested; wrong answers are one of three."""
    rng = np.random.default_rng(0)
    n = 160
    topic = np.arange(n) % 2
    skill = np.stack([np.where(topic == 0, 0.9, 0.2), np.where(topic == 1, 0.9, 0.2), np.full(n, 0.55)], axis=1)
    right = rng.random((n, 3)) < skill
    answers = np.where(right, "right", np.char.add("wrong", rng.integers(0, 3, (n, 3)).astype(str))).astype(object)
    ids = [f"q{i}" for i in range(n)]
    matrix = OutcomeMatrix.of(
        questions=pl.DataFrame(
            {
                "question_id": ids,
                "dataset": [("poems", "sums")[t] for t in topic],
                "text": ids,
                "prompt": pl.Series([None] * n, dtype=pl.String),
                "content_hash": [f"content {i}" for i in range(n)],
            }
        ),
        models=MODELS,
        score=right.astype(float),
        cost_usd=np.full((n, 3), 0.5),
        extracted=answers,
        response_id=np.array([[f"{q} {model}" for model in MODELS] for q in ids], dtype=object),
        provenance=np.full((n, 3), "recorded", dtype=object),
    )
    vectors = two_topics(n, rng, 0.1, 16)
    parts = np.where(np.arange(n) < 120, "train", "test")
    bank = build_bank(matrix, vectors, parts, "s0", "e")
    return World(matrix, bank, vectors, np.flatnonzero(parts == "test"))
