"""What is aggregated, how often, and when that ends; a plain vote stands in for the aggregator."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.simulated_aggregator import QUESTIONS
from tasks.analyse.study import Setting, Study, variants


@analyses.register("aggregation")
def aggregation(material: Material) -> Iterable[Study]:
    """What is aggregated, how often, and when that ends; a plain vote stands in for the aggregator."""
    ensemble = material.ensemble
    told = "A plain vote of each subset of references stands in for what an aggregator would write; "
    told += f"at most {QUESTIONS} questions per seed. "

    def settings(changes: dict[str, dict[str, object]], xs: Iterable[float | None]) -> tuple[Setting, ...]:
        return variants(ensemble, changes, xs, stand_in=True)

    kept = range(1, ensemble.top_n + 1)
    yield Study(
        "r",
        "References per aggregate r",
        told + f"Each of {ensemble.candidates} aggregates reads r of "
        f"{ensemble.top_n} references; at r = {ensemble.top_n} none is dropped.",
        settings({f"r = {r}": {"keep": r} for r in kept}, kept),
        (f"r = {ensemble.keep}", ""),
        "references r",
    )
    numbers = (1, 2, 4, 8, 16)
    yield Study(
        "N",
        "Aggregates N",
        told + "At most N are asked; fewer where the answer is decided earlier.",
        settings({f"N = {one}": {"candidates": one} for one in numbers}, numbers),
        (f"N = {ensemble.candidates}", ""),
        "aggregates N",
    )
    forms: dict[str, dict[str, object]] = {f"entropy {ensemble.entropy:g}": {}}
    forms |= {"entropy 0.6": {"entropy": 0.6}, "uniform": {"dropping": "random"}}
    forms |= {
        "published formula on our prior": {"dropping": "prior"},
        "softmax, T = 0.1": {"dropping": "softmax", "temperature_prior": 0.1},
        "none dropped": {"dropping": "all"},
    }
    yield Study(
        "dropping",
        "Form of the dropping",
        told + "Which references each subset leaves out.",
        settings(forms, [None] * len(forms)),
        (f"entropy {ensemble.entropy:g}", ""),
    )
    weights = (0.0, 1.0, 3.0, 6.0, 12.0)
    changes: dict[str, dict[str, object]] = {f"{one:g}": {"aggregate_weight": one} for one in weights}
    changes |= {"aggregates alone": {"posterior": "majority", "stop_at": None}}
    yield Study(
        "aggregate-weight",
        "Weight of the aggregates",
        told + "Log-odds that unanimous aggregates add to the "
        "references' vote; at the end the aggregates alone decide, by plurality.",
        settings(changes, [None] * len(changes)),
        (f"{ensemble.aggregate_weight:g}", ""),
    )
    stops = (0.7, 0.8, 0.9, 0.95, 0.99)
    ends: dict[str, dict[str, object]] = {f"at {one:g}": {"stop_at": one} for one in stops}
    yield Study(
        "stop",
        "Early stop",
        told + "No further aggregate is asked when an answer's stated probability reaches a level.",
        settings(ends | {"never": {"stop_at": None}}, [None] * (len(stops) + 1)),
        (f"at {ensemble.stop_at:g}", ""),
        "model calls per question",
        against_calls=True,
    )
