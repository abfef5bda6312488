"""A published question bank of SMCS: questions, what every model was worth on them, and their vectors."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from profiles.embed import get_embedder
from profiles.load import load_datasets
from tasks.ingest.coerce import text_of
from tasks.ingest.correctness import correctness_of, dataset_name
from tasks.ingest.files import file_hash, json_files, matches, shown
from tasks.ingest.formats.json import json_records
from tasks.ingest.quarantine import Reject
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, SourceOptions, sources
from tasks.ingest.rows import record_frame
from warehouse.connect import rows
from warehouse.identity import text_hash
from warehouse.settings import settings

_BATCH = 256  # items; each is a row per model, and a vector


class BankOptions(SourceOptions):
    """Options of the source `smcs-bank`."""

    embedder: str | None = Field(
        None, description="what made the bank's vectors, as a run profile names it; empty: they are left out"
    )


@sources.register("smcs-bank")
def smcs_bank(request: Request) -> Plan:
    """A bank as SMCS publishes it: one JSON object keyed "0", "1", ..., or JSONL (SMCS reference, section 1.2).

    An item has `question`, `src_question_id`, `src`, `model_res` with `is_correct` per model, `src_subject` for
    MMLU-Pro, and `embedding`. Its dataset is `src`, and the subject where there is one, as `mmlu-pro-law`. Correctness
    becomes labels. With `embedder` the vectors go to the cache under that name, at unit length, and no text that has
    one is embedded again.

    Raises:
        UserError: nothing readable at the path, or an unknown option.
    """
    options = request.parse(BankOptions)
    files, odd = json_files(request.existing("a question bank as JSON or JSONL"))
    embedder = None if options.embedder is None else get_embedder(options.embedder).name
    read = [
        SourceFile(shown(file), partial(file_hash, file), partial(_read, file, request, embedder)) for file in files
    ]
    return Plan(tuple(read), tuple(odd), tuple(load_datasets()), options.synthetic, additive=True)


def _read(path: Path, request: Request, embedder: str | None) -> Iterator[Batch]:
    vectors = None if embedder is None else _Vectors(embedder)
    items = json_records(path)
    while (batch := _batch(islice(items, _BATCH), request, vectors)) is not None:
        yield batch


def _batch(
    items: Iterator[tuple[str, dict[str, Any] | Reject]], request: Request, vectors: "_Vectors | None"
) -> Batch | None:
    """What some items give, none of which stays in memory; None where there is none left."""
    rejects: list[Reject] = []
    found: list[dict[str, Any]] = []
    others: set[str] = set()
    key = None
    for key, item in items:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        dataset = dataset_name(text_of(item.get("src")) or "", text_of(item.get("src_subject")))
        if not matches(dataset, request.datasets):
            others.add(dataset)
            continue
        found += _rows(key, dataset, item)
        if vectors is not None and (reject := vectors.take(key, item)) is not None:
            rejects.append(reject)
    if key is None:
        return None
    return Batch(
        record_frame({name: [row[name] for row in found] for name in found[0]}) if found else None,
        embeddings=None if vectors is None else vectors.hand_over(),
        rejects=tuple(rejects),
        others=frozenset(others),
    )


def _rows(key: str, dataset: str, item: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per model, or one without a model where nothing is known of any."""
    question = {
        "row_key": key,
        "dataset": dataset,
        "source_key": text_of(item.get("src_question_id")),
        "text": text_of(item.get("question")),
        "model": None,
        "label": None,
    }
    results = item.get("model_res")
    if not isinstance(results, dict) or not results:
        return [question]
    return [
        question
        | {
            "row_key": f"{key} {model}",
            "model": model,
            "label": correctness_of(result if isinstance(result, dict) else {"is_correct": result}),
        }
        for model, result in results.items()
    ]


class _Vectors:
    """Vectors of a bank on their way to the cache, all of one length."""

    def __init__(self, embedder: str) -> None:
        self._embedder = embedder
        self._size = _cached_size(embedder)
        self._waiting: dict[str, np.ndarray] = {}

    def take(self, key: str, item: dict[str, Any]) -> Reject | None:
        """Take an item's vector; why not, where it cannot be used. None where the item has none or no text."""
        text, given = text_of(item.get("question")), item.get("embedding")
        if given is None or not text:
            return None
        try:
            vector = np.array(given, dtype=float)
        except (TypeError, ValueError):
            vector = np.empty(0)
        norm = float(np.linalg.norm(vector))
        self._size = self._size or vector.size
        if vector.shape != (self._size,) or not np.isfinite(norm) or norm == 0:
            return Reject("bad_embedding", key, "embedding")
        self._waiting[text_hash(text)] = (vector / norm).astype(np.float32)
        return None

    def hand_over(self) -> pl.DataFrame | None:
        """What was taken since the last time, as rows of table `embedding`."""
        if not self._waiting:
            return None
        column = pl.Series("vector", np.stack(list(self._waiting.values()))).arr.to_list()
        frame = pl.DataFrame({"embedder": self._embedder, "text_hash": list(self._waiting), "vector": column})
        self._waiting = {}
        return frame


def _cached_size(embedder: str) -> int:
    """Length of the embedder's vectors in the cache; 0 when there are none."""
    if not settings().has_warehouse:
        return 0
    return int(rows("embedding_dimension", embedder=embedder)["dimension"][0] or 0)
