"""When one model is enough, and what its price weighs."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses, priced
from tasks.analyse.study import SIZES, Setting, Study, changed


@analyses.register("routing")
def routing(material: Material) -> Iterable[Study]:
    """When one model is enough, and what its price weighs."""
    base, matrix = material.base, material.matrix
    levels = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
    never = Setting("never", base)
    settings = [Setting(f"at {level:g}", changed(base, route_at=level)) for level in levels]
    yield Study(
        "route",
        "Route or ask all",
        "Where the prior of the best model reaches a level, it is asked alone.",
        (*settings, never),
        ("never", ""),
        "model calls per question",
        against_calls=True,
    )
    if priced(matrix).all():
        few = changed(base, **dict.fromkeys(SIZES, 3))
        weights = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
        yield Study(
            "cost",
            "Cost weight λ",
            "What being the dearest model takes off its prior; three models are asked, because asking all costs the "
            "same at any weight.",
            tuple(Setting(f"λ = {one:g}", changed(few, cost_weight=one), one) for one in weights),
            ("λ = 0", ""),
            "cost weight λ",
        )
