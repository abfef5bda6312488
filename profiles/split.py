"""Hash splits: a question's part depends on its content, the seed and the shares, on nothing else."""

from collections.abc import Iterable

import numpy as np

from profiles.schema import RunProfile
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.identity import hash_parts

_DIGITS = 13  # 52 bits: what a float64 holds exactly


def split_id(seed: int, train_share: float, validation_share: float) -> str:
    """Name of a hash split, such as `hash-0.7-0-s0`."""
    return f"hash-{train_share:g}-{validation_share:g}-s{seed}"


def split_parts(content_hashes: Iterable[str], run: RunProfile) -> tuple[list[str], np.ndarray]:
    """The splits of a run, one per seed: S split ids, and (S, Q) the part of every question."""
    contents, shares = list(content_hashes), (run.train_share, run.validation_share)
    parts = [hash_split(contents, seed, *shares) for seed in run.seeds]
    return [split_id(seed, *shares) for seed in run.seeds], np.stack(parts)


def refuse_empty_part(tested: np.ndarray, seed: int) -> None:
    """Refuse a split that leaves nothing to learn from, or nothing to test.

    Args:
        tested: (Q,) whether a question is in the test part.
        seed: of the split.

    Raises:
        UserError: the train or the test part is empty.
    """
    if tested.all() or not tested.any():
        empty = "train" if tested.all() else "test"
        raise UserError(
            f"none of the {len(tested)} questions is in the {empty} part of seed {seed}; "
            "use more questions (30 are few), or another train_share in the run profile"
        )


def refuse_empty_parts(run: RunProfile) -> None:
    """Refuse a run whose questions, where there are any, leave a part of some seed empty.

    Raises:
        UserError: as of `refuse_empty_part`.
    """
    if contents := rows("question", datasets=run.datasets)["content_hash"].to_list():
        for seed, parts in zip(run.seeds, split_parts(contents, run)[1], strict=True):
            refuse_empty_part(parts == "test", seed)


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
    place = np.array([int(hash_parts("split", seed, content)[:_DIGITS], 16) for content in content_hashes], dtype=float)
    place /= 16.0**_DIGITS
    return np.select([place < train_share - validation_share, place < train_share], ["train", "validation"], "test")
