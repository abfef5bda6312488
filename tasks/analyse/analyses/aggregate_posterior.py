"""Parts of our posterior over aggregates, asked of the pool's own aggregator."""

from collections.abc import Iterable

from tasks.analyse.aggregator import ASKED
from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import Study, variants


@analyses.register("aggregate-posterior")
def aggregate_posterior(material: Material) -> Iterable[Study]:
    """Parts of our posterior; it never stops early, so that all settings choose among the same candidates."""
    if not material.pool.writers:
        return
    ours = material.ensemble.model_copy(update={"stop_at": None})
    forms: dict[str, dict[str, object]] = {
        "all parts": {},
        "without confidence": {"confidence_weight": 0.0},
        "without similarity": {"similarity_weight": 0.0},
        "references' votes alone": {"aggregate_weight": 0.0},
        "aggregates count twice": {"aggregate_weight": 2 * ours.aggregate_weight},
        "plurality of the aggregates": {"posterior": "majority"},
        "published: similarity + 1 (1 - PPL)": {"posterior": "paper", "ppl_coefficient": 1.0},
        "published: similarity alone": {"posterior": "paper", "ppl_coefficient": 0.0},
    }
    yield Study(
        "asked-posterior",
        "Parts of the posterior over aggregates",
        ASKED + "Every setting chooses among the same references and aggregates.",
        variants(ours, forms, [None] * len(forms), asked=True),
        ("all parts", ""),
    )
