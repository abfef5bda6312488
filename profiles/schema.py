"""Shapes of the YAML files of pools and run profiles."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from profiles.amounts import refuse_odd_amounts
from profiles.parameters import refuse_odd_parameters
from profiles.splitter import SplitOptions, parse_options
from profiles.statistics import Statistics
from warehouse.errors import UserError

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
Missing = Literal["common", "fail", "drop"]


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


Retrieval = Literal["exact", "chroma"]


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
    missing: Missing = Field(
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
