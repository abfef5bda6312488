"""The single models of a run: what each is worth alone, on the questions that the run's systems are compared on."""

import numpy as np

from profiles.outcomes import OutcomeMatrix, known
from profiles.schema import Missing
from tasks.measure.accuracy import Measured, measure
from tasks.measure.intervals import draws
from tasks.report.contents import Matrix, Model
from warehouse.connect import rows


def models_of(
    run_id: str, outcomes: OutcomeMatrix, missing: Missing | None, resamples: int
) -> tuple[tuple[Model, ...], Matrix]:
    """Every single model, best first, those on fewer questions last; and accuracies, datasets × models in that order"""
    tested = rows("run_question", run=run_id)["question_id"]
    kept = np.isin(outcomes.question_ids, tested.to_numpy())
    names, strata = np.unique(outcomes.datasets[kept], return_inverse=True)
    scores, costs = outcomes.score[kept], outcomes.cost_usd[kept]
    if missing == "fail":
        scores = np.nan_to_num(scores)
    measured = measure(outcomes.models, scores.T, strata, resamples, draws())
    answers = {row["model"]: row for row in rows("report_model", run=run_id).iter_rows(named=True)}
    found = []
    for place, name in enumerate(outcomes.models):
        spent = costs[~np.isnan(scores[:, place]) & ~np.isnan(costs[:, place]), place]
        found.append(_model(name, measured, place, spent, answers.get(name, {})))
    most = max(model.n for model in found)
    order = sorted(range(len(found)), key=lambda at: (found[at].n < most, -(found[at].macro_accuracy or 0.0)))
    matrix = Matrix(
        tuple(map(str, names)),
        tuple(found[place].name for place in order),
        tuple(tuple(known(measured.by_dataset[dataset, 0, place]) for place in order) for dataset in range(len(names))),
    )
    return tuple(found[place] for place in order), matrix


def _model(name: str, measured: Measured, place: int, spent: np.ndarray, answers: dict[str, float]) -> Model:
    n = measured.n[:, place]
    everywhere = bool((n > 0).all())  # else its macro average is over other datasets than the others'
    accuracy = measured.accuracy(place) if everywhere else None
    return Model(
        name=name,
        macro_accuracy=accuracy.value if accuracy else None,
        n=int(n.sum()),
        cost_usd_per_question=float(spent.mean()) if len(spent) else None,
        n_cost=len(spent),
        ci_low=accuracy.low if accuracy else None,
        ci_high=accuracy.high if accuracy else None,
        latency_s_median=answers.get("latency_s_median"),
        latency_s_p95=answers.get("latency_s_p95"),
        no_answer_share=answers.get("no_answer_share"),
        refusal_share=answers.get("refusal_share"),
    )
