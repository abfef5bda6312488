"""Analyses: each says which studies vary one part of the method; a file each, found by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from profiles.registry import ANALYSES, Registry
from profiles.schema import Pool, RunProfile
from tasks.analyse.study import Study

_PAGE = (
    "retrieval", "references", "prior", "posterior", "pool-size", "complementarity", "oracle-by-size", "recall",
    "recall-failure", "bank-size", "embedding", "data-scaling", "router-embedding", "onboarding", "routing",
    "aggregation", "published-aggregation", "aggregate-posterior",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Material:
    """What an analysis makes its studies from.

    Args:
        run: the profile.
        pool: its models.
        matrix: what is known of its questions.
        base: the preset whose parts are varied; its references are the candidates.
        ensemble: the one with an aggregator, for whose place a plain vote can stand in.
        paper: the published one.
    """

    run: RunProfile
    pool: Pool
    matrix: OutcomeMatrix
    base: Preset
    ensemble: Preset
    paper: Preset


Analysis = Callable[[Material], Iterable[Study]]
analyses: Registry[Analysis] = Registry("analysis", ANALYSES)


def studies_of(material: Material) -> list[Study]:
    """All studies that a profile's answers can show, in the order of the page; those of other packages come last."""
    names = analyses.names()
    ordered = [name for name in _PAGE if name in names] + [name for name in names if name not in _PAGE]
    return [study for name in ordered for study in analyses.get(name)(material)]


def not_shown(pool: Pool, matrix: OutcomeMatrix) -> dict[str, str]:
    """Parts that the recorded answers cannot show → why."""
    found = {
        "medoid similarity of the references (the published posterior without an aggregator)":
            "it needs vectors of every answer to the validation questions, and no stage makes those",
        "further embedders": "they would have to be downloaded; any model-hub name can be the profile's embedder",
    }  # fmt: skip
    if not pool.writers:
        found["PPL coefficient, confidence and similarity of aggregates, k-means dropping"] = (
            f"pool {pool.name} has no aggregator, so there is no aggregate with token log-probabilities"
        )
    if len(pool.writers) < 2:
        found["choice of the aggregator"] = f"pool {pool.name} has no further aggregators to choose from"
    if unknown := int((~priced(matrix)).sum()):
        found["cost weight λ"] = (
            f"no cost is known of {unknown} of {len(pool.models)} models, recorded or by list price"
        )
    return found


def priced(matrix: OutcomeMatrix) -> np.ndarray:
    """(P,) models whose answers have a known cost."""
    return (~np.isnan(matrix.cost_usd)).any(axis=0)
