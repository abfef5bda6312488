"""Prefect's side of bank: split, embed, index, one bank per split seed, and one of everything for live use."""

from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Any

import numpy as np

from profiles.bank import ALL, LIVE, build_bank, land_bank
from profiles.embed import Embedder, embed_chunk, embed_texts, get_embedder, unembedded
from profiles.health import health
from profiles.outcomes import OutcomeMatrix, load_outcomes
from profiles.schema import Pool, RunProfile
from profiles.split import splits_of
from profiles.store import store_bank
from tasks.fanout.task import workers
from tasks.progress import counting
from tasks.recorded.task import (
    create_progress_artifact,
    create_table_artifact,
    get_run_logger,
    task,
    update_progress_artifact,
)


@task(name="split", task_run_name="split-{run.name}")
def split_questions(run_id: str, run: RunProfile, pool: Pool) -> OutcomeMatrix:
    """Split the questions of the run where that is not done yet; what is known of these and of live questions."""
    matrix = load_outcomes([*run.datasets, LIVE], pool.models, run.score_mode, {})
    splits_of(run_id, run, matrix.question_ids[_is_own(matrix, run)])
    return matrix


def embed_questions(run_id: str, texts: Sequence[str], name: str) -> np.ndarray:
    """Unit vectors of texts, shape (n, d); only those that are new to the cache are embedded, chunk by chunk."""
    shown = create_progress_artifact(0.0, key="bank-progress", description="embedding the questions")
    if chunks := unembedded(get_embedder(name), texts):
        done, of = 0, sum(map(len, chunks))
        arguments = ((name, chunk, number) for number, chunk in enumerate(chunks, 1))
        with workers(run_id) as crew, counting("embedding") as tell:
            tell(done, of)
            for _, n in crew.run(embed_some, partial(next, arguments, None)):
                tell(done := done + n, of)
                update_progress_artifact(shown, 100.0 * done / of)
    _embedder.cache_clear()  # a model may be large
    update_progress_artifact(shown, 100.0)
    return embed_texts(get_embedder(name), texts)


@task(name="embed", task_run_name="embed-{number}")
def embed_some(name: str, texts: list[str], number: int) -> int:
    """Embed a chunk of texts and land their vectors, in whatever process this is; how many they are."""
    return len(embed_chunk(_embedder(name), texts))


@lru_cache(maxsize=1)
def _embedder(name: str) -> Embedder:
    """Loaded once by a process, not for every chunk."""
    return get_embedder(name)


@task(name="index")
def index_questions(
    run_id: str, run: RunProfile, pool: Pool, embedder: str, matrix: OutcomeMatrix, vectors: np.ndarray
) -> tuple[str, float]:
    """Put the bank of everything into Chroma where it is not yet; the collection, its recall against exact search."""
    own, name = _is_own(matrix, run), get_embedder(embedder).name
    parts = np.full(len(own), "train", dtype=object)  # live questions are only learned from
    splits = splits_of(run_id, run, matrix.question_ids[own])
    parts[own] = splits.parts[0]
    bank = build_bank(matrix, vectors, np.full(len(own), "train"), ALL, name)
    about = {"profile": run.name, "pool": pool.name, "embedder": name, "split": splits.ids[0]}
    return store_bank(bank, parts[matrix.judged], about)


@task(name="build-banks", task_run_name="banks-{run.name}")
def build_banks(
    run_id: str,
    run: RunProfile,
    pool: Pool,
    embedder: str,
    matrix: OutcomeMatrix,
    vectors: np.ndarray,
    index: tuple[str, float],
) -> None:
    """Land one bank per seed, and one of everything, and show how each is."""
    name, own = get_embedder(embedder).name, _is_own(matrix, run)
    collection, recall = index
    about: Any = {"run_id": run_id, "pool": pool.name, "embedder": name, "collection": collection, "recall": recall}

    def landed(split: str, known: OutcomeMatrix, known_vectors: np.ndarray, parts: np.ndarray) -> dict[str, object]:
        bank = build_bank(known, known_vectors, parts, split, name)
        land_bank(bank, split=split, **about)
        tested = known.content_hashes[parts == "test"]
        return {"split": split, **asdict(health(bank, tested)), "index recall": round(recall, 4)}

    shown = [landed(ALL, matrix, vectors, np.full(len(own), "train"))]
    asked = matrix.rows(own)
    splits = splits_of(run_id, run, asked.question_ids)
    for seed, split, parts in zip(run.seeds, splits.ids, splits.parts, strict=True):
        if not (parts == "test").any():
            get_run_logger().warning("no question is in the test part of seed %d: nothing is tested with it", seed)
        shown.append(landed(split, asked, vectors[own], parts))
    create_table_artifact(key="bank", table=shown, description=f"Question banks of {run.name}, {embedder}")


def _is_own(matrix: OutcomeMatrix, run: RunProfile) -> np.ndarray:
    """Which questions are of the run's datasets; live ones are not, unless it names them."""
    named = any(fnmatchcase(LIVE, pattern) for pattern in run.datasets)
    return (matrix.questions["dataset"] != LIVE).to_numpy() | named
