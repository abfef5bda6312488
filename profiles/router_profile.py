"""Shape of the YAML files of routers."""

import math
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator


class RouterProfile(BaseModel):
    """A router and what it is set to: the published setting and ours are two files of one router."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    title: str = ""
    router: str = Field(description="name of the plug-in")
    options: dict[str, Any] = Field(default_factory=dict, description="its options; what is left out is its default")

    @field_validator("options")
    @classmethod
    def _are_finite(cls, options: dict[str, Any]) -> dict[str, Any]:
        for name, value in _numbers(options, ""):
            if not math.isfinite(value):
                raise ValueError(f"{name} has to be a finite number, not {value}")
        return options


def _numbers(value: Any, name: str) -> Iterator[tuple[str, float]]:
    """Every float in mappings and lists, with where it stands."""
    if isinstance(value, float):
        yield name, value
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(one, f"{name}.{key}" if name else str(key))
