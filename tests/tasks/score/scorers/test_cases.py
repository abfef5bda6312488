"""Verdict tables: one JSON file per scorer, one case per line."""

import json
from pathlib import Path

import pytest

from tasks.score.registry import scorers
from tasks.score.verdict import Item, Verdict

TABLES = sorted((Path(__file__).parents[3] / "data" / "score").glob("*.json"))
CASES = [(table.stem, case) for table in TABLES for case in json.loads(table.read_text())]


@pytest.mark.parametrize(("scorer", "case"), CASES, ids=[f"{name}: {case['about']}" for name, case in CASES])
def test_verdict_of_the_table(scorer: str, case: dict) -> None:
    item = Item(scorer, case["text"], case["truth"], case["options"], case["metadata"])
    found = scorers.get(scorer).judge(item)
    assert (found.verdict, found.extracted) == (case["verdict"], case["extracted"])
    assert found.score == {"correct": 1.0, "wrong": 0.0, "no_answer": 0.0, "unjudged": None}[case["verdict"]]


def test_every_scorer_without_sandbox_has_a_table() -> None:
    assert {table.stem for table in TABLES} == set(scorers.names()) - {"python_tests"}


def test_several_options_are_named_in_the_detail() -> None:
    found = scorers.get("choice").judge(Item("choice", "The answer is (A) or (B).", "A"))
    assert found == Verdict(0.0, "no_answer", None, "names several options")
