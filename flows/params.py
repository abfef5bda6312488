"""One pydantic model per flow: it is the form in Prefect's UI. Every default works untouched."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from profiles.load import load_preset, names, router_names
from profiles.registry import SOURCES, offered
from profiles.schema import Unpriced
from warehouse.errors import UserError


def _told(name: str) -> str:
    try:
        return f"{name}: {load_preset(name).title}"
    except UserError:  # told when it is used; other commands go on
        return name


def _known(known: list[str]) -> list[JsonValue]:
    """A select of the form with a field beside it, for names that are newer than the deployment."""
    return [{"type": "string", "title": "known", "enum": [*known]}, {"type": "string", "title": "another"}]


RunName = Annotated[str, Field(json_schema_extra={"anyOf": _known(names("runs"))})]
PresetName = Annotated[str, Field(json_schema_extra={"enum": names("presets")})]  # the UI has no such choice in lists
_POOLS: list[JsonValue] = [*_known(names("pools")), {"type": "null", "title": "the profile's"}]
RouterName = Annotated[str, Field(json_schema_extra={"enum": [*router_names()]})]
_SOURCES: list[JsonValue] = [
    {"type": "string", "enum": [*offered(SOURCES)]},
    {"type": "null", "title": "the profile's"},
]
_PRESETS = "; ".join(_told(name) for name in names("presets"))


class _Stage(BaseModel):
    """What every stage asks for."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _left_empty(cls, value: object, info: ValidationInfo) -> object:
        """What a form sends of a field without a word in it is what `empty` says."""
        blank = isinstance(value, str) and not value.strip()
        return None if blank and cls.model_fields[str(info.field_name)].default is None else value

    profile: RunName = Field("demo", description="run profile: which questions, models, splits and presets")
    run_id: str | None = Field(
        None,
        title="Run",
        description="do this stage as part of an earlier run; leave empty for a new one",
    )


class _PoolStage(_Stage):
    pool: str | None = Field(
        None,
        description="another pool (name, or path of a LiteLLM YAML) than the profile's",
        json_schema_extra={"anyOf": _POOLS},
    )


class _PaidStage(_PoolStage):
    budget_usd: float | None = Field(
        None,
        title="Budget (USD)",
        ge=0,
        le=10_000,
        description="hard cap on what the run's model calls cost; empty: the profile's",
    )
    resume: str | None = Field(
        None,
        description="unfinished run to go on with, under one cap; empty: the same command continues an interrupted run "
        "for a day",
    )


class IngestParams(_Stage):
    """Bring questions, recorded answers and prices into the warehouse."""

    source: str | None = Field(
        None,
        description="where the rows come from; empty: the profile's source",
        json_schema_extra={"anyOf": _SOURCES},
    )
    path: str | None = Field(None, description="file or folder to read; empty: the profile's path")
    variants: list[str] = Field(
        default_factory=list,
        description="accepted variants, such as test_3000 or mmlupro/test_3000; empty: all, clashes refused",
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="recorded answers: our column name → the file's column name"
    )
    options: dict[str, str] = Field(
        default_factory=dict, description="the source's further options, such as allow_partial: true; lists as a,b,c"
    )
    dry_run: bool = Field(False, description="only validate: counts, rejects by reason, coverage; nothing is written")


class CollectParams(_PaidStage):
    """Ask the pool's models for the answers that are missing; a paid answer is never paid twice."""

    limit: int | None = Field(None, ge=1, description="at most so many questions per dataset; empty: all")
    samples: int = Field(1, ge=1, le=16, description="answers per question and model")
    concurrency: int = Field(32, ge=1, le=256, description="requests in flight per provider")
    unpriced: Unpriced | None = Field(
        None, description="models of unknown price, which no budget can hold; empty: as the pool or the profile says"
    )
    retry_empty: bool = Field(False, description="ask again where an empty answer was paid for")
    refresh: bool = Field(False, description="ask known answers anew too, as much as the profile's refresh says")
    dry_run: bool = Field(False, description="only estimate calls, tokens and cost per dataset and model")


class ScoreParams(_Stage):
    """Judge every response that has no verdict of the current scorer version yet."""

    rescore: bool = Field(False, description="judge again, also what has a current verdict")
    mode: Literal["fixed", "compat"] | None = Field(None, description="only by scorers of this mode; empty: by all")


class BankParams(_PoolStage):
    """Split the questions, embed them, and build one question bank per split seed."""

    embedder: str | None = Field(None, description="minilm, a model-hub name, or litellm/<model>; empty: the profile's")


class CollaborateParams(_PaidStage):
    """Answer the test questions by collaboration: choose models, aggregate, select."""

    presets: list[PresetName] = Field(default_factory=list, description=f"empty: the profile's. {_PRESETS}")
    limit: int | None = Field(None, ge=1, description="at most so many test questions per dataset; empty: all")


class RescoreParams(_PoolStage):
    """Choose again among a finished run's candidates; the run is the profile's newest when none is named."""

    presets: list[PresetName] = Field(default_factory=list, description="empty: all presets of the run")
    changes: dict[str, str] = Field(
        default_factory=dict,
        description="posterior's keys and their values, such as ppl_coefficient: 0.5; empty: as the presets are now",
    )


class EvaluateParams(_PoolStage):
    """Compare routers, collaboration and null baselines on the same test questions."""

    routers: list[RouterName] = Field(default_factory=list, description="empty: the profile's routers")
    only: Literal["route", "measure"] | None = Field(
        None,
        description="route: whom the systems ask, nothing is measured; measure: anew what the run, or the profile's "
        "newest, has routed, nothing is fitted; empty: both",
    )
    resamples: int | None = Field(
        None, ge=100, le=20_000, description="bootstrap resamples behind every interval; empty: the profile's"
    )


class AnalyseParams(_PaidStage):
    """Vary one part of the method at a time; figures are of validation questions."""

    studies: list[str] = Field(
        default_factory=list, description="only these, such as k or posterior; empty: all that the answers can show"
    )


class PublishParams(_Stage):
    """Write the report page and swap in the read-only DuckDB copy."""


class RunParams(_PaidStage):
    """All stages of one run profile, in order."""


class NightlyParams(_PaidStage):
    """All stages, then the verdict against the pinned baseline run."""

    baseline: str | None = Field(None, description="run to compare with; empty: the pinned baseline, else the last run")
    minimum_effect: float | None = Field(
        None, ge=0, le=0.5, description="smallest difference of macro accuracy that counts; empty: the profile's, 0.01"
    )
