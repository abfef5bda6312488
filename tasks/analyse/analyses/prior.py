"""What ranks the models of a question."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import SIZES, Setting, Study, changed


@analyses.register("prior")
def prior(material: Material) -> Iterable[Study]:
    """What ranks the models of a question."""
    base = material.base
    for n, told in ((1, "the best model alone"), (7, "the seven best models")):
        few = changed(base, **dict.fromkeys(SIZES, n))
        settings = [
            Setting("shrunk", few),
            Setting("shrunk, no similarity floor", changed(few, min_similarity=0.0)),
            Setting("not shrunk: neighbours alone", few, shrunk=False),
            Setting("overall accuracy: no neighbours", changed(few, min_similarity=1.0)),
            Setting("weighted sum over 0.95 of the 100th cosine", changed(few, prior="weighted")),
            Setting("weighted sum, k = 400 (as published)", changed(few, prior="weighted", k=400)),
            Setting("count, k = 400 (as published)", changed(few, prior="count", k=400)),
        ]
        yield Study(
            f"prior-{n}",
            f"Form of the prior, asking {told}",
            "What ranks the models of a question. Where all are asked nothing depends on the ranking, so it is shown "
            f"with {n} asked; the vote over the answers is the base's.",
            tuple(settings),
            ("shrunk", ""),
        )
