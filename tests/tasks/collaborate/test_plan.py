"""What a run has to answer, and what it must not be answered with."""

from pathlib import Path

import numpy as np
import pytest

from profiles.bank import land_bank
from profiles.embed import get_embedder
from profiles.load import load_pool
from profiles.preset import Preset
from profiles.system import System
from tasks.collaborate.plan import Job, code_questions, selection_of
from tests.fill import fill
from warehouse.errors import UserError
from warehouse.identity import text_hash
from warehouse.writer import load_landing

SELECT = Preset(name="select", title="t", k=20, top_n=9, aggregate=False)


def test_a_run_is_refused_a_bank_that_holds_a_test_question(home, world):
    questions = world.matrix.questions
    embedder = get_embedder("someone/embeds-well")  # its vectors are in the cache: no model is loaded
    fill(
        question=questions.select("question_id", "dataset", "text", "content_hash").to_dicts(),
        embedding=[
            {"embedder": embedder.name, "text_hash": text_hash(text), "vector": vector.tolist()}
            for text, vector in zip(questions["text"], world.vectors, strict=True)
        ],
    )
    pool = load_pool("synthetic")
    about = {"split": "s0", "pool": pool.name, "embedder": embedder.name}
    land_bank(world.bank, run_id="r", **about, collection=None, recall=None)
    load_landing()

    def selected(at):
        job = Job(SELECT, System("preset", "select"), "s0", np.array(at), aggregates=False)
        return selection_of(job, "r", pool, embedder, world.matrix)

    assert len(selected(world.tested).chosen) == len(world.tested)
    with pytest.raises(UserError, match="have the same content as a bank question"):
        selected([0, *world.tested])


def test_a_block_says_what_is_code_and_where_there_is_none_the_source(home: Path) -> None:
    said = {"of-a-source": "code", "words": "general", "humaneval": None, "gpqa": "code"}
    fill(dataset=[{"dataset": name, "variant": "test", "source": "s", "task": task} for name, task in said.items()])
    asked = ["gpqa", "humaneval", "of-a-source", "words", "unheard-of", "of-a-source"]
    assert code_questions(asked).tolist() == [False, True, True, False, False, True]
