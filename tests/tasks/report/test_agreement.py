"""The leaderboard and the collaboration page of one run say the same of the best single model."""

import numpy as np
import pytest

from profiles.outcomes import OutcomeMatrix, frozen_outcomes, outcome_cells
from profiles.schema import Pool, RunProfile
from profiles.splits.hash import hash_split
from profiles.statistics import Statistics
from tasks.measure.coverage import comparable
from tasks.measure.intervals import draws
from tasks.measure.leaderboard import leaderboard
from tasks.measure.outcomes import of_answers
from tasks.report.collaboration import collaboration_page_of
from tasks.route.decide import null_systems
from tests.fill import MOMENT, fill, questions, response, score
from warehouse.connect import rows
from warehouse.snapshot import take_snapshot

MODELS = ["steady", "bright"]
IDS = [f"q{i}" for i in range(24)]
UNASKED = [f"e{i}" for i in range(12)]  # of a dataset that no preset is asked
RUN = RunProfile(
    title="t",
    name="mine",
    source="questions",
    datasets=["d"],
    pool="p",
    score_mode="fixed",
    seeds=[0],
    train_share=0.5,
    judged_system="ours",
    statistics=Statistics(resamples=100),
)
POOL = Pool.model_validate(
    {"name": "p", "model_list": [{"model_name": name, "litellm_params": {"model": "openai/x"}} for name in MODELS]}
)
TESTED = hash_split([f"content {key}" for key in IDS], 0, 0.5, 0.0) == "test"
UNASKED_TESTED = hash_split([f"content {key}" for key in UNASKED], 0, 0.5, 0.0) == "test"
FIRST, SECOND = (str(key) for key in np.array(IDS)[TESTED][:2])


@pytest.fixture
def awkward(home) -> None:
    """`bright` is best by what people say of it; it answers twice, at different and once at an unknown cost."""
    answers = [response(f"{key} steady", key, "steady", cost_usd=0.001) for key in IDS]
    for key in IDS:
        again = None if key == FIRST else 0.003
        answers += [
            response(f"{key} bright 0", key, "bright", cost_usd=0.001),
            response(f"{key} bright 1", key, "bright", cost_usd=again, sample_index=1, prompt_tokens=None),
        ]
    answers += [response(f"{key} {name}", key, name, cost_usd=0.001) for key in UNASKED for name in MODELS]
    fill(
        dataset=[{"dataset": name, "variant": "test", "scorer": "exact", "synthetic": False} for name in "cd"],
        question=[*questions(*IDS), *questions(*UNASKED, dataset="c")],
        response=[{"sample_index": 0, **one} for one in answers],
        score=[score(f"{key} steady", float(i % 2)) for i, key in enumerate([*IDS, *UNASKED])]
        + [score(f"{key} bright", float(i % 3 > 0)) for i, key in enumerate(UNASKED)]
        + [score(f"{key} bright 0", 1.0) for key in IDS[:4]]
        + [score(f"{key} bright 1", 0.0) for key in IDS[:4]],
        label=[
            {"question_id": key, "model": "bright", "label": 1.0, "provenance": "user", "created_at": MOMENT}
            for key in IDS
        ],
        collaboration=[
            *(answer("ours", key, 1.0) for key in np.array(IDS)[TESTED].tolist()),
            *(answer("partial", key, float(i % 3 > 0)) for i, key in enumerate(np.array(IDS)[TESTED][::2].tolist())),
        ],
    )


def answer(preset: str, key: str, right: float) -> dict[str, object]:
    """A row of `collaboration`."""
    return {
        "collaboration_id": f"{preset} {key}",
        "run_id": "r",
        "preset": preset,
        "split_id": "hash-0.5-0-s0",
        "question_id": key,
        "response_id": f"{key} steady",
        "score": right,
        "n_call": 2,
        "probability": 0.7 if right else 0.4,
        "created_at": MOMENT,
    }


def frozen(run: RunProfile = RUN) -> OutcomeMatrix:
    found = outcome_cells(run.datasets, MODELS, run.score_mode, {})
    return frozen_outcomes(take_snapshot(*found, MODELS, RUN.score_mode, pool=POOL.name))


