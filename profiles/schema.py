"""Shapes of the YAML files: pools, datasets, price books, presets and run profiles."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from profiles.amounts import refuse_odd_amounts
from profiles.constants import Constants
from profiles.parameters import refuse_odd_parameters
from profiles.splitter import SplitOptions, parse_options
from profiles.statistics import Statistics
from profiles.where import Key
from warehouse.errors import UserError
from warehouse.identity import hash_json

OPENROUTER = "openrouter"
"""What LLMRouterBench calls the model that OpenRouter's own router stands for."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ModelInfo(BaseModel):
    """Our keys below LiteLLM's `model_info`; LiteLLM's own keys are passed through."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    input_cost_per_token: float | None = Field(None, ge=0, description="USD per prompt token")
    output_cost_per_token: float | None = Field(None, ge=0, description="USD per completion token")
    cache_read_input_token_cost: float | None = Field(None, ge=0, description="USD per prompt token from the cache")
    cache_creation_input_token_cost: float | None = Field(None, ge=0, description="USD per prompt token cached anew")
    output_cost_per_reasoning_token: float | None = Field(None, ge=0, description="USD per reasoning token")
    base_model: str | None = Field(None, min_length=1, description="what a deployment of another name serves")
    context_tokens: int | None = Field(None, gt=0, description="context window")
    logprobs: bool = Field(False, description="ask for token log-probabilities")
    tags: list[str] = Field(default_factory=list)


class PoolModel(BaseModel):
    """One entry of LiteLLM's `model_list`."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    model_name: str = Field(min_length=1)
    litellm_params: dict[str, Any] = Field(description="model, api_base, api_key: os.environ/NAME, rpm, timeout, ...")
    model_info: ModelInfo = Field(default_factory=lambda: ModelInfo.model_validate({}))

    @field_validator("litellm_params", "model_info", mode="before")
    @classmethod
    def _can_be_sent(cls, values: Any, field: ValidationInfo) -> Any:
        return (refuse_odd_parameters if field.field_name == "litellm_params" else refuse_odd_amounts)(values)

    @model_validator(mode="after")
    def _names_a_model(self) -> "PoolModel":
        if not isinstance(self.litellm_params.get("model"), str):
            raise ValueError(f"model '{self.model_name}' needs litellm_params.model, such as openai/gpt-4o-mini")
        return self

    @property
    def provider(self) -> str:
        """The part of `litellm_params.model` before the first slash: the unit of rate limits."""
        return str(self.litellm_params["model"]).split("/", 1)[0]


Unpriced = Literal["allow", "refuse"]


class Pool(BaseModel):
    """A pool of models: LiteLLM's own `model_list` plus a name, in pool order (the tie-break)."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    name: str = ""
    title: str = ""
    aggregator: str | None = Field(None, description="model_name that writes aggregates; null: none can be asked")
    aggregators: list[str] = Field(
        default_factory=list, description="further ones, for presets that choose the aggregator per question"
    )
    unpriced: Unpriced | None = Field(None, description="whether models of unknown price are asked; null: the run's")
    model_list: list[PoolModel] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Pool":
        names = self.models
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(f"model_name occurs twice: {', '.join(twice)}")
        if unknown := [name for name in self.writers if name not in names]:
            raise ValueError(f"aggregator '{unknown[0]}' is not in model_list")
        if self.aggregators and self.aggregator is None:
            raise ValueError("aggregators are further ones; name the usual one as aggregator")
        limits = (self.model_extra or {}).get("provider_limits") or {}
        if not isinstance(limits, dict) or not all(isinstance(own, dict) for own in limits.values()):
            raise ValueError("provider_limits has to be like {openai: {rpm: 500, concurrency: 16}}")
        for own in limits.values():
            refuse_odd_amounts(own)
        return self

    @property
    def models(self) -> list[str]:
        """Model names in pool order."""
        return [model.model_name for model in self.model_list]

    @property
    def writers(self) -> list[str]:
        """Models that may write aggregates, the usual one first; none when nobody can be asked."""
        return [] if self.aggregator is None else [self.aggregator, *self.aggregators]

    @property
    def synthetic(self) -> bool:
        """Whether any model is simulated; then everything made with the pool says so."""
        return any(model.provider == "synthetic" for model in self.model_list)


class ListPrice(_Strict):
    """List price of a model, US dollars per million tokens."""

    input_usd_per_mtok: float = Field(ge=0, allow_inf_nan=False)
    output_usd_per_mtok: float = Field(ge=0, allow_inf_nan=False)
    cache_read_usd_per_mtok: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="prompt tokens read from the cache"
    )
    cache_write_usd_per_mtok: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="prompt tokens written to the cache"
    )
    reasoning_usd_per_mtok: float | None = Field(None, ge=0, allow_inf_nan=False, description="hidden reasoning tokens")
    source: str


class PriceBook(_Strict):
    """Prices of one day; ours win over LiteLLM's map."""

    date: date
    models: dict[str, ListPrice]


