"""The grid: which studies a profile's answers can show, and why not the others."""

from collections.abc import Callable, Iterable

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Pool, Preset, RunProfile
from tasks.analyse.simulated_aggregator import QUESTIONS
from tasks.analyse.study import Order, Setting, Study

LSA, RANDOM = "tf-idf, 256 LSA dimensions", "random vectors"
_ALL = 1000  # a top n that is every pool's size
_BANK_DRAWS = 3
_CODE = ("top_n", "top_n_code")


def studies_of(run: RunProfile, pool: Pool, matrix: OutcomeMatrix, base: Preset, ensemble: Preset) -> list[Study]:
    """All studies that recorded answers can show without an aggregator, in the order of the page.

    Args:
        run: the profile.
        pool: its models.
        matrix: what is known of its questions.
        base: `smcs-select`.
        ensemble: `smcs`; a plain vote stands in for its aggregator.
    """
    makers: list[Callable[[], Iterable[Study]]] = [
        lambda: _retrieval(base), lambda: _references(base, len(pool.models)), lambda: _priors(base),
        lambda: _posteriors(base), lambda: _pool_sizes(base, len(pool.models)), lambda: _bank_sizes(base),
        lambda: _embedders(base, run.embedder), lambda: _routing(base, matrix), lambda: _aggregation(ensemble),
    ]  # fmt: skip
    return [study for make in makers for study in make()]


def not_shown(run: RunProfile, pool: Pool, matrix: OutcomeMatrix) -> dict[str, str]:
    """Parts that the recorded answers cannot show → why."""
    found = {
        "medoid similarity of the references (the published posterior without an aggregator)":
            "it needs vectors of every answer to the validation questions, and no stage makes those",
        "further embedders": "they would have to be downloaded; any model-hub name can be the profile's embedder",
    }  # fmt: skip
    if not pool.writers:
        found["PPL coefficient, confidence and similarity of aggregates, k-means dropping"] = (
            f"pool {pool.name} has no aggregator, so there is no aggregate with token log-probabilities"
        )
    if len(pool.writers) < 2:
        found["choice of the aggregator"] = f"pool {pool.name} has no further aggregators to choose from"
    if unknown := int((~_priced(matrix)).sum()):
        found["cost weight λ"] = (
            f"no cost is known of {unknown} of {len(pool.models)} models, recorded or by list price"
        )
    return found


def _priced(matrix: OutcomeMatrix) -> np.ndarray:
    """(P,) models whose answers have a known cost."""
    return (~np.isnan(matrix.cost_usd)).any(axis=0)


def _of(preset: Preset, **changes: object) -> Preset:
    return preset.model_copy(update=changes)


def _retrieval(base: Preset) -> Iterable[Study]:
    depths = sorted({5, 10, 25, 50, 100, 200, 400, base.k})
    yield Study(
        "k", "Retrieval depth k",
        "How many bank questions speak for a model at a question. All models answer; k moves only how much each vote "
        "weighs there.",
        tuple(Setting(f"k = {k}", _of(base, k=k), k) for k in depths), (f"k = {base.k}", ""), "neighbours k",
    )  # fmt: skip
    floors = sorted({0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, base.min_similarity})
    settings = [Setting(f"{floor:g}", _of(base, min_similarity=floor), floor) for floor in floors]
    everywhere = Setting("no neighbour", _of(base, min_similarity=1.0), 1.0)
    yield Study(
        "floor", "Similarity floor",
        "Less similar bank questions say nothing. At 1 no neighbour is heard, and each model's overall accuracy "
        "remains: what retrieval as a whole is worth.",
        (*settings, everywhere), (f"{base.min_similarity:g}", ""), "smallest cosine that is heard",
    )  # fmt: skip


def _references(base: Preset, models: int) -> Iterable[Study]:
    sizes = sorted({n for n in (1, 2, 3, 5, 7, 9, 11, 13) if n < models} | {models})
    forms = {"agreement": base, "plain vote": _of(base, posterior="majority")}
    settings = [
        Setting(f"n = {n}", _of(preset, **dict.fromkeys(_CODE, n)), n, series)
        for series, preset in forms.items()
        for n in sizes
    ]
    yield Study(
        "n", "Reference models n",
        "How many models are asked, the best by the prior of the question; the answer is picked by the fitted vote or "
        "by a plain one. n = 1 is routing.",
        tuple(settings), (f"n = {models}", "agreement"), "reference models per question n",
    )  # fmt: skip


