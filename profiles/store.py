"""The question bank in Chroma: texts, metadata and vectors, in a collection that any Chroma client can open.

A collection never changes: its name says whose it is and ends with the hash of its content, so a bank that is built
while a server answers from the last one takes nothing from under it.
"""

import json
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from filelock import FileLock

from profiles.bank import Bank
from profiles.top import exact
from profiles.where import KEYS, Where
from warehouse.errors import UserError, reason_of
from warehouse.identity import hash_json
from warehouse.settings import settings

_log = logging.getLogger("concertino")
_BATCH = 1_000  # Chroma refuses more than 5,461 at once, and its server 40 MiB
_LOOK_S = 10.0  # to say that it is there
_RECALL_DEPTH = 100
_RECALL_QUERIES = 64
# Of unit vectors the inner product is the cosine, and Chroma keeps them to the last bit; "cosine" scales them anew.
_HNSW = {"space": "ip", "ef_construction": 200, "ef_search": 1000, "max_neighbors": 32}


def store_bank(bank: Bank, parts: np.ndarray, about: Mapping[str, str]) -> tuple[str, float]:
    """Put a bank's questions into a collection; nothing is done when it is there already.

    Args:
        bank: its questions have their texts.
        parts: (Q,) part of every question, for those who look into the collection.
        about: metadata of the collection: profile, pool, embedder, split (whose parts these are).

    Returns:
        The collection's name, and the measured recall against exact search of 100 neighbours of a sample of items.

    Raises:
        UserError: the server that is set cannot be used.
    """
    documents, metadata = bank.known.questions["text"].to_list(), _metadata(bank, parts)
    content = [bank.question_ids.tolist(), documents, metadata, dict(about), bank.vectors]
    name = f"{_slug(about['profile'])}-{hash_json(content)[:20]}"
    store = _store_there if settings().chroma else _store_here
    return name, store(name, bank, documents, metadata, about)


def server_version() -> str:
    """What the Chroma server that is set says of itself, without Chroma's slow import.

    Raises:
        UserError: nothing answers at its address, or something else than Chroma.
    """
    url = settings().chroma
    try:
        return str(httpx.get(f"{url}/api/v2/version", timeout=_LOOK_S).raise_for_status().json())
    except (httpx.HTTPError, ValueError) as error:
        raise _no_server(error) from error


def look_up(collection: str, vectors: np.ndarray, n: int, where: Where) -> list[tuple[list[str], np.ndarray]]:
    """What is most similar to every question, by the collection's own search.

    Args:
        collection: its name.
        vectors: (q, d) unit vectors.
        n: how many are wanted; fewer are given where there are fewer.
        where: metadata that they have.

    Returns:
        q pairs: identifiers, most similar first, and their (up to n, d) float32 vectors as they were stored.

    Raises:
        Exception: whatever a damaged or deleted collection makes Chroma raise.
    """
    found = _client().get_collection(collection, embedding_function=None)
    return _query(found, vectors, n, where)


def not_built(collection: str) -> None:
    """Forget that a collection is there, so that the next bank puts it in anew; a server knows what it has."""
    (settings().index / f"{collection}.json").unlink(missing_ok=True)


def _metadata(bank: Bank, parts: np.ndarray) -> list[dict[str, Any]]:
    """Per item what it can be restricted by, its part and content, and whose its labels are; no unknown keys."""
    known = bank.known
    told = known.questions.select(name for name in (*KEYS, "content_hash") if name in known.questions.columns)
    owners = [sorted(set(row[~np.isnan(labels)])) for row, labels in zip(known.provenance, known.score, strict=True)]
    found = []
    for row, part, own in zip(told.iter_rows(named=True), parts.tolist(), owners, strict=True):
        whose = [name for name in own if name]
        found.append({k: v for k, v in (row | {"part": part, "provenance": whose}).items() if v})
    return found


def _store_here(
    name: str, bank: Bank, documents: Sequence[str], metadata: Sequence[dict[str, Any]], about: Mapping[str, str]
) -> float:
    """Two processes that write one Chroma folder lose entries, so a file lock lets one in at a time."""
    folder = settings().index
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "index.lock"):
        note = folder / f"{name}.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            return float(json.loads(note.read_bytes())["recall"])
        try:
            recall = _recall(_fill(name, bank, documents, metadata, about), bank)
        except Exception as error:  # whatever a damaged index makes Chroma raise
            _log.warning("the index is made anew: %s", error)
            _forget(folder)
            recall = _recall(_fill(name, bank, documents, metadata, about), bank)
        note.write_text(json.dumps({"recall": recall, "items": len(documents)}), encoding="utf-8")
    return recall


