"""Seconds to fit every router on embeddings that are there, and to decide at all its points, at the reference's size.

Usage: python benchmarks/fit_times.py [--seeds 5] [--routers knn avengers-pro]

Two made-up settings as large as LLMRouterBench's: 11,438 prompts of 15 datasets with 20 models, 12,489 of 10 with 13.
What fine-tunes an encoder is left out: it needs texts and, in earnest, a GPU.
"""

import argparse
import resource
import time
from collections.abc import Iterator

import numpy as np
import polars as pl

import flows.environment  # noqa: F401  (OpenMP threads that do not spin)
from profiles.outcomes import OutcomeMatrix
from tasks.route.contract import Inputs
from tasks.route.fit import fit, points_of
from tasks.route.registry import routers

_SETTINGS = {"performance": (11_438, 15, 20), "cost": (12_489, 10, 13)}
_DIMENSION, _WIDTH = 384, 20


def world(questions: int, datasets: int, models: int) -> tuple[OutcomeMatrix, Inputs]:
    """Vectors in a cluster per dataset, and models that are each good at some datasets and at some directions."""
    generator = np.random.default_rng(0)
    of = np.arange(questions) % datasets
    vectors = generator.normal(size=(datasets, _DIMENSION))[of] + generator.normal(size=(questions, _DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    ability = 0.5 + 0.2 * generator.normal(size=(datasets, models))[of]
    ability += vectors @ generator.normal(size=(_DIMENSION, models))
    shape = questions, models
    matrix = OutcomeMatrix.of(
        pl.DataFrame({"question_id": [f"q{i}" for i in range(questions)], "dataset": [f"d{i:02}" for i in of]}),
        [f"m{i}" for i in range(models)],
        score=(generator.random(shape) < ability).astype(float),
        cost_usd=generator.lognormal(np.linspace(-9, -4, models), 0.5, shape),
    )
    noise = (generator.normal(size=vectors.shape) / _DIMENSION).astype(np.float32)
    return matrix, Inputs([f"question {i}" for i in range(questions)], vectors, lambda model: vectors + noise)


def frozen() -> Iterator[str]:
    """Routers that need nothing but vectors."""
    return (name for name in routers.names() if "encoder" not in routers.get(name).Options.model_fields)


def measured(name: str, matrix: OutcomeMatrix, inputs: Inputs, seeds: int) -> tuple[float, float, int]:
    """Seconds of all fits, seconds of predicting and of all decisions, number of points."""
    fitting = deciding = 0.0
    points = 0
    for seed in range(seeds):
        parts = np.random.default_rng(seed).choice(
            ["train", "validation", "test"], len(inputs.texts), p=(0.6, 0.1, 0.3)
        )
        started = time.perf_counter()
        found = fit(routers.get(name)(), matrix, inputs, parts, {}, seed)
        for point in (swept := points_of(found.policy, name)):
            found.policy.decide(found.prediction, point)
        fitting += found.fit_s
        deciding += time.perf_counter() - started - found.fit_s
        points = len(swept)
    return fitting, deciding, points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--routers", nargs="*")
    asked = parser.parse_args()
    worlds = [world(*size) for size in _SETTINGS.values()]
    print(f"seconds of {asked.seeds} fits, of predicting and deciding at all points; processor seconds; points")
    total = 0.0
    for name in asked.routers or frozen():
        line = f"{name:{_WIDTH}}"
        for matrix, inputs in worlds:
            began = time.process_time()
            fitting, deciding, points = measured(name, matrix, inputs, asked.seeds)
            total += fitting + deciding
            line += f" | {fitting:7.1f} {deciding:6.1f} {time.process_time() - began:7.1f} {points:4}"
        print(line, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"all together {total:.0f} s, peak {peak:.1f} GiB")


if __name__ == "__main__":
    main()
