import asyncio
import pickle
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from profiles.preset import Preset
from tasks.collaborate.batch import Chunk
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.rows import collaboration_rows
from tasks.collaborate.services import Services

SELECT = Preset(name="select", title="t", k=20, top_n=9, aggregate=False)
PAPER = Preset(name="paper", title="t", prior="weighted", k=20, top_n=2, posterior="paper")


def select(selection, embed=None):
    async def nobody(requests):
        assert not requests
        return []

    around = Services(
        nobody, lambda answers: [], embed or (lambda texts: np.zeros((0, 2))), lambda ids: {one: one for one in ids}
    )
    return asyncio.run(answer_questions(selection, around))


def accuracy(found):
    return np.mean([one.candidates[one.chosen].score for one in found])


def test_the_vote_beats_every_single_model_and_says_how_sure_it_is(world):
    found = select(world.selection(SELECT))
    assert accuracy(found) > world.matrix.score[world.tested].mean(axis=0).max() + 0.15
    stated = np.mean([one.probability for one in found])
    assert abs(stated - accuracy(found)) < 0.1
    assert all(one.n_call == 3 and one.cost_usd == 1.5 for one in found)


def test_chunks_give_what_all_at_once_gives(world):
    selection = world.selection(SELECT)
    whole = select(selection)
    parts = [one for at in range(0, 40, 7) for one in select(selection.part(range(at, min(at + 7, 40))))]
    assert [one.chosen for one in whole] == [one.chosen for one in parts]
    np.testing.assert_allclose([one.probability for one in whole], [one.probability for one in parts])


def test_an_answer_that_could_not_be_extracted_never_wins_over_one_that_could(world):
    extracted = world.matrix.extracted.copy()
    first = world.tested[0]
    extracted[first] = [None, "wrong0", None]
    extracted[world.tested[1]] = None
    matrix = replace(world.matrix, extracted=extracted)
    one, other = select(world.selection(SELECT, matrix, n=2))
    assert one.candidates[one.chosen].extracted == "wrong0"
    assert [candidate.posterior for candidate in one.candidates if candidate.extracted is None] == [None, None]
    assert other.probability is None
    assert other.candidates[other.chosen].model == ("poet", "mathematician")[world.tested[1] % 2]


def test_missing_references_are_neither_candidates_nor_paid(world):
    ids, costs = world.matrix.response_id.copy(), world.matrix.cost_usd.copy()
    ids[world.tested[0]] = [None, "there", None]
    ids[world.tested[1]] = None
    costs[world.tested[2], 0] = np.nan
    matrix = replace(world.matrix, response_id=ids, cost_usd=costs)
    alone, none, unknown = select(world.selection(SELECT, matrix, n=3))
    assert [one.response_id for one in alone.candidates] == ["there"]
    assert (alone.n_call, none.n_call, none.chosen, none.probability) == (1, 0, None, None)
    assert unknown.cost_usd is None


def test_similarity_picks_the_medoid_of_the_chosen_references(world):
    asked = []

    def embed(ids):
        asked.extend(ids)
        return np.array([[1.0, 0.0] if "fair" in one else [0.6, 0.8] for one in ids])

    found = select(world.selection(PAPER), embed)
    assert len(asked) == 80  # only the chosen references are embedded
    for one in found:
        expert = ("poet", "mathematician")[world.tested[one.question] % 2]
        assert one.candidates[0].model == expert
        assert one.candidates[0].similarity == pytest.approx(0.8)
        assert one.chosen == 0  # equal similarity: the first
        assert one.probability is None


def test_code_questions_use_fewer_references(world):
    few = Preset(name="code", title="t", k=20, top_n=3, top_n_code=1, posterior="paper", prior="count")
    selection = world.selection(few, code=True)
    assert {len(models) for models in selection.chosen} == {1}


def test_rows_explain_the_answer(world):
    selection = world.selection(SELECT).part(range(3, 4))
    answers, candidates = collaboration_rows("run", "select", selection, select(selection))
    row = answers.row(0, named=True)
    near = answers["neighbours"].str.json_decode().explode().struct.unnest()
    assert len(near) == 20
    assert near["similarity"].is_sorted(descending=True)
    assert set(near["question_id"]) <= set(world.bank.question_ids)
    prior = answers["prior"].str.json_decode().explode().struct.unnest()
    assert prior["model"].to_list() == list(world.matrix.models)
    assert prior["chosen"].all()
    chosen = candidates.filter("chosen").row(0, named=True)
    assert (row["response_id"], row["answer"]) == (chosen["response_id"], chosen["extracted"])
    assert row["probability"] == chosen["posterior"] == candidates["posterior"].max()
    assert row["preset_hash"] == SELECT.model_copy(update={"name": "renamed"}).hash
    stronger = SELECT.constants.model_copy(update={"vote_ridge": 9.0})
    assert row["preset_hash"] != SELECT.model_copy(update={"constants": stronger}).hash
    again, _ = collaboration_rows("run", "select", selection, select(selection))
    assert again["collaboration_id"].item() == row["collaboration_id"]
    found = select(selection)
    other = [replace(one, candidates=one.candidates[:1], chosen=0) for one in found]
    anew, _ = collaboration_rows("run", "select", selection, other)
    assert anew["collaboration_id"].item() != row["collaboration_id"], "candidates of two hosts do not mix"


def test_a_part_of_a_job_is_explained_as_in_the_whole(world):
    selection = world.selection(SELECT)
    part = pickle.loads(pickle.dumps(Chunk("select", selection.part(range(30, 35)), range(30, 35)))).selection
    whole, of_part = (collaboration_rows("run", "select", one, select(one)) for one in (selection, part))
    assert of_part[0].drop("created_at").equals(whole[0].drop("created_at")[30:35])
    ids = of_part[0]["collaboration_id"]
    assert of_part[1].equals(whole[1].filter(pl.col("collaboration_id").is_in(ids.implode())))
