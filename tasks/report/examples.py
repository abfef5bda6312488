"""Example answers: which to show, and everything that led to them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import polars as pl

from tasks.report.contents import Candidate, Example, Neighbour, Prior
from warehouse.connect import rows
from warehouse.identity import hash_parts

_MOST = 10  # answers that are shown
_NEIGHBOURS = 5
_CONFIDENT = 0.75  # quantile of a preset's stated probabilities
_RIGHT = 0.5
Row = Mapping[str, Any]

_KINDS: tuple[tuple[str, int, Callable[[Row], bool]], ...] = (
    ("right and confident", 2, lambda row: row["score"] >= _RIGHT and row["confident"]),
    ("wrong and confident", 2, lambda row: row["score"] < _RIGHT and row["confident"]),
    ("stopped early", 2, lambda row: bool(row["stopped_early"])),
    ("right against the majority", 2, lambda row: row["score"] >= _RIGHT and _dissents(row)),
    ("wrong against the majority", 2, lambda row: row["score"] < _RIGHT and _dissents(row)),
)
_REST = (
    ("right", 2, lambda row: row["score"] >= _RIGHT),
    ("wrong", 2, lambda row: row["score"] < _RIGHT),
    ("another", 10, lambda _: True),
)


def choose_examples(answers: pl.DataFrame, presets: Sequence[str]) -> list[tuple[str, str]]:
    """The identity and the kind of at most ten answers worth a look: the same answers, the same choice.

    Two of every kind, each question once, presets in the given order first, spread over datasets and drawn by a hash of
    the question; what is missing of a kind is filled with right and wrong answers in turn.

    Args:
        answers: one row per answer with a score: collaboration_id, preset, question_id, dataset, answer, majority,
            probability, score, stopped_early.
        presets: the one to prefer first.
    """
    ordered = _spread(answers, presets)
    found: list[tuple[str, str]] = []
    used: set[str] = set()
    rest = [kind for _ in range(_MOST) for kind in _REST[:2]]
    for name, most, fits in (*_KINDS, *((name, 1, fits) for name, _, fits in rest), _REST[2]):
        fitting = (row for row in ordered if row["question_id"] not in used and fits(row))
        for row in [one for one, _ in zip(fitting, range(min(most, _MOST - len(found))), strict=False)]:
            found.append((row["collaboration_id"], name))
            used.add(row["question_id"])
    return found


def _dissents(row: Row) -> bool:
    return row["answer"] is not None and row["majority"] is not None and row["answer"] != row["majority"]


def _spread(answers: pl.DataFrame, presets: Sequence[str]) -> list[dict[str, Any]]:
    """Rows in the order in which they are taken: by preset, then one of every dataset after the other."""
    rank = {preset: at for at, preset in enumerate(presets)}
    bounds = {
        str(preset): np.quantile(stated, _CONFIDENT)
        for (preset,), one in answers.group_by("preset")
        if len(stated := one["probability"].drop_nulls().to_numpy())
    }
    drawn = {question: hash_parts("example", question) for question in answers["question_id"].unique()}
    ordered = sorted(
        answers.filter(pl.col("score").is_not_null()).to_dicts(),
        key=lambda row: (rank[row["preset"]], drawn[row["question_id"]], row["collaboration_id"]),
    )
    seen: Counter[tuple[str, str]] = Counter()
    for row in ordered:
        row["confident"] = row["probability"] is not None and row["probability"] >= bounds[row["preset"]]
        seen[row["preset"], row["dataset"]] += 1
        row["place"] = seen[row["preset"], row["dataset"]]
    return sorted(ordered, key=lambda row: (rank[row["preset"]], row["place"]))


def examples_of(
    chosen: Sequence[tuple[str, str]], majority: Mapping[str, str | None], score_mode: str
) -> tuple[Example, ...]:
    """The chosen answers, explained.

    Args:
        chosen: identity and kind.
        majority: identity → answer of the plurality of all models.
        score_mode: whose scores count.
    """
    found = rows("report_answer", collaborations=[identity for identity, _ in chosen], score_mode=score_mode)
    told = dict(zip(found["collaboration_id"], explained(found), strict=True))
    return tuple(
        replace(told[identity], kind=kind, majority=majority.get(identity))
        for identity, kind in chosen
        if identity in told
    )


def explained(found: pl.DataFrame) -> tuple[Example, ...]:
    """Answers with their neighbours, prior and candidates.

    Args:
        found: rows of `collaboration` with dataset, question, ground_truth and the chosen text.
    """
    if found.is_empty():
        return ()
    candidates = rows("report_candidate", collaborations=found["collaboration_id"].to_list())
    near = {row["collaboration_id"]: _json(row["neighbours"])[:_NEIGHBOURS] for row in found.iter_rows(named=True)}
    wanted = [one["question_id"] for nearest in near.values() for one in nearest]
    questions = {row["question_id"]: row for row in rows("report_question", questions=wanted).to_dicts()}
    known = set(Example.__dataclass_fields__) - {"neighbours", "prior", "candidates", "kind", "majority"}
    return tuple(
        Example(
            **{name: row[name] for name in known},
            neighbours=tuple(
                Neighbour(one["similarity"], question["dataset"], question["text"])
                for one in near[row["collaboration_id"]]
                if (question := questions.get(one["question_id"]))
            ),
            prior=_prior(row["prior"]),
            candidates=tuple(map(_candidate, candidates.filter(collaboration_id=row["collaboration_id"]).to_dicts())),
        )
        for row in found.iter_rows(named=True)
    )


def _prior(text: str | None) -> tuple[Prior, ...]:
    """Models by falling prior, those without one last."""
    models = (Prior(one["model"], one["score"], one["chosen"]) for one in _json(text))
    return tuple(sorted(models, key=lambda one: (one.score is None, -(one.score or 0.0))))


def _candidate(row: Row) -> Candidate:
    names = [name for name in Candidate.__dataclass_fields__ if name != "reference_models"]
    return Candidate(reference_models=tuple(row["reference_models"] or ()), **{name: row[name] for name in names})


def _json(text: str | None) -> list[dict[str, Any]]:
    return orjson.loads(text) if text else []
