"""What benchmarks/scaling.py measures: each stage prepares, then gives the work that is timed, or says why not."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_VARIANTS = ["test", "hybrid", "v1", "test_3000", "verified"]
_POOL_MODELS = 13
_QUERIES, _NEAREST, _DIMENSIONS = 50, 400, 384
_RESAMPLES, _COLUMNS, _QUESTIONS = 2000, 40, 3_500
_FITS = 12
_JUDGED = 20
_NAMED = ("leaderboard", "models", "coverage", "no-answer-rate", "best-model-by-dataset")

Work = Callable[[], int]
"""Gives the bytes that it wrote, or went through."""


def size_of(path: Path) -> int:
    """Bytes of a file or folder."""
    return sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())


def release(asked: argparse.Namespace, scale: int) -> Work | str:
    """Write the release."""
    there = asked.folder / f"release-{scale}"
    if there.exists():
        return "is there already"
    if asked.release_tool is None:
        return "left out: --release-tool is not given"
    command = [sys.executable, str(asked.release_tool), str(there), "--scale", str(scale)]

    def work() -> int:
        subprocess.run(command, check=True, capture_output=True)
        return size_of(there)

    return work


def ingest(asked: argparse.Namespace, scale: int) -> Work | str:
    """Into an empty warehouse."""
    from tasks.ingest.ingest import ingest_source
    from warehouse.settings import settings

    there = asked.folder / f"release-{scale}"
    variants = {path.name for path in there.glob("*/*")} & set(_VARIANTS)
    options = {"variants": sorted(variants), "synthetic": True}

    def work() -> int:
        ingest_source("llmrouterbench", str(there), options, "benchmark")
        return size_of(settings().warehouse)

    return work


def score(asked: argparse.Namespace, scale: int) -> Work | str:
    """Read all that waits for a fixed scorer, as the stage does; judge and land one answer in twenty."""
    from tasks.score.judge import judge
    from tasks.score.rows import items_of, score_rows, waiting_responses, without_sandboxed
    from tasks.score.task import READ
    from warehouse.settings import settings
    from warehouse.writer import land, load_landing

    def work() -> int:
        waiting, _, _ = without_sandboxed(waiting_responses(["*"], rescore=True, mode="fixed"))
        for first in range(0, len(waiting), READ):
            items = items_of(waiting[first : first + READ])
            part = items[::_JUDGED]
            land("score", score_rows("benchmark", part, judge([item for _, item in part])))
        load_landing()
        return size_of(settings().warehouse)

    return work


def snapshot(asked: argparse.Namespace, scale: int) -> Work | str:
    """Of the models that answered most."""
    from profiles.outcomes import outcome_cells
    from warehouse.connect import read
    from warehouse.settings import settings
    from warehouse.snapshot import take_snapshot

    models = read("select model from response group by all order by count(*) desc, model")["model"][:_POOL_MODELS]

    def work() -> int:
        found = outcome_cells(["*"], models.to_list(), "recorded", {})
        taken = take_snapshot(*found, models.to_list(), "recorded", pool="benchmark")
        return size_of(settings().snapshots / taken.snapshot_id)

    return work


def published(asked: argparse.Namespace, scale: int) -> Work | str:
    """Without a former copy."""
    from warehouse.published import publish
    from warehouse.settings import settings

    settings().published.unlink(missing_ok=True)
    return lambda: [publish(), size_of(settings().published)][1]


def republished(asked: argparse.Namespace, scale: int) -> Work | str:
    """After a thousand new answers."""
    import polars as pl

    from warehouse.connect import read
    from warehouse.published import publish
    from warehouse.settings import settings
    from warehouse.writer import write

    some = read("select * from response limit 1000")
    mark = str(time.time_ns())
    new = pl.format("{}-{}", pl.lit(mark), pl.int_range(pl.len()))
    write("response", some.with_columns(response_id=new, request_key=new))
    return lambda: [publish(), size_of(settings().published)][1]


def queries(asked: argparse.Namespace, scale: int) -> Work | str:
    """The leaderboard and four other named queries on the published copy."""
    from warehouse.query import run_named
    from warehouse.settings import settings

    if not settings().published.exists():
        return "left out: nothing is published here"
    return lambda: [[run_named(name) for name in _NAMED], 0][1]


def bootstrap(asked: argparse.Namespace, scale: int) -> Work | str:
    """Of 40 columns, for so many times 3,500 questions of 14 datasets."""
    import numpy as np

    from tasks.measure.intervals import stratified_sums

    generator = np.random.default_rng(0)
    columns = generator.random((_QUESTIONS * scale, _COLUMNS))
    strata = np.arange(len(columns)) % 14
    return lambda: [stratified_sums(columns, strata, _RESAMPLES, generator), 0][1]


def questions_and_bank(items: int) -> tuple[Any, Any]:
    """(_QUERIES, d) and (items, d) random unit vectors."""
    import numpy as np

    generator = np.random.default_rng(1)
    drawn = generator.standard_normal((items + _QUERIES, _DIMENSIONS), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn[:_QUERIES], drawn[_QUERIES:]


def product(asked: argparse.Namespace, items: int) -> Work | str:
    """The cosines of 50 questions, one at a time, with every vector: what exact search takes at the least."""
    asked_vectors, vectors = questions_and_bank(items)
    return lambda: [[vectors @ row for row in asked_vectors], int(vectors.nbytes)][1]


def exactly(asked: argparse.Namespace, items: int) -> Work | str:
    """Neighbours and prior of 50 questions, one at a time, by the product with every vector."""
    from benchmarks.rps import some_bank
    from profiles.prior import prior_scores

    asked_vectors, vectors = questions_and_bank(items)
    labels = some_bank(__import__("numpy").random.default_rng(1), items, _POOL_MODELS, 2).labels

    def work() -> int:
        for at in range(_QUERIES):
            prior_scores(asked_vectors[at : at + 1], vectors, labels, _NEAREST, 0.95, weighted=True)
        return int(vectors.nbytes)

    return work


def looked_up(asked: argparse.Namespace, items: int) -> Work | str:
    """The same neighbours from Chroma's local index with the project's options; what building took is told apart."""
    import chromadb

    from profiles.store import _HNSW

    asked_vectors, vectors = questions_and_bank(items)
    there = asked.folder / f"chroma-{items}"
    client = chromadb.PersistentClient(str(there))
    bank = client.get_or_create_collection("bank", embedding_function=None, configuration={"hnsw": _HNSW})
    started = time.perf_counter()
    for at in range(bank.count(), items, 5_000):
        part = vectors[at : at + 5_000]
        bank.add([str(at + one) for one in range(len(part))], embeddings=part)
    print(f"  built in {time.perf_counter() - started:.0f} s", file=sys.stderr)

    def work() -> int:
        for row in asked_vectors:
            bank.query(query_embeddings=[row], n_results=_NEAREST, include=["embeddings"])
        return size_of(there)

    return work


def indexed(asked: argparse.Namespace, items: int) -> Work | str:
    """The same from DuckDB's vss, where its extension is installed."""
    import duckdb
    import polars as pl

    if find_spec("duckdb_extension_vss") is None:
        return "left out: duckdb-extension-vss is not installed"
    folder = Path(__import__("duckdb_extension_vss").__path__[0])
    con = duckdb.connect()
    try:
        con.execute(f"load '{next(folder.rglob('*.duckdb_extension'))}'")
    except duckdb.Error as error:
        return f"left out: {str(error).splitlines()[0]}"
    asked_vectors, vectors = questions_and_bank(items)
    bank = pl.DataFrame({"vector": vectors}, schema={"vector": pl.Array(pl.Float32, _DIMENSIONS)})
    con.execute(f"create table bank as select vector::float[{_DIMENSIONS}] as vector from bank")
    started = time.perf_counter()
    con.execute("create index by_vector on bank using hnsw (vector) with (metric = 'ip', ef_search = 1000)")
    print(f"  built in {time.perf_counter() - started:.0f} s, {len(bank):,} items", file=sys.stderr)
    similar = f"array_negative_inner_product(vector, $v::float[{_DIMENSIONS}])"
    nearest = f"select rowid from bank order by {similar} limit {_NEAREST}"

    def work() -> int:
        for row in asked_vectors:
            con.execute(nearest, {"v": row.tolist()}).fetchall()
        return 0

    return work


def fits(asked: argparse.Namespace, workers: int) -> Work | str:
    """Fits of a router by neighbours, shared by so many processes."""
    from concurrent.futures import ProcessPoolExecutor

    def work() -> int:
        with ProcessPoolExecutor(workers) as pool:
            list(pool.map(one_fit, range(_FITS)))
        return 0

    return work


def one_fit(seed: int) -> None:
    """On MMLU-Pro's size."""
    import numpy as np

    from benchmarks.evaluate import routed, world

    matrix, vectors, tested = world(np.random.default_rng(seed))
    routed("knn", matrix, vectors, tested[:1])


STAGES: dict[str, Callable[[argparse.Namespace, int], Work | str]] = {
    "release": release,
    "ingest": ingest,
    "score": score,
    "snapshot": snapshot,
    "publish": published,
    "republish": republished,
    "queries": queries,
    "bootstrap": bootstrap,
    "product": product,
    "exact": exactly,
    "chroma": looked_up,
    "vss": indexed,
    "workers": fits,
}