def _priors(base: Preset) -> Iterable[Study]:
    for n, told in ((1, "the best model alone"), (7, "the seven best models")):
        few = _of(base, **dict.fromkeys(_CODE, n))
        settings = [
            Setting("shrunk", few),
            Setting("shrunk, no similarity floor", _of(few, min_similarity=0.0)),
            Setting("not shrunk: neighbours alone", few, shrunk=False),
            Setting("overall accuracy: no neighbours", _of(few, min_similarity=1.0)),
            Setting("weighted sum over 0.95 of the 100th cosine", _of(few, prior="weighted")),
            Setting("weighted sum, k = 400 (as published)", _of(few, prior="weighted", k=400)),
            Setting("count, k = 400 (as published)", _of(few, prior="count", k=400)),
        ]
        yield Study(
            f"prior-{n}", f"Form of the prior, asking {told}",
            "What ranks the models of a question. Where all are asked nothing depends on the ranking, so it is shown "
            f"with {n} asked; the vote over the answers is the base's.",
            tuple(settings), ("shrunk", ""),
        )  # fmt: skip


def _posteriors(base: Preset) -> Iterable[Study]:
    yield Study(
        "posterior", "Parts of the posterior",
        "How the answer is picked when every model has answered. The fitted vote has a weight per model, a slope on "
        "its local log-odds, and the alternative that no answer is right. Of the models that gave it, the "
        "best-ranked lends it its words; recorded verdicts on equal answers can differ.",
        (
            Setting("agreement, all parts", base),
            Setting("without slopes: one weight per model", base, vote="no slopes"),
            Setting("without the alternative that none is right", base, vote="no alternative"),
            Setting("local accuracies not shrunk", base, shrunk=False),
            Setting("votes weighted by the prior", _of(base, posterior="weighted")),
            Setting("plain vote", _of(base, posterior="majority")),
            Setting("plain vote of the best 7", _of(base, posterior="majority", **dict.fromkeys(_CODE, 7))),
            Setting("no vote: the best model alone", _of(base, **dict.fromkeys(_CODE, 1))),
        ),
        ("agreement, all parts", ""),
    )  # fmt: skip


def _pool_sizes(base: Preset, models: int) -> Iterable[Study]:
    orders: tuple[Order, ...] = ("best first", "worst first", "random")
    settings = [
        Setting(f"{size} models" if size > 1 else "1 model", base, size, order, pool=(order, size))
        for order in orders
        for size in range(1, models + 1)
    ]
    yield Study(
        "pool", "Pool size",
        "Models are added one by one, by their accuracy on the bank (never on the questions answered here), or in an "
        "order drawn for each seed. The vote is fitted anew for every pool.",
        tuple(settings), (f"{models} models", "best first"), "models in the pool",
    )  # fmt: skip


def _bank_sizes(base: Preset) -> Iterable[Study]:
    shares = (0.05, 0.1, 0.2, 0.4, 0.7)
    settings = [
        Setting(f"{share:.0%}", base, share, bank_share=share, draws=_BANK_DRAWS)
        for share in shares
    ]  # fmt: skip
    yield Study(
        "bank", "Bank size",
        f"Random parts of the bank, {_BANK_DRAWS} draws per seed; prior and vote know nothing of the rest.",
        (*settings, Setting("100%", base, 1.0)), ("100%", ""), "share of the bank",
    )  # fmt: skip


def _embedders(base: Preset, own: str) -> Iterable[Study]:
    forms = {own: None, f"{own}, first 64 tokens": f"{own}@64", LSA: LSA, RANDOM: RANDOM}
    yield Study(
        "embedder", "Embedder",
        "What similarity of questions is made from. The last two need no neural network: words weighted by rarity in "
        "the bank, and a control whose neighbours mean nothing.",
        tuple(Setting(label, base, embedder=form) for label, form in forms.items()), (own, ""),
    )  # fmt: skip


