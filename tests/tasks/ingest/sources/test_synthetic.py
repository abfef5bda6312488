import json

import pytest

from tasks.ingest.ingest import ingest_source
from tasks.ingest.sources.synthetic import KINDS, questions
from tasks.score.judge import judge
from tasks.score.verdict import Item
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.identity import content_hash


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_seed_gives_the_same_questions_and_more_of_them_begin_alike(kind: str) -> None:
    made = questions(kind, 40, 3)
    assert made == questions(kind, 40, 3)
    assert made[:15] == questions(kind, 15, 3)
    assert {row["text"] for row in made}.isdisjoint(row["text"] for row in questions(kind, 40, 4))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_questions_differ_and_cover_their_topics_evenly(kind: str) -> None:
    made = questions(kind, 240, 7)
    assert len({content_hash(row["text"]) for row in made}) == len({row["source_key"] for row in made}) == 240
    topics = [json.loads(row["metadata"])["topic"] for row in made]
    assert set(topics) == set(KINDS[kind].topics)
    assert max(map(topics.count, set(topics))) - min(map(topics.count, set(topics))) <= 1
    assert len({row["ground_truth"] for row in made}) >= 4


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_prompts_add_the_answer_format_that_the_text_lacks(kind: str) -> None:
    row = questions(kind, 1, 7)[0]
    assert row["prompt"] == f"{row['text']}\n\n{KINDS[kind].answer_format}"
    assert "Answer:" not in row["text"]
    wanted = {"constraints": "Give only the text", "functions": "one fenced python block"}.get(kind, "`Answer: ")
    assert wanted in row["prompt"]


@pytest.mark.usefixtures("home")
def test_datasets_carry_their_scorer_and_say_that_they_are_synthetic() -> None:
    options = {"datasets": ["synthetic-*"], "questions_per_kind": 4, "seed": 7}
    summary = ingest_source("synthetic", None, options, "run-1")
    assert not summary.quarantined
    rows = read("select dataset, variant, scorer, synthetic from dataset order by dataset").rows()
    assert rows == [
        ("synthetic-arithmetic", "v1", "math", True),
        ("synthetic-choice", "v1", "choice", True),
        ("synthetic-constraints", "v1", "instructions", True),
        ("synthetic-dates", "v1", "exact", True),
        ("synthetic-functions", "v1", "python_tests", True),
        ("synthetic-knights", "v1", "knights", True),
    ]
    assert read("select dataset from dataset where task = 'code'")["dataset"].to_list() == ["synthetic-functions"]
    assert ingest_source("synthetic", None, options, "run-2").unchanged == 6
    more = options | {"datasets": ["synthetic-dates"], "questions_per_kind": 6}
    ingest_source("synthetic", None, more, "run-3")
    assert read("select count(*) from question where dataset = 'synthetic-dates'").item() == 6


@pytest.mark.usefixtures("home")
def test_refuses_options_out_of_range() -> None:
    with pytest.raises(UserError, match="questions_per_kind"):
        ingest_source("synthetic", None, {"questions_per_kind": 0}, "run-1")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"functions"}))
def test_the_scorer_accepts_every_truth_and_no_other_questions_truth(kind: str) -> None:
    rows = questions(kind, 40, 7)
    lead = "" if kind == "constraints" else "Let me see.\nAnswer: "
    items = [
        Item(KINDS[kind].scorer, f"{lead}{text['ground_truth']}", row["ground_truth"], {}, json.loads(row["metadata"]))
        for text, row in [*zip(rows, rows, strict=True), *zip(rows[7:], rows, strict=False)]
    ]
    scores = [verdict.score for verdict in judge(items)]
    assert scores[:40] == [1.0] * 40
    assert sum(score == 1.0 for score in scores[40:]) < 20