@pytest.mark.usefixtures("awkward")
def test_both_pages_name_the_same_best_single_model_at_the_same_cost_and_interval() -> None:
    matrix = comparable(frozen(), RUN.missing).matrix
    tested = np.isin(matrix.question_ids, np.array(IDS)[TESTED])
    nulls = null_systems(matrix, ~tested[None], tested[None])
    metrics, comparisons, _ = leaderboard(nulls, matrix.datasets, RUN.statistics.resamples, draws())
    on_board = metrics.filter(system="best-single", dataset="*").select("metric", "value", "n", "ci_low", "ci_high")
    board = {name: figures for name, *figures in on_board.iter_rows()}
    page = collaboration_page_of("r", RUN, POOL)
    assert page is not None
    line = next(one for one in page.baselines if one.system == "best-single")
    assert line.accuracy.value == pytest.approx(board["accuracy"][0])
    assert [line.accuracy.low, line.accuracy.high] == pytest.approx(board["accuracy"][2:])
    (of_oracle,) = comparisons.filter(system="oracle", baseline="best-single").to_dicts()
    found = next(one for one in page.baselines if one.system == "oracle").differences["best-single"]
    drawn = [of_oracle[name] for name in ("difference", "ci_low", "ci_high")]
    assert [found.value, found.low, found.high] == pytest.approx(drawn)
    assert found.low < found.value < found.high
    assert (line.accuracy.n, line.accuracy.value > 0.8) == (board["accuracy"][1], True)  # bright, not steady
    assert line.cost_usd.value == pytest.approx(0.002)  # the mean over the samples
    known = ~np.isnan(matrix.cost_usd[tested, 1])
    assert (line.cost_usd.n, int(known.sum()), int(TESTED.sum())) == (len(known) - 1,) * 2 + (len(known),)
    assert board["cost_usd"][0] == pytest.approx(0.002 * line.cost_usd.n)


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("datasets", [["d"], ["c", "d"]])
def test_both_pages_resample_alike_a_preset_that_answered_fewer_questions(datasets: list[str]) -> None:
    run = RUN.model_copy(update={"datasets": datasets})
    matrix = comparable(frozen(run), run.missing).matrix
    tested = np.isin(matrix.question_ids, [*np.array(IDS)[TESTED], *np.array(UNASKED)[UNASKED_TESTED]])
    nulls = null_systems(matrix, ~tested[None], tested[None])
    found = rows("collaboration_outcome", run="r", score_mode=RUN.score_mode)
    presets = of_answers(matrix, ["hash-0.5-0-s0"], tested[None], found)
    metrics, comparisons, _ = leaderboard([*nulls, *presets], matrix.datasets, RUN.statistics.resamples, draws())
    on_board = metrics.filter(system="partial", dataset="*").select("metric", "value", "ci_low", "ci_high")
    board = {name: figures for name, *figures in on_board.iter_rows()}
    page = collaboration_page_of("r", run, POOL)
    assert page is not None
    shown = next(one for one in page.presets if one.line.system == "partial")
    line, stated = shown.line, shown.calibration
    assert stated is not None
    assert line.accuracy.n < TESTED.sum()
    assert [one.dataset for one in line.by_dataset] == [*page.datasets] == ["d"]
    for name, one in {"gap_closed": line.gap_closed, "brier": stated.brier}.items():
        assert [one.value, one.low, one.high] == pytest.approx(board[name]), name
    (pair,) = comparisons.filter(system="partial", baseline="best-single").to_dicts()
    one = line.differences["best-single"]
    assert [one.value, one.low, one.high] == pytest.approx([pair[name] for name in ("difference", "ci_low", "ci_high")])


@pytest.mark.usefixtures("awkward")
def test_a_snapshot_tells_whose_every_score_is() -> None:
    matrix = frozen()
    at = matrix.question_ids.tolist().index(SECOND)
    mine = "fixed" if SECOND in IDS[:4] else "user"
    assert matrix.provenance[at].tolist() == ["fixed", mine]
    assert matrix.score[:, 1].tolist() == [0.5 if key in IDS[:4] else 1.0 for key in matrix.question_ids]
    assert np.isnan(matrix.tokens[at, 1])
    assert matrix.tokens[at, 0] == 30
