"""By content: a question's part depends on its content, the seed and the shares, on nothing else."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from pydantic import Field

from profiles.splitter import SplitOptions, places, splitter


class HashOptions(SplitOptions):
    """Options of the splitter `hash`."""

    train_share: float = Field(0.7, gt=0, lt=1, description="expected share of train and validation together")
    validation_share: float = Field(0.0, ge=0, lt=1, description="of all questions, taken out of the train share")


def hash_label(options: HashOptions) -> str:
    """The shares, as in `hash-0.7-0-s0`."""
    return f"{options.train_share:g}-{options.validation_share:g}"


@splitter("hash", options=HashOptions, label=hash_label)
def split(questions: pl.DataFrame, seed: int, options: HashOptions) -> np.ndarray:
    """See `hash_split`."""
    return hash_split(questions["content_hash"], seed, options.train_share, options.validation_share)


def hash_split(content_hashes: Iterable[str], seed: int, train_share: float, validation_share: float) -> np.ndarray:
    """Part of every question: `train`, `validation` or `test`.

    Nothing moves when a dataset is added, and questions of the same content are always in the same part.

    Args:
        content_hashes: Q content hashes (`warehouse.identity.content_hash`).
        seed: another seed gives an independent split.
        train_share: expected share of train and validation together, in (0, 1).
        validation_share: the part of it that is validation, in [0, train_share].

    Returns:
        Q strings.
    """
    place = places("split", seed, content_hashes)
    return np.select([place < train_share - validation_share, place < train_share], ["train", "validation"], "test")
