"""Shape of the YAML files of routers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class RouterProfile(BaseModel):
    """A router and what it is set to: the published setting and ours are two files of one router."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    title: str = ""
    router: str = Field(description="name of the plug-in")
    options: dict[str, Any] = Field(default_factory=dict, description="its options; what is left out is its default")
