"""Identities: what makes two questions, texts or requests the same."""

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import polars as pl

_SPACE = re.compile(r"\s+")
_SEPARATOR = "\x1f"


def hash_parts(*parts: object) -> str:
    """20 hex digits of SHA-256 over the parts, joined by a separator that no source uses."""
    return hashlib.sha256(_SEPARATOR.join(map(str, parts)).encode()).hexdigest()[:20]


def hash_rows(frame: "pl.DataFrame", *parts: "pl.Expr | str") -> "pl.Series":
    """`hash_parts` of every row: its parts are columns or literals without null."""
    import polars as pl

    joined = frame.select(pl.concat_str(parts, separator=_SEPARATOR).cast(pl.Binary)).to_series()
    return pl.Series([hashlib.sha256(one).hexdigest() for one in joined.to_list()], dtype=pl.String).str.head(20)


def hash_json(value: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys) of a value, 64 hex digits."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)).hexdigest()


def question_id(dataset: str, variant: str, source_key: str) -> str:
    """Identity of a question: (dataset, variant, source key)."""
    return hash_parts("question", dataset, variant, source_key)


def response_id(question: str, model: str, purpose: str, sample_index: int, text_hash: str) -> str:
    """Identity of a response; a changed text is another response, so that its score is not reused."""
    return hash_parts("response", question, model, purpose, sample_index, text_hash)


def text_hash(text: str) -> str:
    """Identity of a text as it stands: the key of the embedding cache."""
    return hash_parts("text", text)


def content_hash(text: str) -> str:
    """Identity of a question's content: Unicode-normalised, case and white space folded. Finds duplicates and leaks."""
    return hash_parts("content", _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold())
