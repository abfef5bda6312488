"""How many models are asked."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import SIZES, Setting, Study, changed


@analyses.register("references")
def references(material: Material) -> Iterable[Study]:
    """How many models are asked."""
    base, models = material.base, len(material.pool.models)
    sizes = sorted({n for n in (1, 2, 3, 5, 7, 9, 11, 13) if n < models} | {models})
    forms = {"agreement": base, "plain vote": changed(base, posterior="majority")}
    settings = [
        Setting(f"n = {n}", changed(preset, **dict.fromkeys(SIZES, n)), n, series)
        for series, preset in forms.items()
        for n in sizes
    ]
    yield Study(
        "n",
        "Reference models n",
        "How many models are asked, the best by the prior of the question; the answer is picked by the fitted vote or "
        "by a plain one. n = 1 is routing.",
        tuple(settings),
        (f"n = {models}", "agreement"),
        "reference models per question n",
    )
