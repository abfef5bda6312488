"""How deep and how strictly neighbours are retrieved."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import Setting, Study, changed


@analyses.register("retrieval")
def retrieval(material: Material) -> Iterable[Study]:
    """How deep and how strictly neighbours are retrieved."""
    base = material.base
    depths = sorted({5, 10, 25, 50, 100, 200, 400, base.k})
    yield Study(
        "k",
        "Retrieval depth k",
        "How many bank questions speak for a model at a question. All models answer; k moves only how much each vote "
        "weighs there.",
        tuple(Setting(f"k = {k}", changed(base, k=k), k) for k in depths),
        (f"k = {base.k}", ""),
        "neighbours k",
    )
    floors = sorted({0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, base.min_similarity})
    settings = [Setting(f"{floor:g}", changed(base, min_similarity=floor), floor) for floor in floors]
    everywhere = Setting("no neighbour", changed(base, min_similarity=1.0), 1.0)
    yield Study(
        "floor",
        "Similarity floor",
        "Less similar bank questions say nothing. At 1 no neighbour is heard, and each model's overall accuracy "
        "remains: what retrieval as a whole is worth.",
        (*settings, everywhere),
        (f"{base.min_similarity:g}", ""),
        "smallest cosine that is heard",
    )
