"""Texts to unit vectors: a local sentence-transformers model or an API, cached by text hash in the warehouse."""

import time
import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import polars as pl

from profiles.arrays import Vectors
from profiles.encoder import encode, hub_name, load_encoder, packaged
from profiles.minilm import MiniLM
from warehouse.connect import rows
from warehouse.errors import ProviderError
from warehouse.identity import hash_json, text_hash
from warehouse.writer import land, load_landing, now

_CHUNK = 128  # texts per landing file: what a killed run can lose
_API_BATCH = 96


class Embedder(Protocol):
    """What turns texts into vectors.

    Attributes:
        name: identity in the cache; two embedders of one name give the same vectors.
    """

    name: str

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32, shape (len(texts), dimension)."""


class LocalEmbedder:
    """A sentence-transformers model, loaded at the first text.

    Args:
        model: `minilm` (packaged weights where installed) or any model-hub name or folder.
        max_tokens: longer texts are cut; None keeps the model's own limit.
    """

    def __init__(self, model: str, max_tokens: int | None = None) -> None:
        self._given = model
        self._max_tokens = max_tokens
        source = hub_name(model)
        self.name = source if max_tokens is None else f"{source}@{max_tokens}"

    @cached_property
    def _model(self) -> Any:
        return load_encoder(self._given, max_tokens=self._max_tokens)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32, shape (len(texts), dimension).

        Raises:
            ProviderError: see `_usable`.
        """
        return _usable(self.name, texts, encode(self._model, texts))


class ApiEmbedder:
    """An embedding model behind LiteLLM; every request is a row of the ledger (purpose `embed`).

    Args:
        model: LiteLLM's name, such as `openai/text-embedding-3-small`.
        options: further arguments of `litellm.embedding`, such as `api_base`.
    """

    def __init__(self, model: str, **options: Any) -> None:
        self._model = model
        self._options = options
        self.name = f"litellm/{model}"

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; asks for one embedding."""
        return int(self.encode(["dimension"]).shape[1])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32, shape (len(texts), dimension).

        Raises:
            ProviderError: the provider refused or failed; and as of `_usable`.
        """
        batches = [list(texts[at : at + _API_BATCH]) for at in range(0, len(texts), _API_BATCH)]
        vectors = np.concatenate([self._request(batch) for batch in batches]).astype(np.float32)
        with np.errstate(invalid="ignore"):  # zeros have no direction
            unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return _usable(self.name, texts, unit)

    def _request(self, batch: list[str]) -> np.ndarray:
        import litellm

        started, clock = now(), time.perf_counter()
        try:
            # An empty input is an error at most providers.
            answer = litellm.embedding(
                model=self._model, input=[text or " " for text in batch], num_retries=2, timeout=60, **self._options
            )
        except Exception as error:  # LiteLLM's classes follow each provider's; the ledger needs the words
            raise ProviderError("unknown", str(error)[:300], retryable=False) from error
        self._record(batch, answer, started, time.perf_counter() - clock)
        return np.array([item["embedding"] for item in sorted(answer.data, key=lambda item: item["index"])])

    def _record(self, batch: list[str], answer: Any, started: Any, seconds: float) -> None:
        cost = (getattr(answer, "_hidden_params", None) or {}).get("response_cost")
        usage = getattr(answer, "usage", None)
        row = {
            "call_id": uuid.uuid4().hex,
            "request_key": hash_json([self.name, batch]),
            "purpose": "embed",
            "asked_model": self.name,
            "attempt": 1,
            "prompt_tokens": getattr(usage, "prompt_tokens", None),
            "cost_usd": cost,
            "cost_source": None if cost is None else "priced",
            "latency_s": seconds,
            "started_at": started,
        }
        types = {"prompt_tokens": pl.Int64, "cost_usd": pl.Float64, "cost_source": pl.String}
        land("call", pl.DataFrame([row], schema_overrides=types))


def get_embedder(name: str, max_tokens: int | None = None) -> Embedder:
    """The embedder of a name; no weights are loaded before the first text.

    Args:
        name: `minilm`, a model-hub name or folder, or `litellm/<model>` for an API.
        max_tokens: cut longer texts there (local models only).
    """
    if name.startswith("litellm/"):
        return ApiEmbedder(name.removeprefix("litellm/"))
    return LocalEmbedder(name, max_tokens)


def quick_embedder(name: str, max_tokens: int | None = None) -> Embedder:
    """As `get_embedder`, but ready at once where weights are packaged; for vectors that are not kept.

    They differ from the others in the last bits, and what is kept must not depend on which command embedded it.
    """
    embedder, folder = get_embedder(name, max_tokens), packaged(name)
    return embedder if folder is None else MiniLM(folder, embedder.name, max_tokens)


def embed_texts(embedder: Embedder, texts: Sequence[str]) -> np.ndarray:
    """Unit vectors of texts, in their order; no text is ever embedded twice.

    New vectors are landed in chunks, so that a killed run keeps what it has.

    Args:
        embedder: see `get_embedder`.
        texts: n texts; equal ones are embedded once.

    Returns:
        float32, shape (n, d); (0, 0) for no text.
    """
    hashes = [text_hash(text) for text in texts]
    known, chunks = _known(embedder.name, texts)
    for chunk in chunks:
        known |= dict(zip(map(text_hash, chunk), embed_chunk(embedder, chunk), strict=True))
    load_landing(("embedding",))
    return np.stack([known[key] for key in hashes]) if hashes else np.zeros((0, 0), np.float32)


def unembedded(embedder: Embedder, texts: Sequence[str]) -> list[list[str]]:
    """Those of the texts that are new to the cache, in the chunks that `embed_texts` makes of them."""
    return _known(embedder.name, texts)[1]


def embed_chunk(embedder: Embedder, chunk: Sequence[str]) -> np.ndarray:
    """Embed the texts of a chunk and land their vectors; float32, shape (len(chunk), d)."""
    vectors = embedder.encode(chunk)
    _keep(embedder.name, [text_hash(text) for text in chunk], vectors)
    return vectors


def _usable(name: str, texts: Sequence[str], vectors: Vectors) -> Vectors:
    """The vectors as they are.

    Raises:
        ProviderError: the embedder of that name gave no vector for some text, or one of no direction.
    """
    usable = np.isfinite(vectors).all(axis=1).sum()
    if usable != len(texts):
        told = f"embedder {name} gave {usable} usable vectors for {len(texts)} texts; embed with another one"
        raise ProviderError("garbage", told, retryable=False)
    return vectors


def _known(name: str, texts: Sequence[str]) -> tuple[dict[str, np.ndarray], list[list[str]]]:
    """Text hash → vector of what is in the cache; the other texts, longest first, in chunks."""
    by_hash = {text_hash(text): text for text in texts}
    load_landing(("embedding",))
    known = _cached(name, list(by_hash))
    missing = sorted((text for key, text in by_hash.items() if key not in known), key=len, reverse=True)
    return known, [missing[at : at + _CHUNK] for at in range(0, len(missing), _CHUNK)]


def _cached(name: str, hashes: list[str]) -> dict[str, np.ndarray]:
    found = rows("embedding", embedder=name, texts=hashes)
    if found.is_empty():
        return {}
    vectors = found["vector"].explode().to_numpy().astype(np.float32).reshape(len(found), -1)
    return dict(zip(found["text_hash"].to_list(), vectors, strict=True))


def _keep(name: str, hashes: list[str], vectors: np.ndarray) -> None:
    column = pl.Series("vector", vectors.astype(np.float32)).arr.to_list()
    land("embedding", pl.DataFrame({"embedder": name, "text_hash": hashes, "vector": column}))
