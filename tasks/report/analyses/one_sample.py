"""How much of the oracle may be luck: one answer per question and model is one draw, and options can be guessed.

With M models and c options a pool that only guesses lets an oracle reach 1 - (1 - 1 / c)^M: 99.7 % for 20 models and 4
options. So the oracle is shown corrected for that, too.
"""

import numpy as np

from profiles.arrays import Float1D
from tasks.report.analysis import Evaluated, Figure, RunAnalysis, run_analyses

_LEAST = (1, 2, 3)


@run_analyses.register("one-sample")
def one_sample(run: Evaluated) -> RunAnalysis | None:
    """Questions that at least one, two or three models solve, or one without a guess; a warning of single samples."""
    score = run.matrix.score
    known = ~np.isnan(score).all(axis=1)
    solving = (np.nan_to_num(score) > 0).sum(axis=1)
    least = [one for one in _LEAST if one <= len(run.matrix.models)]
    values = {str(one): np.where(known, (solving >= one).astype(float), np.nan) for one in least}
    guessed = ~np.isnan(run.offered)
    if guessed.any():
        values["known"] = np.where(known, unguessed(score, run.offered, run.strata), np.nan)
    found = run.macro(values)
    rows = [
        Figure.of(f"solved by at least {one} model{'s' if one > 1 else ''}", found.accuracy(place))
        for place, one in enumerate(least)
    ]
    if guessed.any():
        note = f"{guessed.sum():,} of {len(guessed):,} have options"
        rows.append(Figure.of("oracle, corrected for guessing", found.accuracy(len(least)), note))
    answered = run.samples[~np.isnan(score)]
    once = float((answered <= 1).mean()) if len(answered) else 1.0
    warning = (
        f"Every score is of one sample: the oracle takes the best of {len(run.matrix.models)} single draws, so luck "
        "counts as skill that no router could have known."
        if once == 1
        else f"{100 * once:.0f} % of the scores are of one sample; the oracle counts their luck as skill."
    )
    return RunAnalysis(
        "How much of the oracle may be luck",
        "An oracle needs one model that happens to be right. Asking for two or three that solve a question shows how "
        "much rests on a single answer; a model alone that solves it once may not do so again. Among options, who does "
        "not know guesses: a model's accuracy says how many of its right answers it knew, and a question counts as "
        "much as one of those who are right is likely to have known it.",
        "share",
        "macro share of questions, %",
        tuple(rows),
        warning,
    )


def unguessed(score: np.ndarray, offered: Float1D, strata: np.ndarray) -> Float1D:
    """How likely somebody knows, rather than guesses, each question: the oracle's score corrected for guessing.

    A model that has accuracy a on the questions of a dataset with c options is taken to know k = (a - 1 / c) /
    (1 - 1 / c) of them, at least 0, and to guess at the others; so it knew k / a of those that it got right, each as
    likely as another and independently of other models. Without options who is right knows.

    Args:
        score: (Q, M) in [0, 1], NaN where unknown.
        offered: (Q,) options, NaN where there are none.
        strata: (Q,) dataset codes.

    Returns:
        (Q,) in [0, 1].
    """
    knew = np.ones(score.shape)
    for group in {(code, c) for code, c in zip(strata, offered, strict=True) if not np.isnan(c)}:
        inside, chance = (strata == group[0]) & (offered == group[1]), 1.0 / group[1]
        seen = ~np.isnan(score[inside])
        right = np.nan_to_num(score[inside]).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        knew[inside] = np.clip((right - chance) / (1.0 - chance), 0.0, None) / np.maximum(right, chance)
    some: Float1D = 1.0 - (1.0 - np.nan_to_num(score) * knew).prod(axis=1)
    return some