Retrieval = Literal["exact", "chroma"]


class Preset(_Strict):
    """A way to collaborate. The names are those of the method: k, rho, top n, r, N, c."""

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


class Refresh(_Strict):
    """How much a night asks anew of what is known, per model; within the budget."""

    share: float = Field(0.2, ge=0, le=1, description="of each model's known answers, stratified by dataset")
    at_least: int = Field(50, ge=0, description="answers of each model, where it has as many")
    max_age_days: int = Field(30, ge=1, description="older answers are asked anew in any case")


class RunProfile(_Strict):
    """A run profile: everything `concertino run NAME` needs."""

    name: str = ""
    title: str
    source: str = Field(description="where the rows come from: a name of `concertino ingest --help`")
    path: str | None = Field(None, description="file or folder; relative ones are below CONCERTINO_RECORDED")
    source_options: dict[str, Any] = Field(default_factory=dict)
    datasets: list[str] = Field(min_length=1, description="globs over names, or name/variant such as mmlupro/test_3000")
    pool: str
    collect: bool = Field(False, description="ask the pool's models for answers that are missing")
    budget_usd: float = Field(5.0, ge=0, description="hard cap on what model calls of a run may cost")
    unpriced: Unpriced | None = Field(
        None, description="models of unknown price, which no budget can hold; null: refused where a budget is stated"
    )
    refresh: Refresh | None = Field(None, description="what each night asks anew; null: nothing, known answers stay")
    score_mode: Literal["fixed", "compat", "recorded"] = Field(
        "fixed",
        validation_alias=AliasChoices("score_mode", "verdict"),
        description="whose count first: by our rules (fixed), by the reference's (compat), or as they came (recorded)",
    )
    missing: Literal["common", "fail", "drop"] = Field(
        "common",
        description="common: compare on the questions that every model has a verdict for; fail: a missing answer is "
        "wrong; drop: leave out models that lack a verdict",
    )
    embedder: str = "minilm"
    retrieval: Retrieval = Field(
        "exact",
        description="how a live question is looked up. exact: compared with every vector of the bank, all in memory; "
        "chroma: in the bank's collection, re-ranked exactly. Questions of a run are many at once: always exact",
    )
    splitter: str = Field("hash", description="how questions are divided into train, validation and test")
    split_options: dict[str, Any] = Field(default_factory=dict, description="the splitter's own, such as test: [gpqa]")
    train_share: float = Field(0.7, gt=0, lt=1, description="for splitters that draw: hash, reference")
    validation_share: float = Field(0.0, ge=0, lt=1, description="taken out of the train share")
    seeds: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(
        default_factory=lambda: [0], min_length=1, description="seeds of the splits"
    )
    presets: list[str] = Field(default_factory=lambda: ["smcs-select"])
    routers: list[str] = Field(default_factory=lambda: ["concertino", "dataset-classifier", "knn", "avengers"])
    external_routers: list[str] = Field(
        default_factory=lambda: [OPENROUTER],
        description="services that route by themselves: where their own answers were ingested or collected they stand "
        "beside the routers, and are no candidate of any router or oracle unless the pool names them",
    )
    judged_system: str = Field("smcs-select", description="the system the nightly verdict is about")
    statistics: Statistics = Field(default_factory=Statistics, description="resamples and levels behind every figure")
    shared_questions: float = Field(
        0.9, gt=0, le=1, description="share of two nights' scored questions that both must have; else it is refused"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "RunProfile":
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds has one twice; a split counts once")
        if self.refresh is not None and not self.collect:
            raise ValueError("refresh asks models anew, so it needs collect: true")
        try:
            self.split_with()
        except UserError as error:
            raise ValueError(str(error)) from error
        return self

    def split_with(self) -> SplitOptions:
        """The splitter's options: the shares that are not as usual, and `split_options`.

        Raises:
            UserError: there is no such splitter, or it knows no such option.
        """
        shares = {"train_share": self.train_share, "validation_share": self.validation_share}
        usual = {name: type(self).model_fields[name].default for name in shares}
        told = {name: share for name, share in shares.items() if share != usual[name]}
        return parse_options(self.splitter, told | self.split_options)
