"""Coefficient, N, r and dropping as published, asked of the pool's own aggregator."""

from collections.abc import Iterable

from tasks.analyse.aggregator import ASKED
from tasks.analyse.analysis import Material, analyses
from tasks.analyse.study import Study, variants


@analyses.register("published-aggregation")
def published_aggregation(material: Material) -> Iterable[Study]:
    """Coefficient, N, r and dropping as published."""
    if not material.pool.writers:
        return
    paper = material.paper
    coefficients = sorted({0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, paper.ppl_coefficient})
    yield Study(
        "coefficient",
        "PPL coefficient c",
        ASKED + "The published posterior: similarity + c (1 - PPL).",
        variants(paper, {f"c = {c:g}": {"ppl_coefficient": c} for c in coefficients}, coefficients, asked=True),
        (f"c = {paper.ppl_coefficient:g}", ""),
        "coefficient c",
    )
    numbers = (1, 2, 4, 8)
    yield Study(
        "asked-N",
        "Aggregates N, as published",
        ASKED + "N aggregates, the published posterior.",
        variants(paper, {f"N = {one}": {"candidates": one} for one in numbers}, numbers, asked=True),
        (f"N = {paper.candidates}", ""),
        "aggregates N",
    )
    kept = (1, 3, 5, 6, 7)
    yield Study(
        "asked-r",
        "References per aggregate r, as published",
        ASKED + f"Each aggregate reads r of {paper.top_n}.",
        variants(paper, {f"r = {r}": {"keep": r} for r in kept}, kept, asked=True),
        (f"r = {paper.keep}", ""),
        "references r",
    )
    forms: dict[str, dict[str, object]] = {"published (nearly uniform)": {}, "random": {"dropping": "random"}}
    forms |= {"k-means, one of each cluster": {"dropping": "kmeans"}, "none dropped": {"dropping": "all"}}
    forms |= {"entropy 0.9 of the shrunk prior": {"dropping": "entropy", "prior": "shrunk", "k": 100}}
    yield Study(
        "asked-dropping",
        "Form of the dropping, as published",
        ASKED + "Which references each aggregate leaves out.",
        variants(paper, forms, [None] * len(forms), asked=True),
        ("published (nearly uniform)", ""),
    )
