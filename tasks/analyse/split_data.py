"""What settings are tried on: for one seed and embedder a bank, questions outside it, and who is near whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiles.constants import USUAL
from profiles.outcomes import OutcomeMatrix
from profiles.schema import RunProfile
from profiles.split import Splits
from profiles.top import exact
from tasks.collaborate.core import vote
from tasks.route.ranking import ranked

DEPTH = 400  # neighbours kept: the largest k of any study
_DIGITS = 9  # of what a model adds: equal sums differ by rounding with the column that they stand in
_VALIDATION = 0.3  # of the train share, where the profile has no validation part of its own


@dataclass(frozen=True, eq=False)
class SplitData:
    """Bank and questions of one split. B bank items, n questions outside the bank, P models.

    Args:
        split: the split's id.
        seed: of the split.
        matrix: what is known of all questions.
        bank: (B,) positions of the bank items in the matrix.
        tested: (n,) positions of the questions that are answered.
        vectors: (Q, d) unit vectors of all questions.
        near: (n, K) bank items nearest to the tested questions, most similar first; `cosine` theirs.
        learned: (L,) bank items that the vote is fitted on.
        own_near: (L, K + 1) bank items nearest to those, themselves included; `own_cosine` theirs.
    """

    split: str
    seed: int
    matrix: OutcomeMatrix
    bank: np.ndarray
    tested: np.ndarray
    vectors: np.ndarray
    near: np.ndarray
    cosine: np.ndarray
    learned: np.ndarray
    own_near: np.ndarray
    own_cosine: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """(B, P) scores of the bank items."""
        return self.matrix.score[self.bank]

    @property
    def datasets(self) -> np.ndarray:
        """(B,) dataset of every bank item."""
        return self.matrix.questions["dataset"].to_numpy()[self.bank]

    def part_of_bank(self, share: float, generator: np.random.Generator) -> "SplitData":
        """The same questions with a random part of the bank, at least one item."""
        kept = max(1, round(share * len(self.bank)))
        bank = np.sort(generator.choice(self.bank, kept, replace=False))
        return _split_data(self.split, self.seed, self.matrix, bank, self.tested, self.vectors)


def validation_share(run: RunProfile) -> float:
    """The run's validation share, or three tenths of its train share where it has none."""
    options = run.split_with()
    return options.validation_share or round(_VALIDATION * getattr(options, "train_share", 1.0), 4)


def with_validation_part(run: RunProfile) -> RunProfile:
    """The profile with a validation part; what is test is test in every run of the profile with that seed."""
    return run.model_copy(update={"split_options": run.split_options | {"validation_share": validation_share(run)}})


def of_validation_part(matrix: OutcomeMatrix, splits: Splits, place: int, seed: int, vectors: np.ndarray) -> SplitData:
    """Bank: the train part without the validation part. Questions: the validation part. The test part is not read.

    Args:
        matrix: what is known of Q questions.
        splits: of these questions, one per seed.
        place: the seed's place among them.
        seed: of the split.
        vectors: (Q, d) unit vectors.
    """
    parts = splits.parts[place]
    return _of_parts(splits.ids[place], seed, matrix, parts == "train", parts == "validation", vectors)


def of_test_part(matrix: OutcomeMatrix, splits: Splits, place: int, seed: int, vectors: np.ndarray) -> SplitData:
    """Bank and questions as a run of the profile has them: train and validation part, and the test part."""
    known, tested = splits.known[place], splits.tested[place]
    return _of_parts(splits.ids[place], seed, matrix, known, tested, vectors)


def _of_parts(
    split: str, seed: int, matrix: OutcomeMatrix, bank: np.ndarray, tested: np.ndarray, vectors: np.ndarray
) -> SplitData:
    judged = matrix.judged
    return _split_data(split, seed, matrix, np.flatnonzero(bank & judged), np.flatnonzero(tested & judged), vectors)


def _split_data(
    split: str, seed: int, matrix: OutcomeMatrix, bank: np.ndarray, tested: np.ndarray, vectors: np.ndarray
) -> SplitData:
    learned = vote.learned(np.arange(len(bank)), USUAL.vote_items)
    items = vectors[bank]
    near, cosine = exact(items, vectors[tested], min(DEPTH, len(bank)))
    own_near, own_cosine = exact(items, items[learned], min(DEPTH + 1, len(bank)))
    return SplitData(split, seed, matrix, bank, tested, vectors, near, cosine, learned, own_near, own_cosine)


def order_of(data: SplitData, order: str) -> Sequence[int]:
    """Models in the order in which a pool grows; the best is the baseline best-single's, of the bank."""
    if order == "random":
        return [int(at) for at in np.random.default_rng(data.seed).permutation(len(data.matrix.models))]
    if order == "curated":
        return _curated(data.labels, data.datasets)
    known = np.isin(np.arange(len(data.matrix.score)), data.bank)
    best_first: list[int] = ranked(data.matrix, known).tolist()
    return best_first if order == "best first" else best_first[::-1]


def _curated(labels: np.ndarray, datasets: np.ndarray) -> list[int]:
    """Always the model that adds most to what those before it solve, macro over datasets; ties go to the first."""
    known = np.nan_to_num(labels)
    _, place, count = np.unique(datasets, return_inverse=True, return_counts=True)
    weight = 1 / count[place]
    found: list[int] = []
    solved = np.zeros(len(known))
    while left := [at for at in range(known.shape[1]) if at not in found]:
        worth = weight @ np.maximum(solved[:, None], known[:, left])
        found.append(left[int(worth.round(_DIGITS).argmax())])
        solved = np.maximum(solved, known[:, found[-1]])
    return found
