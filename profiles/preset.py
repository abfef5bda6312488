"""Shape of a preset's YAML file: a way to collaborate."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from profiles.constants import Constants
from profiles.where import Key
from warehouse.identity import hash_json


class Preset(BaseModel):
    """A way to collaborate. The names are those of the method: k, rho, top n, r, N, c."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    name: str = ""
    title: str

    prior: Literal["weighted", "count", "shrunk"] = "shrunk"
    k: int = Field(100, ge=1, description="retrieval depth")
    where: dict[Key, list[str]] = Field(default_factory=dict, description="metadata of neighbours: {category: [math]}")
    rho: float = Field(0.95, ge=0, le=1, description="slack on the k-th similarity (weighted and count prior)")
    min_similarity: float = Field(0.0, ge=0, le=1, description="less similar bank questions say nothing (shrunk prior)")
    top_n: int = Field(7, ge=1, description="reference models per question; the pool's size or more asks every model")
    top_n_code: int = Field(3, ge=1, description="reference models per question of a code dataset")
    cost_weight: float = Field(0.0, ge=0, description="lambda: what being the dearest model takes off a model's prior")
    route_at: float | None = Field(
        None, gt=0, le=1, description="ask the best model alone where its prior is at least this (shrunk prior)"
    )
    max_seeds: int | None = Field(None, ge=1, description="run on so many of the run's split seeds; null: on all")

    constants: Constants = Field(default_factory=Constants, description="numbers of the method that seldom change")

    substitutes: bool = Field(True, description="the next-ranked model stands in for one that did not answer")
    quorum: int = Field(1, ge=1, description="with fewer references nothing is aggregated")
    samples: int = Field(1, ge=1, description="answers of every reference model")
    merge_samples: bool = Field(False, description="keep one sample per model: of the answer it gives most often")
    layers: int = Field(0, ge=0, description="times that reference models answer anew, having read all references")

    aggregate: bool = Field(True, description="false: the references are the candidates")
    aggregator: Literal["pool", "prior", "reference"] = Field(
        "pool",
        description="pool: the pool's; prior: the one of its aggregators that the bank says is best at the question; "
        "reference: the best reference model itself",
    )
    dropping: Literal["entropy", "prior", "softmax", "random", "kmeans", "all"] = "prior"
    keep: int = Field(6, ge=1, description="references per aggregate (r)")
    entropy: float = Field(0.9, gt=0, le=1, description="of the inclusion probabilities, 1 being uniform (entropy)")
    temperature_prior: float = Field(1.0, gt=0, description="temperature of the softmax dropping")
    candidates: int = Field(8, ge=1, description="aggregates (N)")
    first: int | None = Field(None, ge=1, description="only so many of the aggregates are asked and looked at")
    wave: int = Field(8, ge=1, description="aggregates asked at once, before the posterior is looked at")
    temperature: float = Field(0.7, ge=0, description="sampling temperature of aggregates")
    max_tokens: int = Field(8192, ge=1, description="of an aggregate")
    think: Literal["keep", "strip"] = Field("strip", description="thought traces of references, in what is aggregated")
    truncation: Literal["middle", "drop", "refuse"] = Field(
        "middle",
        description="references that overflow the aggregator's context: cut the middle of the longest, drop the last "
        "ones, or do not ask",
    )

    posterior: Literal["paper", "agreement", "majority", "weighted"] = "agreement"
    ppl_coefficient: float = Field(1.0, ge=0, description="c of similarity + c * (1 - PPL) (paper)")
    embed_tokens: int | None = Field(None, ge=16, description="candidates are cut here before embedding")
    aggregate_weight: float = Field(3.0, ge=0, description="log-odds that unanimous aggregates add (agreement)")
    confidence_weight: float = Field(0.25, ge=0, le=1, description="what confidence adds to or takes off an aggregate")
    similarity_weight: float = Field(0.0, ge=0, le=1, description="the same for similarity to the other aggregates")
    stop_at: float | None = Field(None, gt=0, le=1, description="ask no further when an answer's probability is this")

    @property
    def hash(self) -> str:
        """Of every value but its name and title: what made a row."""
        return hash_json(self.model_dump(exclude={"name", "title"}))[:20]

    @field_validator("where", mode="before")
    @classmethod
    def _one_value_is_a_list(cls, where: Any) -> Any:
        return {k: [v] if isinstance(v, str) else v for k, v in where.items()} if isinstance(where, dict) else where

    @model_validator(mode="after")
    def _states_probabilities(self) -> "Preset":
        if self.stop_at is not None and self.posterior != "agreement":
            raise ValueError("stop_at needs posterior: agreement; only that states a probability")
        if self.prior != "shrunk" and (self.route_at is not None or self.cost_weight or self.dropping == "entropy"):
            raise ValueError("route_at, cost_weight and dropping: entropy need prior: shrunk, which is a probability")
        return self
