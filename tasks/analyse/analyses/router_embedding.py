"""What routers lose or gain by other vectors of the questions."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.answer import Answers, Runner
from tasks.analyse.routed import routed
from tasks.analyse.study import Setting, Study
from tasks.analyse.vectors import HASHED, LSA, RANDOM

_ROUTERS = ("knn", "dataset-classifier")


@analyses.register("router-embedding")
def router_embedding(material: Material) -> Iterable[Study]:
    """Routers on the profile's own embedder, and on vectors that need no neural network."""
    own = material.run.embedder
    forms = {own: None, LSA: LSA, HASHED: HASHED, RANDOM: RANDOM}
    settings = [
        Setting(label, material.base, None, router, form, router=router, answer=_of)
        for router in _ROUTERS
        for label, form in forms.items()
    ]
    yield Study(
        "router-embedder",
        "Routers on other embeddings",
        "The same routers, fitted on other vectors of the questions: words weighted by rarity in the bank, words dealt "
        "out to places by a hash, and vectors that say nothing. Where the last are as good, nothing was learned of "
        "questions.",
        tuple(settings),
        (own, _ROUTERS[0]),
    )


def _of(runner: Runner, setting: Setting) -> Answers:
    assert setting.router is not None
    return routed(runner.data, setting.router)
