"""A policy's identity, what it leaves in the warehouse, and its prediction as a frame."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import orjson
import polars as pl

from profiles.outcomes import OutcomeMatrix
from tasks.route.contract import Prediction
from warehouse.identity import hash_parts
from warehouse.writer import now


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """All that decides what a policy is; no run among it, so that a fit serves every run.

    Args:
        snapshot_id: the outcomes.
        missing: the rule for missing answers, which decides on their questions and models.
        split_id: the split.
        parts: hash of the part of every question.
        router: name of the plug-in, or of the null baseline.
        version: of the plug-in.
        options: what it is set to, as canonical JSON.
        seed: of its own draws.
        embedder: of the vectors; None for a null baseline.
        cards: hash of what the pool says of its models; likewise.
    """

    snapshot_id: str
    missing: str
    split_id: str
    parts: str
    router: str
    version: str
    options: str
    seed: int
    embedder: str | None = None
    cards: str | None = None

    @property
    def policy_id(self) -> str:
        """Hash of all of it."""
        return hash_parts("policy", *astuple(self))

    def row(self, parameters: Mapping[str, Any], fit_s: float | None) -> pl.DataFrame:
        """Row of table `policy`."""
        own = ("snapshot_id", "missing", "split_id", "router", "version", "options", "seed", "embedder")
        row = {"policy_id": self.policy_id, **{name: getattr(self, name) for name in own}}
        row |= {"parameters": orjson.dumps(parameters).decode(), "fit_s": fit_s, "created_at": now()}
        return pl.DataFrame([row], schema_overrides={"fit_s": pl.Float64, "embedder": pl.String})


def prediction_frame(prediction: Prediction, matrix: OutcomeMatrix) -> pl.DataFrame:
    """One row per question of the matrix and model: predicted score and cost, null where unknown.

    Shares, where there are any, stand in the first row of each question.
    """
    n, m = prediction.score.shape
    frame = pl.DataFrame(
        {
            "question_id": np.repeat(matrix.question_ids, m).tolist(),
            "model": list(matrix.models) * n,
            "score": prediction.score.ravel(),
            "cost_usd": prediction.cost.ravel(),
        },
        nan_to_null=True,
    )
    if prediction.shares is None:
        return frame
    rows = [row if at == 0 else None for row in prediction.shares.tolist() for at in range(m)]
    return frame.with_columns(shares=pl.Series(rows, dtype=pl.List(pl.Float64)))


def prediction_of(frame: pl.DataFrame, n_model: int) -> Prediction:
    """The prediction that `prediction_frame` made a frame of."""
    score, cost = (frame[name].cast(pl.Float64).to_numpy().reshape(-1, n_model) for name in ("score", "cost_usd"))
    kept = "shares" in frame.columns
    shares = np.array(frame["shares"].drop_nulls().to_list(), dtype=np.float64) if kept else None
    return Prediction(score, cost, shares)