def _routing(base: Preset, matrix: OutcomeMatrix) -> Iterable[Study]:
    levels = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
    never = Setting("never", base)
    settings = [Setting(f"at {level:g}", _of(base, route_at=level)) for level in levels]
    yield Study(
        "route", "Route or ask all",
        "Where the prior of the best model reaches a level, it is asked alone.",
        (*settings, never), ("never", ""), "model calls per question", against_calls=True,
    )  # fmt: skip
    if _priced(matrix).all():
        few = _of(base, **dict.fromkeys(_CODE, 3))
        weights = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
        yield Study(
            "cost", "Cost weight λ",
            "What being the dearest model takes off its prior; three models are asked, because asking all costs the "
            "same at any weight.",
            tuple(Setting(f"λ = {one:g}", _of(few, cost_weight=one), one) for one in weights), ("λ = 0", ""),
            "cost weight λ",
        )  # fmt: skip


def _aggregation(ensemble: Preset) -> Iterable[Study]:
    told = "A plain vote of each subset of references stands in for what an aggregator would write; "
    told += f"at most {QUESTIONS} questions per seed. "

    def settings(changes: dict[str, dict[str, object]], xs: Iterable[float | None]) -> tuple[Setting, ...]:
        return tuple(
            Setting(label, _of(ensemble, **change), x, stand_in=True)
            for (label, change), x in zip(changes.items(), xs, strict=True)
        )

    kept = range(1, ensemble.top_n + 1)
    yield Study(
        "r", "References per aggregate r", told + f"Each of {ensemble.candidates} aggregates reads r of "
        f"{ensemble.top_n} references; at r = {ensemble.top_n} none is dropped.",
        settings({f"r = {r}": {"keep": r} for r in kept}, kept), (f"r = {ensemble.keep}", ""), "references r",
    )  # fmt: skip
    numbers = (1, 2, 4, 8, 16)
    yield Study(
        "N", "Aggregates N", told + "At most N are asked; fewer where the answer is decided earlier.",
        settings({f"N = {one}": {"candidates": one} for one in numbers}, numbers),
        (f"N = {ensemble.candidates}", ""), "aggregates N",
    )  # fmt: skip
    forms: dict[str, dict[str, object]] = {f"entropy {ensemble.entropy:g}": {}}
    forms |= {"entropy 0.6": {"entropy": 0.6}, "uniform": {"dropping": "random"}}
    forms |= {"published formula on our prior": {"dropping": "prior"}, "softmax, T = 0.1": {
        "dropping": "softmax", "temperature_prior": 0.1}, "none dropped": {"dropping": "all"}}  # fmt: skip
    yield Study(
        "dropping", "Form of the dropping", told + "Which references each subset leaves out.",
        settings(forms, [None] * len(forms)), (f"entropy {ensemble.entropy:g}", ""),
    )  # fmt: skip
    weights = (0.0, 1.0, 3.0, 6.0, 12.0)
    changes: dict[str, dict[str, object]] = {f"{one:g}": {"aggregate_weight": one} for one in weights}
    changes |= {"aggregates alone": {"posterior": "majority", "stop_at": None}}
    yield Study(
        "aggregate-weight", "Weight of the aggregates", told + "Log-odds that unanimous aggregates add to the "
        "references' vote; at the end the aggregates alone decide, by plurality.",
        settings(changes, [None] * len(changes)), (f"{ensemble.aggregate_weight:g}", ""),
    )  # fmt: skip
    stops = (0.7, 0.8, 0.9, 0.95, 0.99)
    ends: dict[str, dict[str, object]] = {f"at {one:g}": {"stop_at": one} for one in stops}
    yield Study(
        "stop", "Early stop", told + "No further aggregate is asked when an answer's stated probability "
        "reaches a level.",
        settings(ends | {"never": {"stop_at": None}}, [None] * (len(stops) + 1)), (f"at {ensemble.stop_at:g}", ""),
        "model calls per question", against_calls=True,
    )  # fmt: skip
