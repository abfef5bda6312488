"""One live question looked up in a bank: the exact product over all vectors against Chroma, and how they agree.

Usage: python benchmarks/retrieval.py [--items 20000] [--questions 50]

Prints what each takes before the first question and per question, and the ratio; all measured in one run. Vectors are
clustered like real ones. The warehouse's part is left out: `exact` also has to read its vectors from there.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl


def timed(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def told(name: str, exact: float, chroma: float, unit: str = "ms", scale: float = 1000.0) -> None:
    print(f"{name:34} {scale * exact:10.2f} {scale * chroma:10.2f} {unit:3} {chroma / exact:8.2f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        compare(asked, home)


def compare(asked: argparse.Namespace, home: str) -> None:
    os.environ["CONCERTINO_HOME"] = home
    importing = timed(lambda: __import__("chromadb"))[0]

    from benchmarks.rps import clustered, some_bank
    from profiles.bank import Bank
    from profiles.index import nearest
    from profiles.store import store_bank
    from warehouse.settings import settings

    rng = np.random.default_rng(1)
    bank, questions = some_bank(rng, asked.items), clustered(rng, asked.questions)
    texts = bank.known.questions.with_columns(text=pl.lit("what is it? ") + pl.col("question_id"))
    bank = Bank(bank.bank_id, replace(bank.known, questions=texts), bank.vectors)
    about = {"profile": "benchmark", "pool": "p", "embedder": "e", "split": "s"}
    building, (name, recall) = timed(lambda: store_bank(bank, np.full(asked.items, "train"), about))
    np.save(vectors := Path(home) / "vectors.npy", bank.vectors)
    held = Bank(bank.bank_id, bank.known, np.load(vectors))
    looked_up = Bank(bank.bank_id, bank.known, bank.vectors, name)
    size = sum(path.stat().st_size for path in settings().index.rglob("*") if path.is_file())
    print(f"{asked.items:,} items, {asked.questions} questions; built in {building:.1f} s, recall {recall:.4f}")
    print(f"{'':34} {'exact':>10} {'chroma':>10} {'':3} {'ratio':>10}")
    told("disk, MB", vectors.stat().st_size, size, "MB", 1e-6)
    where = {"dataset": ["3"]}
    for title, restriction in (("neighbours, k = 100", {}), ("the same, one dataset of 14", where)):
        first = [timed(lambda at=at, r=restriction: nearest(at, questions[:1], 100, r))[0] for at in (held, looked_up)]
        told(f"{title}, the first", first[0], first[1] + (0 if restriction else importing))
        compared(title, held, looked_up, lambda at, row, r=restriction: nearest(at, row, 100, r)[0], questions)


def compared(title: str, held: object, looked_up: object, search: Callable[..., np.ndarray], rows: np.ndarray) -> None:
    """Per question in both ways, and the share of questions for which both give the same."""
    singly = [rows[at : at + 1] for at in range(len(rows))]
    exact, found = timed(lambda: [search(held, row) for row in singly])
    chroma, other = timed(lambda: [search(looked_up, row) for row in singly])
    told(title, exact / len(rows), chroma / len(rows))
    same = np.mean([np.array_equal(one, two) for one, two in zip(found, other, strict=True)])
    print(f"{'':34} the same for {100 * same:.1f} % of the questions")


if __name__ == "__main__":
    main()
