"""Plurality of the extracted answers of the whole pool."""

from collections import Counter

import numpy as np

from profiles.arrays import Float
from profiles.outcomes import OutcomeMatrix


def plurality(matrix: OutcomeMatrix) -> Float:
    """The model whose answer stands for the plurality of each question.

    Equal extracted answers are equal votes; ties go to the answer that the earliest model of the pool gave. Its score
    is that of the first model that gave it (and has a verdict).

    Returns:
        (Q,) model index; -1 where no two models agree, as with programs and free text: there is no vote to count.
    """
    judged = ~np.isnan(matrix.score)
    return np.array([_vote(row, known) for row, known in zip(matrix.extracted, judged, strict=True)], dtype=np.int64)


def _vote(extracted: Float, judged: Float) -> int:
    votes = Counter(answer for answer in extracted if answer is not None)
    if not votes:
        return -1
    winner, count = max(votes.items(), key=lambda item: item[1])  # the first of equals was given first
    givers = [model for model, answer in enumerate(extracted) if answer == winner]
    if count < 2:
        return -1
    return next((model for model in givers if judged[model]), givers[0])
