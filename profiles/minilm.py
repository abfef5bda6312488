"""The packaged MiniLM in numpy, for the few texts of a live question: torch takes seconds to import."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from profiles.arrays import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_HEADS = 12
_TOKENS = 256  # the model's own limit
_EPSILON = np.float32(1e-12)


class MiniLM:
    """all-MiniLM-L6-v2 without torch; the same vectors as its `LocalEmbedder`, to 1e-5.

    Args:
        folder: of `model.safetensors` and `tokenizer.json`.
        name: identity, that of the embedder it stands for.
        max_tokens: longer texts are cut.
    """

    dimension = 384

    def __init__(self, folder: Path, name: str, max_tokens: int | None = None) -> None:
        self._folder = folder
        self.name = name
        self._max_tokens = min(max_tokens or _TOKENS, _TOKENS)

    @cached_property
    def _weights(self) -> Mapping[str, np.ndarray]:
        from safetensors.numpy import load_file

        return load_file(self._folder / "model.safetensors")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        found = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        found.no_padding()
        found.enable_truncation(self._max_tokens)
        return found

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32, shape (len(texts), 384). Nothing is padded; only attention goes text by text."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        ends = np.cumsum([len(ids) for ids in tokens])
        states = np.split(self._states(tokens, ends[:-1]), ends[:-1])
        means = np.array([each.mean(axis=0) for each in states])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)

    def _states(self, tokens: Sequence[Sequence[int]], cuts: np.ndarray) -> np.ndarray:
        """Last hidden states of all tokens of all texts, (n, 384): BERT's forward pass."""
        w = self._weights
        places = np.concatenate([np.arange(len(ids)) for ids in tokens])
        states = w["embeddings.word_embeddings.weight"][np.concatenate(tokens)]
        states = states + w["embeddings.position_embeddings.weight"][places]
        states = self._norm(states + w["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(6):
            at = f"encoder.layer.{layer}"
            states = self._norm(states + self._attended(states, cuts, f"{at}.attention"), f"{at}.attention.output")
            inner = _gelu(self._dense(states, f"{at}.intermediate.dense"))
            states = self._norm(states + self._dense(inner, f"{at}.output.dense"), f"{at}.output")
        return states

    def _attended(self, states: np.ndarray, cuts: np.ndarray, at: str) -> np.ndarray:
        parts = [self._dense(states, f"{at}.self.{part}") for part in ("query", "key", "value")]
        mixed = [_mixed(*text) for text in zip(*(np.split(part, cuts) for part in parts), strict=True)]
        return self._dense(np.concatenate(mixed), f"{at}.output.dense")

    def _dense(self, states: np.ndarray, at: str) -> np.ndarray:
        dense: Vectors = states @ self._weights[f"{at}.weight"].T + self._weights[f"{at}.bias"]
        return dense

    def _norm(self, states: np.ndarray, at: str) -> np.ndarray:
        centred = states - states.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + _EPSILON)
        normed: Vectors = scaled * self._weights[f"{at}.LayerNorm.weight"] + self._weights[f"{at}.LayerNorm.bias"]
        return normed


def _mixed(query: np.ndarray, key: np.ndarray, value: np.ndarray) -> np.ndarray:
    """One text's attention: what every token takes over from all others, (n, 384)."""
    query, key, value = (part.reshape(len(part), _HEADS, -1).swapaxes(0, 1) for part in (query, key, value))
    scores = query @ key.swapaxes(1, 2) / np.float32(np.sqrt(query.shape[2]))
    shares = np.exp(scores - scores.max(axis=2, keepdims=True))
    mixed: Vectors = (shares / shares.sum(axis=2, keepdims=True)) @ value
    return mixed.swapaxes(0, 1).reshape(mixed.shape[1], -1)


def _gelu(x: np.ndarray) -> np.ndarray:
    activated: Vectors = x * (_erf(x / np.float32(np.sqrt(2))) + 1) / 2
    return activated


def _erf(x: np.ndarray) -> np.ndarray:
    """To 1.5e-7 (Abramowitz and Stegun 7.1.26); SciPy's import would take longer than everything else here."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    series = np.polyval(np.array([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0], x.dtype), t)
    erf: Vectors = np.copysign(1 - series * np.exp(-np.square(x)), x)
    return erf
