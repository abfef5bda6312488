"""Chroma as a rebuildable index of question vectors; exact search for small banks and for the k-th-cosine rule."""

import json
import logging
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from profiles.bank import Bank
from profiles.top import largest
from warehouse.identity import hash_parts
from warehouse.settings import settings

_log = logging.getLogger("concertino")
EXACT_BELOW = 50_000  # items; up to here the exact product is faster than any index
_BATCH = 5_000  # Chroma refuses more than 5,461 at once
_ROWS = 512
_RECALL_DEPTH = 100
_RECALL_QUERIES = 64
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 1000, "max_neighbors": 32}


def build_index(question_ids: np.ndarray, vectors: np.ndarray) -> tuple[str, float]:
    """Put vectors into a Chroma collection named by their content; nothing is done when it is there already.

    Two processes that write one Chroma folder lose entries, so a file lock lets one in at a time.

    Args:
        question_ids: (Q,) text, unique.
        vectors: (Q, d) float32, unit rows.

    Returns:
        The collection's name, and the measured recall against exact search of 100 neighbours of a sample of items.
    """
    name = "questions-" + hash_parts(*question_ids, vectors.tobytes().hex())
    folder = settings().index
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "index.lock"):
        note = folder / f"{name}.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            return name, float(json.loads(note.read_text())["recall"])
        try:
            collection = _fill(folder, name, question_ids, vectors)
            recall = _recall(collection, question_ids, vectors)
        except Exception as error:  # whatever a damaged index makes Chroma raise
            _log.warning("the index is made anew: %s", error)
            _forget(folder)
            collection = _fill(folder, name, question_ids, vectors)
            recall = _recall(collection, question_ids, vectors)
        note.write_text(json.dumps({"recall": recall, "items": len(question_ids)}))
    return name, recall


def nearest(bank: Bank, vectors: np.ndarray, k: int, exact_below: int = EXACT_BELOW) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar bank questions of every question.

    Args:
        bank: of Q items.
        vectors: (n, d) unit vectors.
        k: how many; at most Q are given.
        exact_below: number of items up to which search is exact; beyond, the index's answers are re-ranked.

    Returns:
        (n, min(k, Q)) bank positions, most similar first, and their cosines.
    """
    k = min(k, len(bank.question_ids))
    if bank.collection is None or len(bank.question_ids) <= exact_below:
        return exact(bank.vectors, vectors, k)
    position = {question: at for at, question in enumerate(bank.question_ids)}
    try:
        with FileLock(settings().index / "index.lock"):
            collection = _client(settings().index).get_collection(bank.collection, embedding_function=None)
            found = _query(collection, vectors, 4 * k)
    except Exception as error:  # whatever a damaged or deleted index makes Chroma raise
        (settings().index / f"{bank.collection}.json").unlink(missing_ok=True)  # so that it is no more known as built
        _log.warning("searching without the index, `concertino bank` makes it anew: %s", error)
        return exact(bank.vectors, vectors, k)
    chosen = [np.array([position[q] for q in ids if q in position], dtype=int) for ids in found]
    if min(map(len, chosen), default=k) < k:  # too many of the index's items are outside this bank
        return exact(bank.vectors, vectors, k)
    cosines = [vectors[at] @ bank.vectors[near].T for at, near in enumerate(chosen)]
    order = [np.argsort(-cosine, kind="stable")[:k] for cosine in cosines]
    return (
        np.stack([near[top] for near, top in zip(chosen, order, strict=True)]),
        np.stack([cosine[top] for cosine, top in zip(cosines, order, strict=True)]),
    )


def exact(bank_vectors: np.ndarray, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar rows of a matrix by exact cosine: (n, k) positions, most similar first, and cosines."""
    positions = np.empty((len(vectors), k), dtype=int)
    cosines = np.empty((len(vectors), k))
    for at in range(0, len(vectors), _ROWS):
        rows = slice(at, at + _ROWS)
        positions[rows], cosines[rows] = largest(vectors[rows] @ bank_vectors.T, k)
    return positions, cosines


def _forget(folder: Path) -> None:
    """Delete the index and what Chroma remembers of it in this process."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
    shutil.rmtree(folder / "chroma", ignore_errors=True)
    for note in folder.glob("questions-*.json"):
        note.unlink()


def _fill(folder: Path, name: str, question_ids: np.ndarray, vectors: np.ndarray) -> Any:
    client = _client(folder)
    if name in {collection.name for collection in client.list_collections()}:
        client.delete_collection(name)  # left half-filled by a killed run
    collection = client.create_collection(name, configuration={"hnsw": _HNSW}, embedding_function=None)
    for at in range(0, len(question_ids), _BATCH):
        collection.add(ids=question_ids[at : at + _BATCH].tolist(), embeddings=vectors[at : at + _BATCH])
    return collection


def _recall(collection: Any, question_ids: np.ndarray, vectors: np.ndarray) -> float:
    k = min(_RECALL_DEPTH, len(question_ids))
    sample = np.linspace(0, len(question_ids) - 1, min(_RECALL_QUERIES, len(question_ids))).astype(int)
    truth = exact(vectors, vectors[sample], k)[0]
    found = _query(collection, vectors[sample], k)
    return float(np.mean([len(set(ids) & set(question_ids[near])) / k for ids, near in zip(found, truth, strict=True)]))


def _query(collection: Any, vectors: np.ndarray, k: int) -> list[list[str]]:
    ids = collection.query(query_embeddings=vectors, n_results=min(k, collection.count()), include=[])["ids"]
    return [list(row) for row in ids]


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))
