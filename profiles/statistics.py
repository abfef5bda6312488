"""What intervals and tests rest on: once per run profile, and named in every metric row."""

from pydantic import BaseModel, ConfigDict, Field


class Statistics(BaseModel):
    """Resamples, levels and how often; published numbers move with them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resamples: int = Field(
        2000, ge=100, le=20_000, description="bootstrap resamples of an interval, and random sign vectors of a test"
    )
    level: float = Field(0.95, ge=0.95, le=0.95, description="of every interval; fixed: pages say 95 % in words")
    minimum_effect: float = Field(
        0.01, ge=0, le=0.5, description="smallest difference of macro accuracy that counts as one"
    )
    alpha: float = Field(0.05, gt=0, lt=1, description="a p-value below this counts as found")
