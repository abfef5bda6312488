"""Shape of a price book's YAML file: what models cost, as of a day."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class ListPrice(BaseModel):
    """List price of a model, US dollars per million tokens."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

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


class PriceBook(BaseModel):
    """Prices of one day; ours win over LiteLLM's map."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    date: date
    models: dict[str, ListPrice]
