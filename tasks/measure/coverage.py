"""Who can be compared with whom: one rule for missing answers, the same for every system of a run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Missing
from warehouse.errors import UserError

RULES: dict[Missing, str] = {
    "common": "every system on the questions that every model has a verdict for",
    "fail": "a missing answer counts as wrong",
    "drop": "models without a verdict for every question are left out",
}
"""What each rule for missing answers does."""
_COVERED = 0.5  # a model that answered less of a dataset was not measured on it
_NAMED = 4  # of a group's members


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a run was asked for and does not show.

    Args:
        kind: file, model, dataset, system, baseline (a null baseline, which nobody asked for), preset (of the profile,
            which did not collaborate in the run), or groups.
        name: its name; of groups, what they share.
        n: questions it has something for; `n_expected` it should have.
        reason: why, and what helps.
    """

    kind: str
    name: str
    n: int
    n_expected: int
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.n:,} of {self.n_expected:,} questions)" if self.n_expected else self.name


def told(gaps: Iterable[Gap]) -> list[str]:
    """What is missing, one sentence without its full stop per kind and reason."""
    by_reason: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        by_reason.setdefault((gap.kind, gap.reason), []).append(gap)
    return [
        reason if kind == "groups" else f"{kind} {', '.join(map(str, those))}: {reason}"
        for (kind, reason), those in by_reason.items()
    ]


@dataclass(frozen=True, eq=False)
class Comparable:
    """Answers that can be compared: no cell of the matrix is without a verdict.

    Args:
        matrix: of the questions and models that are kept.
        questions: (Q,) whether a question is kept.
        models: (M,) whether a model is.
        gaps: what was left out.
    """

    matrix: OutcomeMatrix
    questions: np.ndarray
    models: np.ndarray
    gaps: tuple[Gap, ...]


def comparable(matrix: OutcomeMatrix, rule: Missing) -> Comparable:
    """What is left of a matrix by a rule for missing verdicts.

    A model that has a verdict on less than half of every dataset was not measured: it is left out, by name, unless
    missing answers count as wrong. Models that were measured on different datasets fall into groups, which are named.

    Args:
        matrix: Q questions with a verdict of any model, M models.
        rule: `common` keeps the questions that all kept models have a verdict for; `drop` the models that have a
            verdict for all questions; `fail` keeps both and scores what is missing 0.

    Raises:
        UserError: nothing is left, or answers of models of several groups would count as missing.
    """
    known = ~np.isnan(matrix.score)
    names = np.unique(matrix.datasets)
    inside = names[:, None] == matrix.datasets
    covered = (inside @ known.astype(float)) / inside.sum(axis=1, keepdims=True) >= _COVERED
    groups = _groups(covered)
    apart = _told(matrix.models, names, covered, groups) if len(groups) > 1 else None
    measured = covered.any(axis=0)
    models = {"common": measured, "fail": np.ones(known.shape[1], dtype=bool), "drop": known.all(axis=0)}[rule]
    questions = known[:, models].all(axis=1) if rule == "common" else np.ones(len(known), dtype=bool)
    if rule == "fail":
        if apart is not None:
            raise UserError(f"missing: fail would count as wrong what was never asked; {apart}")
        matrix = replace(matrix, score=np.where(known, matrix.score, 0.0))
    if not models.any() or not questions.any():
        raise UserError(apart or _nothing(rule, matrix.models, known))
    gaps = [*_without(matrix.models, known, measured, models), *_lost(names, inside, questions, apart)]
    if apart is not None:
        shared = ", ".join(names[covered[:, measured].all(axis=1)])
        gaps.append(Gap("groups", shared, int(questions.sum()), len(questions), apart))
    stay = [name for name, kept in zip(matrix.models, models, strict=True) if kept]
    return Comparable(matrix.rows(questions).only(stay), questions, models, tuple(gaps))


def _groups(covered: np.ndarray) -> list[np.ndarray]:
    """Largest sets of datasets, (D,) each, that a model was measured on; one that is part of another is none."""
    sets = [one for one in np.unique(covered.T, axis=0) if one.any()]
    return [one for one in sets if not any((one <= other).all() and (one < other).any() for other in sets)]


def _told(models: Sequence[str], names: np.ndarray, covered: np.ndarray, groups: Sequence[np.ndarray]) -> str:
    """The groups in a sentence, and how to compare within each."""
    shared = np.all(groups, axis=0)
    parts = []
    for group in sorted(groups, key=lambda one: int(np.flatnonzero(one)[0])):
        members = [name for name, own in zip(models, covered.T, strict=True) if own.any() and (own <= group).all()]
        parts.append(f"{len(members)} models ({_some(members)}) on {_some(names[group & ~shared])}")
    both = f", and all of them on {', '.join(names[shared])}" if shared.any() else ""
    return (
        f"the models were measured on different datasets and are not ranked together: {'; '.join(parts)}{both}; to see "
        "each group, make a run profile for it, with its datasets and a pool of its models"
    )


def _some(names: Sequence[str] | np.ndarray) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _nothing(rule: str, models: Sequence[str], known: np.ndarray) -> str:
    if rule == "drop":
        return "no model has a verdict for every question; use `missing: common`, or collect and score what is missing"
    by_count = sorted(zip(known.sum(axis=0).tolist(), models, strict=True), key=lambda one: one[0])
    fewest = _some([f"{name} {n:,}" for n, name in by_count])
    return (
        f"no question has a verdict of every model, so nothing can be compared (questions with one, of {len(known):,}, "
        f"fewest first: {fewest}); put models into the pool that answered the same questions, or set `missing: fail` "
        "in the run profile, which counts what is missing as wrong"
    )


def _without(models: Sequence[str], known: np.ndarray, measured: np.ndarray, kept: np.ndarray) -> list[Gap]:
    """Models that are not compared, and those of which nothing is known although they are."""
    gaps = []
    for model, seen, enough, stays in zip(models, known.sum(axis=0).tolist(), measured, kept, strict=True):
        if stays and seen:
            continue
        reason = "no answer has a verdict" if not seen else "not every question has a verdict"
        if seen and not enough:
            reason = "too little is known of it: a verdict on less than half of every dataset"
        outcome = "counts as wrong" if stays else "left out"
        gaps.append(Gap("model", model, seen, len(known), f"{reason}; {outcome}"))
    return gaps


def _lost(names: np.ndarray, inside: np.ndarray, questions: np.ndarray, apart: str | None) -> list[Gap]:
    """Datasets of which no question is left."""
    reason = "no question has a verdict of every model"
    if apart is None:
        reason += "; `missing: drop` in the run profile leaves those models out instead"
    return [
        Gap("dataset", str(name), 0, int(members.sum()), reason)
        for name, members in zip(names, inside, strict=True)
        if not (members & questions).any()
    ]
