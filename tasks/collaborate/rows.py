"""Collaborations as rows: the answer, its explanation, its candidates."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Preset
from tasks.collaborate.answer import Collaboration
from tasks.collaborate.selection import Selection
from warehouse.identity import hash_parts
from warehouse.writer import now

_DIGITS = 6
_ANSWER: dict[str, Any] = {
    "collaboration_id": pl.String,
    "run_id": pl.String,
    "preset": pl.String,
    "split_id": pl.String,
    "bank_id": pl.String,
    "question_id": pl.String,
    "response_id": pl.String,
    "answer": pl.String,
    "probability": pl.Float64,
    "score": pl.Float64,
    "n_call": pl.Int32,
    "n_call_saved": pl.Int32,
    "cost_usd": pl.Float64,
    "stopped_early": pl.Boolean,
    "n_neighbour": pl.Int32,
    "neighbours": pl.String,
    "prior": pl.String,
    "created_at": pl.Datetime,
    "preset_hash": pl.String,
}
_CANDIDATE: dict[str, Any] = {
    "collaboration_id": pl.String,
    "candidate_index": pl.Int32,
    "response_id": pl.String,
    "model": pl.String,
    "reference_models": pl.List(pl.String),
    "extracted": pl.String,
    "agreement": pl.Float64,
    "similarity": pl.Float64,
    "confidence": pl.Float64,
    "posterior": pl.Float64,
    "chosen": pl.Boolean,
}


def collaboration_rows(
    run_id: str, label: str, preset: Preset, selection: Selection, matrix: OutcomeMatrix, found: Sequence[Collaboration]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `collaboration` and of `candidate`."""
    answers, candidates = [], []
    for one in found:
        question = matrix.questions["question_id"][int(selection.at[one.question])]
        identity = hash_parts("collaboration", run_id, label, selection.split, question)
        chosen = None if one.chosen is None else one.candidates[one.chosen]
        answers.append(
            (
                identity,
                run_id,
                label,
                selection.split,
                selection.bank.bank_id,
                question,
                chosen and chosen.response_id,
                chosen and chosen.extracted,
                one.probability,
                chosen and chosen.score,
                one.n_call,
                one.n_call_saved,
                one.cost_usd,
                None if one.n_call_saved is None else one.n_call_saved > 0,
                int(selection.n_neighbour[one.question]),
                _neighbours(selection, one.question),
                _prior(selection, matrix, one.question),
                now(),
                preset.hash,
            )
        )
        candidates += [
            (
                identity,
                at,
                each.response_id,
                each.model,
                list(each.reference_models),
                each.extracted,
                each.agreement,
                each.similarity,
                each.confidence,
                each.posterior,
                at == one.chosen,
            )
            for at, each in enumerate(one.candidates)
        ]
    return pl.DataFrame(answers, schema=_ANSWER, orient="row"), pl.DataFrame(
        candidates, schema=_CANDIDATE, orient="row"
    )


def _neighbours(selection: Selection, question: int) -> str:
    near = zip(selection.neighbours[question].tolist(), selection.similarity[question].tolist(), strict=True)
    ids = selection.bank.question_ids
    return json.dumps([{"question_id": ids[at], "similarity": round(cosine, _DIGITS)} for at, cosine in near])


def _prior(selection: Selection, matrix: OutcomeMatrix, question: int) -> str:
    chosen = set(selection.chosen[question].tolist())
    scores = selection.prior[question].tolist()
    return json.dumps(
        [
            {
                "model": model,
                "score": None if np.isnan(scores[at]) else round(scores[at], _DIGITS),
                "chosen": at in chosen,
            }
            for at, model in enumerate(matrix.models)
        ]
    )
