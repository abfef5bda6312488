"""Tested on datasets that nothing was learned from."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
import polars as pl
from pydantic import Field

from profiles.splitter import EXCLUDED, SplitOptions, splitter, with_validation
from warehouse.errors import UserError


class LeaveOutOptions(SplitOptions):
    """Options of the splitters `leave-dataset-out` and `leave-category-out`: of datasets, and of categories."""

    test: list[str] = Field(
        default_factory=list, description="globs of those that are tested; empty: one of them, another per seed"
    )
    train: list[str] = Field(
        default_factory=lambda: ["*"], description="globs of those that are learned from, where they are not tested"
    )


@splitter("leave-dataset-out", options=LeaveOutOptions)
def split(questions: pl.DataFrame, seed: int, options: LeaveOutOptions) -> np.ndarray:
    """See `leave_out`."""
    parts = leave_out("dataset", questions["dataset"].to_list(), seed, options.test, options.train)
    return with_validation(parts, questions["content_hash"], seed, options.validation_share)


def leave_out(kind: str, groups: Sequence[str], seed: int, test: Sequence[str], train: Sequence[str]) -> np.ndarray:
    """Part of every question by the group it is in: `train`, `test` or `excluded`.

    Args:
        kind: what a group is, for messages.
        groups: Q names.
        seed: where `test` is empty, number of the group that is tested, in the order of their names, and around again.
        test: globs of the groups that are tested.
        train: globs of those that are learned from, where they are not tested.

    Raises:
        UserError: a glob matches no group, or there is but one, which would be tested and nothing learned from.
    """
    names = sorted(set(groups))
    if len(names) == 1:
        raise UserError(
            f"all questions are of one {kind}, {names[0]}; leaving it out leaves none; use another splitter"
        )
    for glob in (*test, *train):
        if names and not any(fnmatchcase(name, glob) for name in names):
            raise UserError(f"split_options: no {kind} is like '{glob}'; there are: {', '.join(names)}")
    tested = test or [names[seed % len(names)]] if names else []
    part_of = {name: "test" if _like(name, tested) else "train" if _like(name, train) else EXCLUDED for name in names}
    return np.array([part_of[name] for name in groups], dtype=object)


def _like(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
