"""Numbers of the method that seldom change: data like the rest of a preset, so that what made a row is known."""

from pydantic import BaseModel, ConfigDict, Field


class Constants(BaseModel):
    """What prior, vote, dropping and a live question's clock assume."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    local_strength: float = Field(
        5.0, gt=0, description="pseudo-items of the datasets' accuracy within a neighbourhood's (shrunk prior)"
    )
    dataset_strength: float = Field(
        5.0, gt=0, description="pseudo-items of the overall accuracy within a dataset's (shrunk prior)"
    )
    dataset_neighbours: int = Field(
        30, ge=1, description="nearest items that say which datasets a question resembles (shrunk prior)"
    )
    global_share: float = Field(
        0.5, gt=0, description="squared similarity that the overall accuracy weighs among the datasets' (shrunk prior)"
    )
    least_known: float = Field(
        0.5, ge=0, le=1, description="models with a smaller share of the best known one's labels are asked last"
    )
    vote_ridge: float = Field(3.0, gt=0, description="pull of a model's weight and slope to the next two (agreement)")
    vote_weight: float = Field(0.4, description="of a model's vote where the bank says nothing (agreement)")
    vote_slope: float = Field(0.5, description="likewise, of its local log-odds above the pool's (agreement)")
    vote_ridge_none: float = Field(0.1, gt=0, description="pull of the terms that no answer is right (agreement)")
    vote_items: int = Field(5_000, ge=1, description="bank questions that the vote is fitted on, at most (agreement)")
    aggregate_prior: float = Field(
        1.0, ge=0, description="aggregates that agree with nobody, added to those that came (agreement)"
    )
    sharpest: float = Field(8.0, gt=0, description="most that log-odds are multiplied by (dropping: entropy)")
    references_share: float = Field(0.6, gt=0, le=1, description="of a live deadline, where aggregates follow")
    round_share: float = Field(
        2 / 3, gt=0, le=1, description="of what is left of it for references, where substitutes may be needed"
    )


USUAL = Constants()
