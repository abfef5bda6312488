"""What can be wrong with a bank without anything failing: coverage, thin datasets, vectors, copies, leaks."""

from dataclasses import dataclass

import numpy as np

from profiles.bank import Bank


@dataclass(frozen=True, slots=True)
class Health:
    """Figures of one bank.

    Args:
        n_item: questions.
        n_label: (question, model) pairs with a label.
        smallest_dataset: questions of the dataset with the fewest.
        lowest_coverage: share of the questions that the least labelled model has a label for.
        least_labelled: that model.
        norm_error: largest distance of a vector's length from 1.
        copies: questions whose content another question of the bank has too.
        overlap: test questions whose content the bank has.
    """

    n_item: int
    n_label: int
    smallest_dataset: int
    lowest_coverage: float
    least_labelled: str
    norm_error: float
    copies: int
    overlap: int


def health(bank: Bank, tested: np.ndarray) -> Health:
    """Measure a bank that is tested with questions of these contents, (n,) text."""
    coverage = (~np.isnan(bank.labels)).mean(axis=0)
    least = int(np.argmin(coverage))
    return Health(
        n_item=len(bank.question_ids),
        n_label=int((~np.isnan(bank.labels)).sum()),
        smallest_dataset=int(np.unique(bank.datasets, return_counts=True)[1].min()),
        lowest_coverage=float(coverage[least]),
        least_labelled=bank.models[least],
        norm_error=float(np.abs(np.linalg.norm(bank.vectors.astype(float), axis=1) - 1).max()),
        copies=len(bank.question_ids) - len(bank.contents),
        overlap=int(np.isin(tested, bank.known.content_hashes).sum()),
    )
