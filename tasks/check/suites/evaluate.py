"""What must hold after evaluate: every system was measured on the same ground, and none beats the oracle."""

from tasks.check.suite import Check, between

_ROUNDING = -1e-9

SUITE = (
    Check(
        "route",
        "check_route",
        (between("every test question is routed once per policy, no other question is", "surplus", 0, 0),),
    ),
    Check(
        "metric",
        "check_metric",
        (
            between("accuracies lie between 0 and 1", "value", 0, 1),
            between("intervals begin at or below their value", "above_low", low=_ROUNDING),
            between("intervals end at or above their value", "below_high", low=_ROUNDING),
            between("no router or single model beats the oracle", "below_oracle", low=_ROUNDING),
            between(
                "no collaboration beats the oracle", "collaboration_below_oracle", low=_ROUNDING, severity="warning"
            ),
        ),
    ),
)
