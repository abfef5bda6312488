"""What the collaboration report shows is what the warehouse holds, on the answers that each preset gave."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from profiles.schema import Pool, RunProfile
from profiles.splits.hash import hash_split
from profiles.statistics import Statistics
from tasks.report.collaboration import collaboration_page_of
from tasks.report.contents import CollaborationPage
from tasks.report.examples import choose_examples
from tests.fill import MOMENT, fill, questions, response, score

MODELS = tuple(f"m{i}" for i in range(9))
N = 80
SEEDS = (0, 1)
RUN = RunProfile(
    title="t",
    name="mine",
    source="questions",
    datasets=["d*"],
    pool="p",
    seeds=list(SEEDS),
    train_share=0.6,
    judged_system="ours",
    statistics=Statistics(resamples=100),
)
POOL = Pool.model_validate(
    {"name": "p", "model_list": [{"model_name": name, "litellm_params": {"model": "openai/x"}} for name in MODELS]}
)
IDS = [f"q{i}" for i in range(N)]
CONTENTS = [f"content {key}" for key in IDS]
DATASET = {key: ("d-one", "d-two")[i % 2] for i, key in enumerate(IDS)}
SPLITS = [f"hash-0.6-0-s{seed}" for seed in SEEDS]
TESTED = np.stack([hash_split(CONTENTS, seed, 0.6, 0.0) for seed in SEEDS]) == "test"
_generator = np.random.default_rng(0)
SCORES = (_generator.random((N, len(MODELS))) < np.linspace(0.8, 0.3, len(MODELS))).astype(float)
OURS = (_generator.random((len(SEEDS), N)) < 0.85).astype(float)
STATED = _generator.random((len(SEEDS), N)).round(2)
SILENT = ("q3", "m1")  # chosen once and never answered
OUTSIDER = "outsider"  # answered everything, and is not in the pool


def collaborations(preset: str, seeds: int, **columns: object) -> list[dict[str, object]]:
    return [
        {
            "collaboration_id": f"{preset} {split} {key}",
            "run_id": "r",
            "preset": preset,
            "split_id": split,
            "question_id": key,
            "response_id": f"{preset} {split} {key}",
            "answer": "yes" if OURS[seed, i] else "no",
            "score": OURS[seed, i],
            "n_call": 6 if i % 4 == 0 else 10,
            "cost_usd": 0.01,
            "n_call_saved": 4 if i % 4 == 0 else 0,
            "stopped_early": i % 4 == 0,
            "probability": STATED[seed, i],
            "created_at": MOMENT,
            "neighbours": json.dumps([{"question_id": "q1", "similarity": 0.5}]),
            "prior": json.dumps(
                [{"model": name, "score": 0.5, "chosen": at < (2 if i % 2 else 4)} for at, name in enumerate(MODELS)]
            ),
            **columns,
        }
        for seed, split in enumerate(SPLITS[:seeds])
        for i, key in enumerate(IDS)
        if TESTED[seed, i]
    ]


@pytest.fixture(scope="module")
def page(module_home: Path) -> CollaborationPage:
    ours, mute = (
        collaborations("ours", 2),
        collaborations("mute", 1, probability=None, stopped_early=None, n_call_saved=None),
    )
    asked = [(i, key, name) for i, key in enumerate(IDS) for name in MODELS if (key, name) != SILENT]
    fill(
        dataset=[
            {"dataset": name, "variant": "test", "scorer": "exact", "synthetic": False} for name in ("d-one", "d-two")
        ],
        question=[row for key in IDS for row in questions(key, dataset=DATASET[key], ground_truth="yes")],
        response=[
            *(response(f"{key} {name}", key, name, cost_usd=0.001) for _, key, name in asked),
            *(response(f"{key} {OUTSIDER}", key, OUTSIDER) for key in IDS),
        ],
        score=[
            *(score(f"{key} {OUTSIDER}", 1.0) for key in IDS),
            *(
                score(
                    f"{key} {name}",
                    SCORES[i, MODELS.index(name)],
                    extracted="yes" if SCORES[i, MODELS.index(name)] else "no",
                )
                for i, key, name in asked
            ),
        ],
        collaboration=[*ours, *mute],
        candidate=[
            {
                "collaboration_id": one["collaboration_id"],
                "candidate_index": 0,
                "response_id": "x",
                "model": "m0",
                "chosen": True,
                "agreement": 1.0,
                "posterior": 0.5,
            }
            for one in ours
        ],
        call=[{"call_id": str(i), "run_id": "r", "purpose": "answer", "error_kind": "timeout"} for i in range(3)],
    )
    found = collaboration_page_of("r", RUN, POOL)
    assert found is not None
    assert collaboration_page_of("another run", RUN, POOL) is None
    return found


def means(values: np.ndarray, tested: np.ndarray) -> float:
    """Macro mean over datasets of per-question means over the seeds that tested them, by loops."""
    by_dataset: dict[str, list[float]] = {}
    for i, key in enumerate(IDS):
        own = [values[seed, i] for seed in range(len(tested)) if tested[seed, i]]
        if own:
            by_dataset.setdefault(DATASET[key], []).append(float(np.mean(own)))
    return float(np.mean([np.mean(one) for one in by_dataset.values()]))


def best_of(seed: int) -> int:
    train = ~TESTED[seed]
    parts = [np.flatnonzero(train & (np.arange(N) % 2 == half)) for half in (0, 1)]
    scores = SCORES.copy()
    scores[IDS.index(SILENT[0])] = np.nan  # not a question that all models have a verdict for
    return int(np.argmax(np.mean([np.nanmean(scores[part], axis=0) for part in parts], axis=0)))


def test_presets_are_measured_on_their_own_answers_judged_one_first(page: CollaborationPage) -> None:
    assert [one.line.system for one in page.presets] == ["ours", "mute"]
    ours, mute = (one.line for one in page.presets)
    assert ours.accuracy.value == pytest.approx(means(OURS, TESTED))
    assert mute.accuracy.value == pytest.approx(means(OURS, TESTED[:1]))
    assert (ours.accuracy.n, mute.accuracy.n) == (TESTED.any(axis=0).sum(), TESTED[0].sum())
    best = np.stack([SCORES[:, best_of(seed)] for seed in range(2)])
    assert ours.differences["best-single"].value == pytest.approx(means(OURS - best, TESTED))
    assert mute.differences["best-single"].value == pytest.approx(means((OURS - best)[:1], TESTED[:1]))


def test_baselines_are_there_with_the_plain_vote_of_the_top_seven(page: CollaborationPage) -> None:
    lines = {one.system: one for one in page.baselines}
    assert list(lines) == ["oracle", "best-single", "majority", "top-7 vote"]
    oracle = np.tile(SCORES.max(axis=1), (2, 1))
    assert lines["oracle"].accuracy.value == pytest.approx(means(oracle, TESTED))
    assert lines["best-single"].gap_closed.value == 0
    assert set(page.presets[0].line.differences) == {"oracle", "best-single", "majority", "top-7 vote"}


def test_effort_calibration_and_failures(page: CollaborationPage) -> None:
    ours, mute = page.presets
    assert ours.effort.needed.value == pytest.approx(10)
    assert ours.effort.n_answer == TESTED.sum()
    assert mute.effort.stopped.value is None
    assert ours.calibration is not None
    assert ours.calibration.n_answer == TESTED.sum()
    squared = np.where(TESTED, (OURS - STATED) ** 2, np.nan)
    assert ours.calibration.brier.value == pytest.approx(np.nanmean(np.nanmean(squared[:, TESTED.any(axis=0)], axis=0)))
    assert mute.calibration is None
    assert page.failures == {("answer", "timeout"): 3}
    missing = int(TESTED[:, 3].any()) / TESTED.any(axis=0).sum()
    assert ours.effort.missing.value == pytest.approx(missing)


def test_chosen_models_by_dataset_most_often_chosen_first(page: CollaborationPage) -> None:
    chosen = page.presets[0].chosen
    assert chosen is not None
    assert (chosen.shares.rows, chosen.shares.columns) == (MODELS, ("d-one", "d-two"))
    assert chosen.shares.values[0] == (1, 1)
    assert chosen.shares.values[2] == (1, 0)
    assert chosen.overall[2].value == 0.5
    assert not chosen.always


def test_examples_are_a_mix_of_different_questions_and_fully_explained(page: CollaborationPage) -> None:
    kinds = [one.kind for one in page.examples]
    assert len(kinds) == 10
    assert {"right and confident", "wrong and confident", "stopped early"} <= set(kinds)
    assert len({one.question for one in page.examples}) == 10
    for one in page.examples:
        assert one.score is not None
        assert ("wrong" in one.kind) <= (one.score == 0)
        assert one.majority in {"yes", "no"}
        assert ("against" in one.kind) <= (one.majority != one.answer)
        assert one.neighbours[0].question == "What is q1?"
        assert len(one.prior) == len(MODELS)
        assert one.candidates or one.preset == "mute"


def test_of_the_models_that_are_right_alone_those_of_the_pool_count(page: CollaborationPage) -> None:
    right = {f"What is {key}?": int(SCORES[i].sum()) for i, key in enumerate(IDS) if key != SILENT[0]}
    told = [one for one in page.examples if one.question in right]
    assert [(one.n_model_right, one.n_model) for one in told] == [(right[one.question], len(MODELS)) for one in told]


def test_the_choice_of_examples_hangs_on_nothing_but_the_answers() -> None:
    rows = [
        {
            "collaboration_id": f"{preset}{i}",
            "preset": preset,
            "question_id": f"q{i}",
            "dataset": f"d{i % 3}",
            "answer": "a" if i % 5 else "b",
            "majority": "a",
            "probability": i / 40,
            "score": float(i % 3 > 0),
            "stopped_early": i % 7 == 0,
        }
        for preset in ("first", "second")
        for i in range(40)
    ]
    answers = pl.DataFrame(rows)
    found = choose_examples(answers, ["second", "first"])
    assert found == choose_examples(answers.sample(fraction=1, shuffle=True, seed=4), ["second", "first"])
    assert all(identity.startswith("second") for identity, _ in found)
    by_id = {row["collaboration_id"]: row for row in rows}
    confident = [by_id[identity] for identity, kind in found if "confident" in kind]
    assert [row["score"] for row in confident] == [1, 1, 0, 0]
    assert all(row["probability"] >= 0.7 for row in confident)
    assert len(choose_examples(answers.head(4), ["first"])) == 4
    assert choose_examples(answers.clear(), []) == []
