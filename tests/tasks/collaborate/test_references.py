"""References that are asked for: substitutes, samples, layers, routing, cost, and who writes the aggregates."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from profiles.preset import Preset
from tasks.collaborate.answer import Candidate
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.references import merged
from tasks.collaborate.selection import learn
from tasks.collaborate.services import Services
from tasks.collect.record import Answer
from tests.tasks.collaborate.test_ensemble import collaborate, embed, judge
from warehouse.errors import ProviderError

BASE = Preset(name="base", title="t", k=20, top_n=2, dropping="all", candidates=1, posterior="paper", ppl_coefficient=0)
MODELS = ("poet", "mathematician", "fair")
EVERYBODY = frozenset(MODELS)


def changed(**changes):
    return BASE.model_copy(update=changes)


def unanswered(world, *models):
    """The world where some models were never asked the first tested question."""
    ids = world.matrix.response_id.copy()
    for model in models:
        ids[world.tested[0], world.matrix.models.index(model)] = None
    return replace(world.matrix, response_id=ids)


class Provider:
    """Answers every reference with its model's name, except for those that fail."""

    def __init__(self, failing=(), kind="server"):
        self.failing, self.kind, self.requests = failing, kind, []

    async def ask(self, requests):
        self.requests += requests
        return [
            ProviderError(self.kind, "down", retryable=True)
            if one.model in self.failing and one.purpose != "aggregate"
            else Answer(
                f"{one.purpose} {one.model} {one.sample_index}",
                one.question_id,
                one.model,
                f"{one.model} {one.sample_index % 2}",
                "stop",
                -0.1,
                9,
                9,
                0.25,
                False,
            )
            for one in requests
        ]


def answer_one(world, preset, matrix, provider, **settings):
    around = Services(
        provider.ask,
        judge,
        embed,
        lambda ids: {one: f"text of {one}" for one in ids},
        **{"writers": ("fair",), "askable": EVERYBODY, **settings},
    )
    return asyncio.run(answer_questions(world.selection(preset, matrix, n=1), around))[0]


def test_a_missing_reference_is_asked_for_and_paid(world):
    provider = Provider()
    found = answer_one(world, BASE, unanswered(world, "poet"), provider)
    first, aggregate = provider.requests
    assert (first.model, first.purpose, aggregate.purpose) == ("poet", "answer", "aggregate")
    assert "1. text of answer poet 0" in aggregate.messages[0]["content"]
    assert (found.n_call, found.cost_usd) == (3, pytest.approx(0.5 + 0.25 + 0.25))


def test_the_next_ranked_model_stands_in_for_one_that_fails(world):
    expert, other = ("poet", "mathematician")[:: 1 if world.tested[0] % 2 == 0 else -1]
    matrix = unanswered(world, expert)
    order = [world.matrix.models[m] for m in world.selection(BASE).ranked[0]]
    found = answer_one(world, BASE, matrix, Provider([expert]))
    assert set(found.candidates[0].reference_models) == {"fair", other}
    assert order[0] == expert  # the best failed, so the third of three came in
    assert found.n_call == 1 + 2 + 1
    assert found.cost_usd == pytest.approx(0.5 + 0.5 + 0.25)
    late = answer_one(world, BASE, matrix, Provider([expert], "timeout"))
    assert late.cost_usd is None  # a call that was cut off may have been billed
    alone = answer_one(world, changed(substitutes=False), matrix, Provider([expert]))
    assert alone.candidates[0].reference_models == ("fair",)


def test_a_model_that_cannot_be_asked_is_no_call(world):
    found = answer_one(world, BASE, unanswered(world, *EVERYBODY), Provider(), askable=frozenset())
    assert (found.chosen, found.n_call, found.candidates, found.cost_usd) == (None, 0, (), 0)


def test_below_the_quorum_nothing_is_aggregated(world):
    matrix = unanswered(world, "poet", "mathematician")
    provider = Provider(["poet", "mathematician"])
    found = answer_one(world, changed(quorum=2), matrix, provider)
    assert [one.purpose for one in provider.requests] == ["answer", "answer"]
    assert [one.model for one in found.candidates] == ["fair"]
    assert found.n_call_saved is None


def test_every_sample_is_a_call_of_its_own(world):
    provider = Provider()
    preset = changed(samples=4, top_n=1, aggregator="reference")
    found = answer_one(world, preset, world.matrix, provider)
    samples = [one for one in provider.requests if one.purpose == "reference"]  # "answer" would be evidence
    assert [one.sample_index for one in samples] == [1, 2, 3]
    assert len({one.model for one in provider.requests}) == 1  # it aggregates its own answers
    assert provider.requests[-1].messages[0]["content"].count("text of") == 4
    assert found.n_call == 5


def test_merged_samples_keep_the_first_of_the_most_frequent_answer():
    def sample(model, key, extracted):
        return Candidate(key, model, extracted, (model,), 0.1, None)

    samples = [
        sample("a", "a0", "4"),
        sample("a", "a1", "5"),
        sample("a", "a2", "5"),
        sample("a", "a3", None),
        sample("b", "b0", None),
        sample("b", "b1", None),
        sample("c", "c0", "1"),
        sample("c", "c1", "2"),
    ]
    assert [one.response_id for one in merged(samples)] == ["a1", "b0", "c0"]


def test_in_a_layer_every_model_reads_all_answers(world):
    provider = Provider(failing=["fair"])
    preset = changed(top_n=3, prior="count", layers=1)
    answer_one(world, preset, world.matrix, provider)
    layer = [one for one in provider.requests if one.purpose == "reference"]
    assert {one.model for one in layer} == EVERYBODY
    assert all(one.messages[0]["content"].count("text of") == 3 for one in layer)
    final = provider.requests[-1].messages[0]["content"]
    assert final.count("text of reference") == 2
    assert final.count(f"text of {world.matrix.response_id[world.tested[0], 2]}") == 1  # its last answer stays


