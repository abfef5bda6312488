"""What similarity of questions is made from."""

from collections.abc import Iterable

from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import Setting, Study
from tasks.analyse.vectors import LSA, RANDOM


@analyses.register("embedding")
def embedding(material: Material) -> Iterable[Study]:
    """What similarity of questions is made from."""
    base, own = material.base, material.run.embedder
    forms = {own: None, f"{own}, first 64 tokens": f"{own}@64", LSA: LSA, RANDOM: RANDOM}
    yield Study(
        "embedder",
        "Embedder",
        "What similarity of questions is made from. The last two need no neural network: words weighted by rarity in "
        "the bank, and a control whose neighbours mean nothing.",
        tuple(Setting(label, base, embedder=form) for label, form in forms.items()),
        (own, ""),
    )
