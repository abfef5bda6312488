import asyncio
from dataclasses import replace

import numpy as np
import pytest

from profiles.preset import Preset
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.services import Services
from tasks.collect.record import Answer
from tasks.score.verdict import Verdict
from warehouse.errors import ProviderError

OURS = Preset(name="ours", title="t", k=20, top_n=3, keep=2, candidates=4, wave=2, stop_at=0.97, dropping="prior")
PAPER = Preset(
    name="paper", title="t", prior="weighted", k=20, top_n=2, keep=1, candidates=3, posterior="paper", dropping="prior"
)
N = 12


class Aggregator:
    """Says what a script says: text and mean logprob by sample index; None fails."""

    def __init__(self, script):
        self.script = script
        self.requests = []

    async def ask(self, requests):
        self.requests += requests
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        said = self.script[request.sample_index % len(self.script)]
        if said is None:
            return ProviderError("server", "down", retryable=True)
        text, logprob = said
        key = f"{request.question_id} {request.sample_index}"
        return Answer(key, request.question_id, request.model, text, "stop", logprob, 9, 9, 0.25, False)


def judge(answers):
    extracted = [None if answer.text == "mumble" else answer.text for answer in answers]
    return [Verdict(float(one == "right"), "wrong", one) for one in extracted]


def embed(texts):
    vectors = np.array([[1.0 + text.count("r"), len(text), 2.0] for text in texts]).reshape(-1, 3)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def collaborate(world, preset, script, matrix=None, **settings):
    aggregator = Aggregator(script)

    def texts(ids):
        return {one: f"text of {one}" for one in ids}

    tools = Services(aggregator.ask, judge, embed, texts, **{"writers": ("tutti",), **settings})
    work = answer_questions(world.selection(preset, matrix, n=N), tools)
    return asyncio.run(work), aggregator.requests


def test_the_paper_asks_for_all_candidates_and_takes_the_most_similar_and_confident(world):
    script = [("right", -0.5), ("right", -0.1), ("wrong1", -0.2)]
    found, requests = collaborate(world, PAPER, script)
    assert len(requests) == 3 * N
    similarity = (embed(["right", "right", "wrong1"]) @ embed(["right", "right", "wrong1"]).T).mean(axis=1)
    total = similarity + 1 - np.exp([0.5, 0.1, 0.2])
    for one in found:
        np.testing.assert_allclose([candidate.posterior for candidate in one.candidates], total)
        assert one.chosen == 1
        assert (one.n_call, one.n_call_saved, one.probability) == (5, 0, None)
        assert one.cost_usd == pytest.approx(2 * 0.5 + 3 * 0.25)
        assert all(len(candidate.reference_models) == 1 for candidate in one.candidates)


def test_references_stand_in_the_prompt_as_a_numbered_list_and_each_draw_is_its_own(world):
    _, requests = collaborate(world, OURS.model_copy(update={"stop_at": None}), [("right", -0.1)])
    assert len(requests) == 4 * N
    for request in requests[:8]:
        system, user = request.messages
        assert (system["role"], user["content"]) == ("system", request.question_id)
        assert "\n1. text of" in system["content"]
        assert "\n2. text of" in system["content"]
        assert (request.purpose, request.temperature, request.max_tokens) == ("aggregate", 0.7, 8192)
    again = collaborate(world, OURS.model_copy(update={"stop_at": None}), [("right", -0.1)])[1]
    assert [request.messages for request in again] == [request.messages for request in requests]
    subsets = {request.messages[0]["content"].replace(request.question_id, "") for request in requests}
    assert len(subsets) > 3


def test_ours_stops_when_it_is_decided_and_counts_what_it_did_not_ask(world):
    extracted = world.matrix.extracted.copy()
    extracted[world.tested[0]] = "right"
    extracted[world.tested[1]] = None
    matrix = replace(world.matrix, extracted=extracted)
    low = OURS.model_copy(update={"stop_at": 0.6})
    found, requests = collaborate(world, low, [("right", -0.1)], matrix)
    agreed, silent = found[0], found[1]
    assert (agreed.n_call_saved, agreed.n_call) == (4, 3)
    assert agreed.probability >= 0.6
    assert silent.n_call > 3
    asked = [request.question_id for request in requests]
    assert agreed.candidates[0].response_id.split()[0] not in asked
    assert sum(one.n_call for one in found) == 3 * N + len(requests)


def test_ours_lets_aggregates_overrule_scattered_references(world):
    extracted = world.matrix.extracted.copy()
    extracted[world.tested[0]] = ["wrong0", "wrong1", "wrong2"]
    matrix = replace(world.matrix, extracted=extracted)
    script = [("mumble", -0.01), ("right", -0.3), ("right", -0.2), ("wrong9", -0.1)]
    found, _ = collaborate(world, OURS.model_copy(update={"aggregate_weight": 8.0}), script, matrix)
    one = found[0]
    chosen = one.candidates[one.chosen]
    assert chosen.extracted == "right"
    assert chosen.response_id.endswith(" 2")  # the more confident of the two
    assert one.probability == chosen.posterior == max(other.posterior for other in one.candidates if other.extracted)
    mumbled = next(candidate for candidate in one.candidates if candidate.response_id.endswith(" 0"))
    assert (mumbled.extracted, mumbled.posterior, mumbled.agreement) == (None, None, None)
    assert len(one.candidates) == 3 + 4


def test_texts_without_a_comparable_answer_are_chosen_by_what_they_have_in_common(world):
    extracted = np.full_like(world.matrix.extracted, None)
    matrix = replace(world.matrix, extracted=extracted)
    found, _ = collaborate(world, OURS, [("mumble", None)], matrix)
    assert all(one.probability is None for one in found)
    assert all(one.candidates[one.chosen].model == "tutti" for one in found)


@pytest.mark.parametrize("preset", [OURS, PAPER])
def test_failed_aggregates_leave_the_references(world, preset):
    found, requests = collaborate(world, preset, [None])
    for one in found:
        assert one.candidates[one.chosen].model in world.matrix.models
        assert np.isfinite([candidate.posterior for candidate in one.candidates if candidate.extracted]).all()
        if one.n_call > len(one.candidates):
            assert one.cost_usd == pytest.approx(0.5 * len(one.candidates))  # a refused call is not billed
    assert requests


@pytest.mark.parametrize("preset", [OURS, PAPER])
def test_missing_logprobs_never_make_a_nan(world, preset):
    found, _ = collaborate(world, preset, [("right", None), ("wrong1", -0.2)])
    for one in found:
        assert one.chosen is not None
        assert np.isfinite([candidate.posterior for candidate in one.candidates]).all()


def test_a_question_without_any_reference_is_no_answer(world):
    ids = world.matrix.response_id.copy()
    ids[world.tested[0]] = None
    found, _ = collaborate(world, PAPER, [("right", -0.1)], replace(world.matrix, response_id=ids))
    assert (found[0].chosen, found[0].n_call, found[0].candidates) == (None, 0, ())
