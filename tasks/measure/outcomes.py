"""What a system got, question by question and seed by seed: the one input of every measurement."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from profiles.arrays import known_mean
from profiles.outcomes import OutcomeMatrix
from profiles.schema import Missing
from tasks.measure.coverage import Gap

Role = Literal["system", "point", "model", "flavour"]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """One system's results. S seeds, Q questions in the matrix' order.

    Args:
        system: its name on the leaderboard.
        scores: (S, Q) in [0, 1]; NaN where it was not tested or there is no verdict.
        costs: (S, Q) USD; NaN where it was not tested or any part of the cost is unknown.
        calls: (S, Q) model calls, cached or not; NaN exactly where it was not tested.
        response_ids: (S, Q) the response it gave; None where it gave no single one.
        probabilities: (S, Q) the probability it stated of being right; NaN where it stated none; None when it never
            states one.
        role: `system`: compared with the others and judged; `point`: another operating point of the system `method`.
            Only seen beside them: `model`, one model alone, and `flavour`, an oracle or chance otherwise reckoned.
        method: see there; empty: the system itself.
    """

    system: str
    scores: np.ndarray
    costs: np.ndarray
    calls: np.ndarray
    response_ids: np.ndarray
    probabilities: np.ndarray | None = None
    role: Role = "system"
    method: str = ""

    @property
    def score(self) -> np.ndarray:
        """(Q,) mean score over the seeds with a verdict; NaN where none has one."""
        return known_mean(self.scores)

    @property
    def cost(self) -> np.ndarray:
        """(Q,) mean cost over the seeds that tested the question; NaN when any of them is unknown."""
        unknown = (np.isnan(self.costs) & ~np.isnan(self.calls)).any(axis=0)
        return np.where(unknown, np.nan, known_mean(self.costs))

    @property
    def call(self) -> np.ndarray:
        """(Q,) mean number of calls over the seeds that tested the question; NaN where none did."""
        return known_mean(self.calls)

    def rows(self, at: np.ndarray) -> "Outcomes":
        """The same of some questions: positions, or (Q,) whether."""
        scores, costs, calls, given = (one[:, at] for one in (self.scores, self.costs, self.calls, self.response_ids))
        stated = None if self.probabilities is None else self.probabilities[:, at]
        return replace(self, scores=scores, costs=costs, calls=calls, response_ids=given, probabilities=stated)

    def at(self, kept: np.ndarray) -> "Outcomes":
        """The same of some seeds and questions, (S, Q) whether; the others count as not tested."""
        scores, costs, calls = (np.where(kept, one, np.nan) for one in (self.scores, self.costs, self.calls))
        stated = None if self.probabilities is None else np.where(kept, self.probabilities, np.nan)
        given = np.where(kept, self.response_ids, np.array(None))
        return replace(self, scores=scores, costs=costs, calls=calls, response_ids=given, probabilities=stated)


def voted_only(
    systems: Sequence[Outcomes],
    silent: np.ndarray,
    rule: Missing,
    baselines: Container[str] = (),
    routers: Container[str] = (),
) -> tuple[list[Outcomes], list[Gap]]:
    """Systems without the answers for which they asked several models whose words were never recorded.

    Args:
        systems: of one matrix.
        silent: (Q,) whether no answer to a question has a text: there is nothing to vote on, and nothing to combine.
        rule: by `fail`, an answer without a verdict is wrong.
        baselines: the null ones, by name.
        routers: by name: of those they ask, one answers as it is (a cascade's last), and no words are needed.

    Returns:
        The systems that have anything left, and the others as gaps.
    """
    left, gaps = [], []
    for one in systems:
        kept = one if one.system in routers else one.at(~(silent & (one.calls > 1)))
        n = int((~np.isnan(one.call)).sum())
        if n and np.isnan(kept.calls).all():
            reason = "it combines answers, and the words of these answers were never recorded"
            gaps.append(Gap("baseline" if one.system in baselines else "system", one.system, 0, n, reason))
        else:
            scores = np.where(np.isnan(kept.scores) & ~np.isnan(kept.calls), 0.0, kept.scores)
            left.append(replace(kept, scores=scores) if rule == "fail" else kept)
    return left, gaps


def of_answers(matrix: OutcomeMatrix, splits: list[str], tested: np.ndarray, answers: pl.DataFrame) -> list[Outcomes]:
    """Outcomes of the collaboration presets of a run.

    Args:
        matrix: gives the questions and their order.
        splits: S split ids, one per seed.
        tested: (S, Q) whether the question is in the seed's test part; answers to others do not count.
        answers: one row per answer: preset, split_id, question_id, response_id, score, cost_usd, n_call, probability.

    Returns:
        One per preset, by name.
    """
    seed_of = {split: seed for seed, split in enumerate(splits)}
    place_of = {question: place for place, question in enumerate(matrix.question_ids)}
    known = answers.filter(pl.col("split_id").is_in(splits) & pl.col("question_id").is_in(list(place_of))).sort(
        "preset", "split_id", "question_id"
    )
    return [
        _of_preset(
            name,
            rows.with_columns(
                seed=pl.col("split_id").replace_strict(seed_of, return_dtype=pl.Int64),
                place=pl.col("question_id").replace_strict(place_of, return_dtype=pl.Int64),
            ),
            tested,
        )
        for (name,), rows in known.group_by("preset", maintain_order=True)
    ]


def _of_preset(name: object, answers: pl.DataFrame, tested: np.ndarray) -> Outcomes:
    seed, place = answers["seed"].to_numpy(), answers["place"].to_numpy()

    def spread(column: str) -> np.ndarray:
        values = np.full(tested.shape, np.nan)
        values[seed, place] = answers[column].cast(pl.Float64).to_numpy()
        return np.where(tested, values, np.nan)

    response_ids: np.ndarray = np.full(tested.shape, None, dtype=object)
    response_ids[seed, place] = answers["response_id"].to_numpy()
    stated = spread("probability")
    return Outcomes(
        str(name),
        spread("score"),
        spread("cost_usd"),
        spread("n_call"),
        response_ids,
        None if np.isnan(stated).all() else stated,
    )


def outcome_rows(run_id: str, outcomes: Outcomes, matrix: OutcomeMatrix) -> pl.DataFrame:
    """Rows of table `outcome`: one per question that any seed tested."""
    tested = ~np.isnan(outcomes.calls)
    asked = tested.any(axis=0)
    first = tested.argmax(axis=0)
    response_ids = outcomes.response_ids[first, np.arange(len(first))]
    return pl.DataFrame(
        {
            "run_id": run_id,
            "system": outcomes.system,
            "question_id": matrix.question_ids[asked].tolist(),
            "dataset": matrix.datasets[asked].tolist(),
            "score": outcomes.score[asked],
            "cost_usd": outcomes.cost[asked],
            "n_call": outcomes.call[asked],
            "n_seed": tested.sum(axis=0)[asked].astype(np.int32),
            "response_id": response_ids[asked].tolist(),
        },
        schema_overrides={"response_id": pl.String},
        nan_to_null=True,
    )