def test_a_sure_model_is_asked_alone(world):
    preset = changed(route_at=0.75, top_n=3)
    selection = world.selection(preset)
    assert selection.routed.any()
    found, requests = collaborate(world, preset, [("right", -0.1)])
    for at, one in enumerate(found):
        best = selection.prior[at].max()
        assert selection.routed[at] == (best >= 0.75)
        assert one.n_call == (1 if selection.routed[at] else 4)
        if selection.routed[at]:
            assert [candidate.model for candidate in one.candidates] == [MODELS[selection.prior[at].argmax()]]
    assert len(requests) == (~selection.routed[: len(found)]).sum()


def test_a_dear_model_has_to_be_better_to_be_chosen(world):
    costs = np.tile([8.0, 8.0, 2.0], (len(world.matrix.score), 1))
    costs[world.tested] = np.nan  # what test answers cost is not looked at
    matrix = replace(world.matrix, cost_usd=costs)
    preset = changed(prior="shrunk", top_n=1, cost_weight=0.4)
    fitted = learn(preset, world.bank, matrix)
    np.testing.assert_allclose(fitted.cost, [1, 1, 0.25])
    selection = world.selection(preset, matrix)
    expected = (selection.prior - 0.4 * np.array([1, 1, 0.25])).argmax(axis=1)
    assert [int(one[0]) for one in selection.chosen] == expected.tolist()
    assert len(set(expected.tolist())) > 1
    free = world.selection(changed(top_n=1), matrix)
    assert [int(one[0]) for one in free.chosen] == free.prior.argmax(axis=1).tolist()


def test_an_unknown_cost_counts_as_the_dearest(world):
    costs = np.tile([8.0, np.nan, 2.0], (len(world.matrix.score), 1))
    fitted = learn(changed(cost_weight=1.0), world.bank, replace(world.matrix, cost_usd=costs))
    np.testing.assert_allclose(fitted.cost, [1, 1, 0.25])


def test_the_bank_chooses_who_writes(world):
    preset = changed(aggregator="prior")
    found, requests = collaborate(world, preset, [("right", -0.1)], writers=("mathematician", "poet"))
    expert = {f"q{q}": ("poet", "mathematician")[q % 2] for q in world.tested[: len(found)]}
    assert all(one.model == expert[one.question_id] for one in requests)
    usual = collaborate(world, BASE, [("right", -0.1)], writers=("mathematician", "poet"))[1]
    assert {one.model for one in usual} == {"mathematician"}


def test_nothing_similar_leaves_the_overall_accuracy(world):
    near, far = world.selection(changed(min_similarity=0.2)), world.selection(changed(min_similarity=1.0))
    assert (far.n_neighbour == 0).all()
    overall = world.bank.labels.mean(axis=0)
    np.testing.assert_allclose(far.prior, np.tile(far.prior[0], (len(far.prior), 1)))
    np.testing.assert_allclose(far.prior[0], overall, atol=0.01)
    assert np.abs(near.prior - overall).max() > 0.2


def test_votes_are_counted_or_weighed_by_the_prior(world):
    extracted = world.matrix.extracted.copy()
    first = world.tested[0]
    expert = first % 2  # poet or mathematician
    extracted[first] = ["b", "b", "b"]
    extracted[first, expert] = "a"
    matrix = replace(world.matrix, extracted=extracted)
    vote = changed(aggregate=False, top_n=9, prior="weighted", posterior="majority")
    prior = world.selection(vote, matrix).prior[0]
    for posterior, weight in (("majority", np.ones(3)), ("weighted", prior)):
        found = answer_one(world, vote.model_copy(update={"posterior": posterior}), matrix, Provider())
        share = weight[expert] / weight.sum()
        expected = {"a": share, "b": 1 - share}
        assert {one.extracted: one.posterior for one in found.candidates} == pytest.approx(expected)
        assert found.candidates[found.chosen].extracted == max(expected, key=expected.__getitem__)
        assert found.probability is None
    assert prior[expert] > prior.sum() / 2  # the two votes differ


def test_routing_is_by_the_prior_of_the_model_that_is_asked(world):
    costs = np.tile([9.0, 9.0, 1.0], (len(world.matrix.score), 1))
    preset = changed(route_at=0.75, cost_weight=0.9, top_n=2)
    selection = world.selection(preset, replace(world.matrix, cost_usd=costs))
    asked = np.array([models[0] for models in selection.chosen])
    assert (selection.prior.max(axis=1) >= 0.75).any()
    np.testing.assert_array_equal(selection.routed, selection.prior[np.arange(len(asked)), asked] >= 0.75)


def test_a_floor_on_similarity_holds_for_what_the_vote_learns_too(world):
    deaf = changed(posterior="agreement", min_similarity=1.0)
    heard = learn(changed(posterior="agreement"), world.bank, world.matrix).vote
    assert np.abs(learn(deaf, world.bank, world.matrix).vote.slopes - heard.slopes).max() > 0.01


def test_fewer_aggregates_are_the_first_of_those_that_were_drawn(world):
    preset = changed(top_n=3, dropping="random", keep=2, candidates=4, prior="count")
    every = [one.messages for one in collaborate(world, preset, [("right", -0.1)])[1]]
    some = [one.messages for one in collaborate(world, preset.model_copy(update={"first": 1}), [("right", -0.1)])[1]]
    assert some == every[::4]