def _store_there(
    name: str, bank: Bank, documents: Sequence[str], metadata: Sequence[dict[str, Any]], about: Mapping[str, str]
) -> float:
    """Homes that share a server share no lock: what two of them write into a collection is the same.

    Its metadata say the recall once it is whole, so that nobody takes a part for it.
    """
    from chromadb.errors import ChromaError

    try:
        if (found := _find(name)) is not None and found.metadata.get("recall") is not None:
            return float(found.metadata["recall"])
        collection = _fill(name, bank, documents, metadata, about)
        recall = _recall(collection, bank)
        collection.modify(metadata={**about, "recall": recall})
    except (httpx.HTTPError, ChromaError) as error:
        raise _no_server(error) from error
    return recall


def _find(name: str) -> Any:
    from chromadb.errors import NotFoundError

    with suppress(NotFoundError):
        return _client().get_collection(name, embedding_function=None)
    return None


def _fill(
    name: str, bank: Bank, documents: Sequence[str], metadata: Sequence[dict[str, Any]], about: Mapping[str, str]
) -> Any:
    """The collection with everything in it, also where a killed run left it half-filled."""
    collection = _client().get_or_create_collection(
        name, configuration={"hnsw": _HNSW}, metadata=dict(about), embedding_function=None
    )
    for at in range(0, len(documents), _BATCH):
        some = slice(at, at + _BATCH)
        collection.upsert(
            ids=bank.question_ids[some].tolist(),
            embeddings=bank.vectors[some],
            documents=documents[some],
            metadatas=metadata[some],
        )
    return collection


def _recall(collection: Any, bank: Bank) -> float:
    """Share of the true neighbours of evenly spaced items that the collection finds."""
    k = min(_RECALL_DEPTH, len(bank.question_ids))
    sample = np.linspace(0, len(bank.question_ids) - 1, min(_RECALL_QUERIES, len(bank.question_ids))).astype(int)
    truth = exact(bank.vectors, bank.vectors[sample], k)[0]
    found = _query(collection, bank.vectors[sample], k, {})
    shares = [len(set(ids) & set(bank.question_ids[near])) / k for (ids, _), near in zip(found, truth, strict=True)]
    return float(np.mean(shares))


def _query(collection: Any, vectors: np.ndarray, n: int, where: Where) -> list[tuple[list[str], np.ndarray]]:
    restricted = [{key: {"$in": list(values)}} for key, values in where.items()]
    found = collection.query(
        query_embeddings=vectors,
        n_results=min(n, collection.count()),
        where={"$and": restricted} if len(restricted) > 1 else restricted[0] if restricted else None,
        include=["embeddings"],
    )
    return [
        (list(ids), np.asarray(own, dtype=np.float32).reshape(len(ids), vectors.shape[1]))
        for ids, own in zip(found["ids"], found["embeddings"], strict=True)
    ]


def _forget(folder: Path) -> None:
    """Delete the index and what Chroma remembers of it in this process."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
    shutil.rmtree(folder / "chroma", ignore_errors=True)
    for note in folder.glob("*.json"):
        note.unlink()


def _client() -> Any:
    if url := settings().chroma:
        return _connected(url)
    import chromadb

    database = settings().index / "chroma" / "chroma.sqlite3"
    if not database.exists():  # SQLite would let nobody of a home's group write there
        database.parent.mkdir(parents=True, exist_ok=True)
        database.touch()
    return chromadb.PersistentClient(str(database.parent), settings=_quiet())


@lru_cache(maxsize=1)
def _connected(url: str) -> Any:
    """Kept: every new client asks the server who it is."""
    import chromadb

    try:
        return chromadb.HttpClient(url, settings=_quiet())
    except ValueError as error:  # what Chroma makes of a refused connection
        raise _no_server(error) from error


def _quiet() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _no_server(error: Exception) -> UserError:
    reason = reason_of(error)
    return UserError(
        f"the Chroma server at {settings().chroma} cannot be used ({reason}); start it, or mend or unset "
        "CONCERTINO_CHROMA"
    )


def _slug(name: str) -> str:
    """A name as Chroma takes it."""
    return re.sub("[^a-zA-Z0-9]+", "-", name).strip("-")[:60] or "bank"
