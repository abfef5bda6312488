"""Tested on categories of datasets that nothing was learned from; a dataset without a category is one of its own."""

import numpy as np
import polars as pl

from profiles.splits.leave_dataset_out import LeaveOutOptions, leave_out
from profiles.splitter import splitter, with_validation


@splitter("leave-category-out", options=LeaveOutOptions)
def split(questions: pl.DataFrame, seed: int, options: LeaveOutOptions) -> np.ndarray:
    """See `leave_out`."""
    parts = leave_out("category", questions["category"].to_list(), seed, options.test, options.train)
    return with_validation(parts, questions["content_hash"], seed, options.validation_share)
