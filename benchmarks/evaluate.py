"""Seconds of an evaluation at MMLU-Pro's size, and the bootstrap against a plain loop over resamples.

python benchmarks/evaluate.py
"""

import time
from collections.abc import Callable

import numpy as np
import polars as pl

import flows.environment  # noqa: F401  (OpenMP threads that do not spin)
from profiles.outcomes import OutcomeMatrix
from tasks.measure.intervals import stratified_sums
from tasks.measure.leaderboard import leaderboard
from tasks.measure.metric import every_metric
from tasks.measure.outcomes import Outcomes
from tasks.measure.settle import settle
from tasks.route.contract import Inputs, Point
from tasks.route.decide import null_systems
from tasks.route.fit import fit
from tasks.route.registry import routers

QUESTIONS, MODELS, DATASETS, SEEDS, RESAMPLES, DIMENSION = 3513, 15, 14, 5, 2000, 384


def world(generator: np.random.Generator) -> tuple[OutcomeMatrix, np.ndarray, np.ndarray]:
    """An outcome matrix, question vectors clustered by dataset, and the test parts."""
    datasets = np.arange(QUESTIONS) % DATASETS
    centres = generator.normal(size=(DATASETS, DIMENSION))
    vectors = (centres[datasets] + generator.normal(size=(QUESTIONS, DIMENSION))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    shape = (QUESTIONS, MODELS)
    scores = (generator.random(shape) < 0.5 + 0.2 * generator.normal(size=(DATASETS, MODELS))[datasets]).astype(float)
    letters = np.array([f"{letter}" for letter in "ABCDEFGHIJ"], dtype=object)
    matrix = OutcomeMatrix.of(
        pl.DataFrame({"question_id": [f"q{i}" for i in range(QUESTIONS)], "dataset": [f"d{i:02}" for i in datasets]}),
        [f"m{i}" for i in range(MODELS)],
        score=scores,
        cost_usd=generator.random(shape),
        extracted=letters[generator.integers(0, 10, shape)],
        response_id=np.full(shape, "r", dtype=object),
    )
    return matrix, vectors, generator.random((SEEDS, QUESTIONS)) < 0.3


def timed(label: str, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(f"{label:<56} {seconds:8.2f} s")
    return seconds


def loop_bootstrap(columns: np.ndarray, strata: np.ndarray, resamples: int, generator: np.random.Generator) -> None:
    """What `stratified_sums` does, one resample after the other."""
    inside = [columns[strata == stratum] for stratum in range(DATASETS)]
    for _ in range(resamples):
        for part in inside:
            part[generator.integers(0, len(part), len(part))].sum(axis=0)


def routed(name: str, matrix: OutcomeMatrix, vectors: np.ndarray, tested: np.ndarray) -> Outcomes:
    router = routers.get(name)()
    inputs, decisions = Inputs([""] * len(vectors), vectors), []
    for seed, test in enumerate(tested):
        found = fit(router, matrix, inputs, np.where(test, "test", "train"), {}, seed)
        decisions.append(found.policy.decide(found.prediction, Point()).among(np.flatnonzero(test), len(test)))
    return settle(name, matrix, decisions)


def main() -> None:
    generator = np.random.default_rng(0)
    matrix, vectors, tested = world(generator)
    systems: list[Outcomes] = []
    print(f"{QUESTIONS} questions, {MODELS} models, {SEEDS} seeds, {RESAMPLES} resamples")
    timed("null baselines", lambda: systems.extend(null_systems(matrix, ~tested, tested)))
    for name in ("knn", "avengers"):  # all others: fit_times.py
        timed(f"{name}: fit and route", lambda name=name: systems.append(routed(name, matrix, vectors, tested)))
    every_metric()
    timed(f"leaderboard of {len(systems)} systems", lambda: leaderboard(systems, matrix.datasets, RESAMPLES, generator))
    strata = np.unique(matrix.datasets, return_inverse=True)[1]
    columns = generator.random((QUESTIONS, 14 * len(systems)))
    product = timed("bootstrap as matrix products", lambda: stratified_sums(columns, strata, RESAMPLES, generator))
    loop = timed("bootstrap as a plain loop", lambda: loop_bootstrap(columns, strata, RESAMPLES, generator))
    print(f"the products are {loop / product:.1f} times as fast")


if __name__ == "__main__":
    main()
