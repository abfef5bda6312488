"""RPS at full size: 10,000 questions, a 15,400-item bank of 384-d vectors, 15 models, beside the bare product.

Usage: python benchmarks/rps.py [--questions 10000] [--items 15400]

Vectors are clustered like real ones; everything is float32 as in the warehouse.
"""

import argparse
import time

import numpy as np

from profiles.index import exact
from profiles.prior import choose, local_accuracy, prior_scores

_CHUNK = 512


def clustered(rng: np.random.Generator, rows: int, size: int = 384) -> np.ndarray:
    centres = np.random.default_rng(0).normal(size=(40, size))
    vectors = centres[rng.integers(0, 40, rows)] + 1.2 * rng.normal(size=(rows, size))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def timed(name: str, work, baseline: float | None = None) -> float:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    ratio = "" if baseline is None else f"  {seconds / baseline:5.2f} x the bare product"
    print(f"{name:44} {seconds:8.3f} s{ratio}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=15_400)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    bank, questions = clustered(rng, asked.items), clustered(rng, asked.questions)
    labels = (rng.random((asked.items, 15)) < 0.6).astype(float)
    datasets = rng.integers(0, 14, asked.items).astype(str)

    def product() -> None:
        for at in range(0, len(questions), _CHUNK):
            questions[at : at + _CHUNK] @ bank.T

    def paper(rows: np.ndarray) -> None:
        choose(prior_scores(rows, bank, labels, 400, 0.95, weighted=True)[0], [7] * len(rows))

    def ours(rows: np.ndarray) -> None:
        choose(local_accuracy(*exact(bank, rows, 100), labels, datasets), [7] * len(rows))

    product()
    bare = timed("bare matrix product", product)
    timed("RPS as published (k = 400, weighted)", lambda: paper(questions), bare)
    timed("our prior (k = 100, shrunk)", lambda: ours(questions), bare)
    timed("one question, as published", lambda: paper(questions[:1]))
    timed("one question, ours", lambda: ours(questions[:1]))


if __name__ == "__main__":
    main()
