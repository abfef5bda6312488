"""A setting's answers in arrays against those of the collaboration itself, question by question."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from profiles.bank import build_bank
from profiles.splits.hash import hash_split
from tasks.analyse.answer import Runner
from tasks.analyse.simulated_aggregator import answer_with_votes
from tasks.analyse.split_data import of_validation_part
from tasks.analyse.study import Setting
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.selection import learn, make_selection
from tasks.collaborate.services import Services
from tasks.collect.record import Answer
from tasks.score.verdict import Verdict
from tests.ablation_world import BASE, ENSEMBLE, MODELS, RUN, made_harness, made_matrix, made_splits, made_vectors

SELECTIONS = {
    "base": {},
    "k": {"k": 7},
    "n": {"top_n": 2, "top_n_code": 2},
    "no substitutes": {"top_n": 3, "substitutes": False},
    "floor": {"min_similarity": 0.9},
    "weighted": {"prior": "weighted", "top_n": 2},
    "count": {"prior": "count", "top_n": 1, "rho": 0.8},
    "plain vote": {"posterior": "majority"},
    "votes by prior": {"posterior": "weighted", "top_n": 3},
    "route": {"route_at": 0.7},
    "cost": {"cost_weight": 0.4, "top_n": 1},
}
ENSEMBLES = {
    "base": {},
    "r": {"keep": 1},
    "all": {"keep": 3, "stop_at": None},
    "N": {"candidates": 1},
    "N odd": {"candidates": 5, "wave": 3},
    "formula": {"dropping": "prior"},
    "uniform": {"dropping": "random"},
    "weight": {"aggregate_weight": 9.0, "stop_at": None},
    "never": {"stop_at": None},
    "aggregates alone": {"posterior": "majority", "stop_at": None},
}


def runner_and_selection(preset):
    matrix, vectors = made_matrix(), made_vectors()
    data = of_validation_part(matrix, made_splits(RUN, matrix)[0], 0, 0, vectors)
    outside = np.full(len(vectors), "test", dtype=object)
    outside[data.bank] = "train"
    bank = build_bank(matrix, vectors, outside, data.split, "made")
    fitted = learn(preset, bank, matrix)
    code = np.zeros(len(data.tested), dtype=bool)
    at = data.tested
    selection = make_selection(preset, data.split, bank, fitted, matrix.rows(at), vectors[at], code)
    return Runner(data), selection


def collaborate(selection, world):
    found = asyncio.run(answer_questions(selection, world))
    scores = [None if one.chosen is None else one.candidates[one.chosen].score for one in found]
    return np.array(scores, dtype=float), np.array([one.n_call for one in found], dtype=float)


def nothing(_texts):
    return np.zeros((0, 1))


@pytest.mark.parametrize("changes", SELECTIONS.values(), ids=SELECTIONS)
def test_a_selection_is_what_the_collaboration_does(changes):
    preset = BASE.model_copy(update=changes)
    runner, selection = runner_and_selection(preset)
    world = Services(ask=None, judge=None, embed=nothing, texts=lambda ids: {one: one for one in ids})
    scores, calls = collaborate(selection, world)
    found = runner.answer(Setting("x", preset))
    np.testing.assert_array_equal(found.scores, scores)
    np.testing.assert_array_equal(found.calls, calls)


class PlainVoter:
    """An aggregator that reads which references are in its prompt, and says what most of them say."""

    def __init__(self, matrix):
        place = {key: at for at, key in enumerate(matrix.questions["question_id"])}
        self.said = {
            f"<{key} {model}>": matrix.extracted[place[key], at] for key in place for at, model in enumerate(MODELS)
        }

    async def ask(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        prompt = "\n".join(message["content"] for message in request.messages)
        read = sorted((prompt.index(one), said) for one, said in self.said.items() if one in prompt)
        answers = [said for _, said in read if said is not None]
        text = max(dict.fromkeys(answers), key=answers.count, default="")
        key = f"{request.question_id} {request.sample_index}"
        return Answer(key, request.question_id, request.model, text, "stop", None, 9, 9, 0.25, False)

    @staticmethod
    def judge(answers):
        return [Verdict(float(one.text == "right"), "wrong", one.text or None) for one in answers]


@pytest.mark.parametrize("changes", ENSEMBLES.values(), ids=ENSEMBLES)
def test_a_stand_in_is_what_the_collaboration_does_with_an_aggregator_that_votes(changes):
    preset = ENSEMBLE.model_copy(update=changes)
    runner, selection = runner_and_selection(preset.model_copy(update={"posterior": "agreement"}))
    voter = PlainVoter(selection.matrix)
    world = Services(
        ask=voter.ask,
        judge=voter.judge,
        embed=nothing,
        texts=lambda ids: {one: f"<{one}>" for one in ids},
        writers=("fair",),
    )
    scores, calls = collaborate(replace(selection, preset=preset), world)
    found = answer_with_votes(runner, Setting("x", preset, stand_in=True))
    np.testing.assert_array_equal(found.calls, calls)
    np.testing.assert_array_equal(found.scores, scores)


def test_parts_never_meet_and_the_test_part_is_the_runs(harness):
    contents = harness.matrix.questions["content_hash"].to_list()
    for place, seed in enumerate(RUN.seeds):
        data = of_validation_part(harness.matrix, made_splits(RUN, harness.matrix)[0], place, seed, made_vectors())
        tested = np.flatnonzero(hash_split(contents, seed, RUN.train_share, RUN.validation_share) == "test")
        assert not set(data.bank) & set(data.tested)
        assert not (set(data.bank) | set(data.tested)) & set(tested)
        assert len(data.bank) + len(data.tested) + len(tested) == len(contents)


FITTED = ("data-scaling", "router-embedder", "onboarding")  # a router for every setting: some of them say it all


def test_a_poisoned_test_part_changes_nothing(harness, studies):
    run = RUN.model_copy(update={"seeds": [0]})
    clean = made_harness(run, made_matrix())
    poisoned = made_matrix()
    parts = hash_split(poisoned.questions["content_hash"].to_list(), 0, run.train_share, run.validation_share)
    poisoned.score[parts == "test"] = 1 - poisoned.score[parts == "test"]
    poisoned.extracted[parts == "test"] = "poison"
    poisoned.cost_usd[parts == "test"] = 99.0
    for study in studies:
        some = replace(study, settings=study.settings[:: 4 if study.name in FITTED else 1])
        before, after = clean.answered(some), made_harness(run, poisoned).answered(some)
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one.means, other.means)
