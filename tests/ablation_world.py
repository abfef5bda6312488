"""A small world for ablation: two topics, an expert for each, two generalists, one of them often silent."""

import numpy as np
import polars as pl

from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from profiles.schema import Pool, PoolModel, RunProfile
from profiles.split import Splits, make_splits
from tasks.analyse.harness import Harness
from tasks.analyse.split_data import with_validation_part
from tests.small_world import two_topics

MODELS = ("poet", "mathematician", "fair", "shy")
N = 240
BASE = Preset(name="smcs-select", title="t", k=20, min_similarity=0.2, top_n=1000, top_n_code=1000, aggregate=False)
ENSEMBLE = Preset(
    name="smcs",
    title="t",
    k=20,
    top_n=3,
    top_n_code=3,
    quorum=2,
    dropping="entropy",
    keep=2,
    candidates=4,
    wave=2,
    stop_at=0.9,
    confidence_weight=0.0,
)
POOL = Pool(
    name="small",
    model_list=[PoolModel(model_name=one, litellm_params={"model": f"replay/{one}"}) for one in MODELS],
)
RUN = RunProfile(
    name="small",
    title="a small world",
    source="questions",
    datasets=["small-*"],
    pool="small",
    seeds=[0, 1],
    embedder="made",
    score_mode="recorded",
)


def made_matrix() -> OutcomeMatrix:
    rng = np.random.default_rng(0)
    topic = np.arange(N) % 2
    skill = [np.where(topic == 0, 0.9, 0.3), np.where(topic == 1, 0.9, 0.3), np.full(N, 0.55), np.full(N, 0.5)]
    right = rng.random((N, 4)) < np.stack(skill, axis=1)
    answers = np.where(right, "right", np.char.add("wrong", rng.integers(0, 3, (N, 4)).astype(str))).astype(object)
    ids = [f"q{at}" for at in range(N)]
    responses = np.array([[f"{key} {model}" for model in MODELS] for key in ids], dtype=object)
    scores = right.astype(float)
    silent, mumbled = rng.random(N) < 0.3, rng.random(N) < 0.1
    responses[silent, 3] = answers[silent, 3] = None
    scores[silent, 3] = np.nan
    answers[mumbled, 2] = None
    questions = pl.DataFrame(
        {
            "question_id": ids,
            "dataset": [("small-poems", "small-sums")[at] for at in topic],
            "text": ids,
            "prompt": pl.Series([None] * N, dtype=pl.String),
            "content_hash": [f"content {key}" for key in ids],
            "metadata": ["{}"] * N,
        }
    )
    costs = np.where(np.isnan(scores), np.nan, [1e-3, 2e-3, 3e-3, 1e-3])
    provenance = np.full((N, 4), "recorded", dtype=object)
    return OutcomeMatrix.of(
        questions, MODELS, score=scores, cost_usd=costs, extracted=answers, response_id=responses, provenance=provenance
    )


def made_splits(run: RunProfile, matrix: OutcomeMatrix) -> tuple[Splits, Splits]:
    """The questions' splits with a validation part, and those of the profile."""
    return make_splits(matrix.questions, with_validation_part(run)), make_splits(matrix.questions, run)


def made_harness(run: RunProfile, matrix: OutcomeMatrix) -> Harness:
    return Harness(run, matrix, *made_splits(run, matrix))


def made_vectors(n: int = N) -> np.ndarray:
    return two_topics(n, np.random.default_rng(1), 0.25, 16)
