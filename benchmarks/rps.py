"""RPS at full size: 10,000 questions, a 15,400-item bank of 384-d vectors, 15 models, beside the bare product.

Usage: python benchmarks/rps.py [--questions 10000] [--items 15400]

Vectors are clustered like real ones, and float32 as in the warehouse; "parity" is the published prior in float64, as
the paper's presets compute it. Best of three.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
import polars as pl

from profiles.bank import Bank
from profiles.outcomes import OutcomeMatrix
from profiles.prior import choose, local_accuracy, prior_scores
from profiles.top import exact
from tasks.collaborate.posterior import medoid_similarity, paper_posterior

_CHUNK = 512


def clustered(rng: np.random.Generator, rows: int, size: int = 384) -> np.ndarray:
    centres = np.random.default_rng(0).normal(size=(40, size))
    vectors = centres[rng.integers(0, 40, rows)] + 1.2 * rng.normal(size=(rows, size))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def some_bank(rng: np.random.Generator, items: int, models: int = 15, size: int = 384) -> Bank:
    names = [str(at) for at in range(items)]
    questions = pl.DataFrame(
        {"question_id": names, "dataset": rng.integers(0, 14, items).astype(str).tolist(), "content_hash": names}
    )
    vectors = clustered(rng, items, size)
    labels = (rng.random((items, models)) < 0.6).astype(float)
    known = OutcomeMatrix.of(questions, [f"model {m}" for m in range(models)], score=labels)
    return Bank("benchmark", known, vectors)


def published(bank: Bank, rows: np.ndarray) -> None:
    choose(prior_scores(rows, bank.vectors, bank.labels, 400, 0.95, weighted=True)[0], [7] * len(rows))


def parity(bank: Bank, rows: np.ndarray) -> None:
    choose(prior_scores(rows.astype(float), bank.wide, bank.labels, 400, 0.95, weighted=True)[0], [7] * len(rows))


def ours(bank: Bank, rows: np.ndarray) -> None:
    near = exact(bank.vectors, rows, 100)
    choose(local_accuracy(*near, bank.labels, bank.datasets, totals=bank.totals), [7] * len(rows))


def timed(name: str, work, baseline: float | None = None, times: int = 3) -> float:
    seconds = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds = min(seconds, time.perf_counter() - started)
    ratio = "" if baseline is None else f"  {seconds / baseline:5.2f} x the bare product"
    print(f"{name:44} {1000 * seconds:10.2f} ms{ratio}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=15_400)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    bank, questions = some_bank(rng, asked.items), clustered(rng, asked.questions)

    def product(rows: np.ndarray, among: np.ndarray) -> None:
        for at in range(0, len(rows), _CHUNK):
            rows[at : at + _CHUNK] @ among.T

    bare = timed("bare product, float32", lambda: product(questions, bank.vectors))
    timed("RPS as published (k = 400, weighted)", lambda: published(bank, questions), bare)
    timed("our prior (k = 100, shrunk)", lambda: ours(bank, questions), bare)
    bare = timed("bare product, float64", lambda: product(questions.astype(float), bank.wide), times=1)
    timed("RPS as published, parity", lambda: parity(bank, questions), bare, times=1)
    for name, choice in (("as published", published), ("as published, parity", parity), ("ours", ours)):
        timed(f"one question, {name}", lambda choice=choice: choice(bank, questions[:1]), times=20)
    fresh = replace(bank)  # without what a bank keeps between questions
    timed("one question, ours, the first of a bank", lambda: ours(fresh, questions[:1]), times=1)
    answers, logprobs = clustered(rng, 8), rng.normal(-0.3, 0.1, 8)
    timed(
        "posterior of 8 candidates, without embedding",
        lambda: int(paper_posterior(medoid_similarity(answers), logprobs, 1.0).argmax()),
        times=20,
    )


if __name__ == "__main__":
    main()
