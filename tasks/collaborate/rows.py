"""Collaborations as rows: the answer, its explanation, its candidates."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

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
    run_id: str, label: str, selection: Selection, found: Sequence[Collaboration]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `collaboration` and of `candidate`."""
    answers: list[dict[str, Any]] = []
    candidates: list[dict[str, Any]] = []
    for one in found:
        question = selection.matrix.questions["question_id"][one.question]
        made_of = [each.response_id for each in one.candidates]  # never another host's that was lost under the same
        identity = hash_parts("collaboration", run_id, label, selection.split, question, *made_of)
        chosen = None if one.chosen is None else one.candidates[one.chosen]
        answers.append(
            {
                "collaboration_id": identity,
                "run_id": run_id,
                "preset": label,
                "split_id": selection.split,
                "bank_id": selection.bank.bank_id,
                "question_id": question,
                "response_id": chosen and chosen.response_id,
                "answer": chosen and chosen.extracted,
                "probability": one.probability,
                "score": chosen and chosen.score,
                "n_call": one.n_call,
                "n_call_saved": one.n_call_saved,
                "cost_usd": one.cost_usd,
                "stopped_early": None if one.n_call_saved is None else one.n_call_saved > 0,
                "n_neighbour": int(selection.n_neighbour[one.question]),
                "neighbours": _neighbours(selection, one.question),
                "prior": _prior(selection, one.question),
                "created_at": now(),
                "preset_hash": selection.preset.hash,
            }
        )
        candidates += [
            {
                "collaboration_id": identity,
                "candidate_index": at,
                "response_id": each.response_id,
                "model": each.model,
                "reference_models": list(each.reference_models),
                "extracted": each.extracted,
                "agreement": each.agreement,
                "similarity": each.similarity,
                "confidence": each.confidence,
                "posterior": each.posterior,
                "chosen": at == one.chosen,
            }
            for at, each in enumerate(one.candidates)
        ]
    return pl.DataFrame(answers, schema=_ANSWER), pl.DataFrame(candidates, schema=_CANDIDATE)


def _neighbours(selection: Selection, question: int) -> str:
    near = zip(selection.neighbours[question].tolist(), selection.similarity[question].tolist(), strict=True)
    ids = selection.bank.question_ids
    return json.dumps([{"question_id": ids[at], "similarity": round(cosine, _DIGITS)} for at, cosine in near])


def _prior(selection: Selection, question: int) -> str:
    chosen = set(selection.chosen[question].tolist())
    scores = selection.prior[question].tolist()
    return json.dumps(
        [
            {
                "model": model,
                "score": None if np.isnan(scores[at]) else round(scores[at], _DIGITS),
                "chosen": at in chosen,
            }
            for at, model in enumerate(selection.matrix.models)
        ]
    )
