"""How the answer is picked among references."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import SIZES, Setting, Study, changed


@analyses.register("posterior")
def posterior(material: Material) -> Iterable[Study]:
    """How the answer is picked among references."""
    base = material.base
    yield Study(
        "posterior",
        "Parts of the posterior",
        "How the answer is picked when every model has answered. The fitted vote has a weight per model, a slope on "
        "its local log-odds, and the alternative that no answer is right. Of the models that gave it, the "
        "best-ranked lends it its words; recorded verdicts on equal answers can differ.",
        (
            Setting("agreement, all parts", base),
            Setting("without slopes: one weight per model", base, vote="no slopes"),
            Setting("without the alternative that none is right", base, vote="no alternative"),
            Setting("local accuracies not shrunk", base, shrunk=False),
            Setting("votes weighted by the prior", changed(base, posterior="weighted")),
            Setting("plain vote", changed(base, posterior="majority")),
            Setting("plain vote of the best 7", changed(base, posterior="majority", **dict.fromkeys(SIZES, 7))),
            Setting("no vote: the best model alone", changed(base, **dict.fromkeys(SIZES, 1))),
        ),
        ("agreement, all parts", ""),
    )
