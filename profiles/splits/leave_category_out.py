"""Tested on categories of datasets that nothing was learned from."""

import numpy as np
import polars as pl
from pydantic import Field

from profiles.splits.leave_dataset_out import leave_out
from profiles.splitter import SplitOptions, splitter, with_validation


class LeaveCategoryOutOptions(SplitOptions):
    """Options of the splitter `leave-category-out`; a dataset without a category is one of its own."""

    test: list[str] = Field(
        default_factory=list, description="globs of the categories that are tested; empty: one, another per seed"
    )
    train: list[str] = Field(
        default_factory=lambda: ["*"], description="globs of those that are learned from, where they are not tested"
    )


@splitter("leave-category-out", options=LeaveCategoryOutOptions)
def split(questions: pl.DataFrame, seed: int, options: LeaveCategoryOutOptions) -> np.ndarray:
    """See `leave_out`."""
    parts = leave_out("category", questions["category"].to_list(), seed, options.test, options.train)
    return with_validation(parts, questions["content_hash"], seed, options.validation_share)
