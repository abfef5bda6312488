"""Studies of presets that aggregate, with the pool's own aggregator."""

from collections.abc import Iterable

from profiles.schema import Preset
from tasks.analyse.aggregator import QUESTIONS
from tasks.analyse.study import Setting, Study

_TOLD = f"Asked of the pool's aggregator; at most {QUESTIONS} questions per seed. "


def asked_studies(paper: Preset, ours: Preset) -> list[Study]:
    """What an aggregator is needed for: coefficient, N, r and dropping as published, and the parts of our posterior.

    Args:
        paper: `smcs-paper`.
        ours: `smcs`; here it never stops early, so that all its settings choose among the same candidates.
    """
    return [*_published(paper), _posterior(ours.model_copy(update={"stop_at": None}))]


def _settings(preset: Preset, changes: dict[str, dict[str, object]], xs: Iterable[float | None]) -> tuple[Setting, ...]:
    return tuple(
        Setting(label, preset.model_copy(update=change), x, asked=True)
        for (label, change), x in zip(changes.items(), xs, strict=True)
    )


def _published(paper: Preset) -> Iterable[Study]:
    coefficients = sorted({0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, paper.ppl_coefficient})
    yield Study(
        "coefficient", "PPL coefficient c", _TOLD + "The published posterior: similarity + c (1 - PPL).",
        _settings(paper, {f"c = {c:g}": {"ppl_coefficient": c} for c in coefficients}, coefficients),
        (f"c = {paper.ppl_coefficient:g}", ""), "coefficient c",
    )  # fmt: skip
    numbers = (1, 2, 4, 8)
    yield Study(
        "asked-N", "Aggregates N, as published", _TOLD + "N aggregates, the published posterior.",
        _settings(paper, {f"N = {one}": {"candidates": one} for one in numbers}, numbers),
        (f"N = {paper.candidates}", ""), "aggregates N",
    )  # fmt: skip
    kept = (1, 3, 5, 6, 7)
    yield Study(
        "asked-r", "References per aggregate r, as published", _TOLD + f"Each aggregate reads r of {paper.top_n}.",
        _settings(paper, {f"r = {r}": {"keep": r} for r in kept}, kept), (f"r = {paper.keep}", ""), "references r",
    )  # fmt: skip
    forms: dict[str, dict[str, object]] = {"published (nearly uniform)": {}, "random": {"dropping": "random"}}
    forms |= {"k-means, one of each cluster": {"dropping": "kmeans"}, "none dropped": {"dropping": "all"}}
    forms |= {"entropy 0.9 of the shrunk prior": {"dropping": "entropy", "prior": "shrunk", "k": 100}}
    yield Study(
        "asked-dropping", "Form of the dropping, as published", _TOLD + "Which references each aggregate leaves out.",
        _settings(paper, forms, [None] * len(forms)), ("published (nearly uniform)", ""),
    )  # fmt: skip


def _posterior(ours: Preset) -> Study:
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
    return Study(
        "asked-posterior", "Parts of the posterior over aggregates",
        _TOLD + "Every setting chooses among the same references and aggregates.",
        _settings(ours, forms, [None] * len(forms)), ("all parts", ""),
    )  # fmt: skip
