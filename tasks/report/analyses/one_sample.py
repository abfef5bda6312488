"""How much of the oracle may be luck: one answer per question and model is one draw."""

import numpy as np

from tasks.report.analysis import Evaluated, Figure, RunAnalysis, run_analyses

_LEAST = (1, 2, 3)


@run_analyses.register("one-sample")
def one_sample(run: Evaluated) -> RunAnalysis | None:
    """Questions that at least one, two or three models solve; a warning where every cell is a single sample."""
    score = run.matrix.score
    known = ~np.isnan(score).all(axis=1)
    solving = (np.nan_to_num(score) > 0).sum(axis=1)
    least = [one for one in _LEAST if one <= len(run.matrix.models)]
    values = {str(one): np.where(known, (solving >= one).astype(float), np.nan) for one in least}
    found = run.macro(values)
    rows = tuple(
        Figure.of(f"solved by at least {one} model{'s' if one > 1 else ''}", found.accuracy(place))
        for place, one in enumerate(least)
    )
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
        "much rests on a single answer; a model alone that solves it once may not do so again.",
        "share",
        "macro share of questions, %",
        rows,
        warning,
    )
