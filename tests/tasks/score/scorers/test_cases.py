"""Verdict tables: one JSON file per scorer, one case per line."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tasks.score.judge import needs_sandbox
from tasks.score.registry import scorers
from tasks.score.sandbox.run import sandbox_available
from tasks.score.verdict import Item, Verdict
from tasks.score.worker import judged

TABLES = sorted((Path(__file__).parents[3] / "data" / "score").glob("*.json"))
CASES = [
    (table.stem + suffix, case, wanted)
    for table in TABLES
    for case in json.loads(table.read_text())
    for suffix, wanted in (("", case), ("_compat", case.get("compat")))
    if wanted
]
SCORES = {"correct": 1.0, "wrong": 0.0, "no_answer": 0.0, "unjudged": None}


@pytest.mark.parametrize(
    ("scorer", "case", "wanted"), CASES, ids=[f"{name}: {case['about']}" for name, case, _ in CASES]
)
def test_verdict_of_the_table(scorer: str, case: dict, wanted: dict) -> None:
    if needs_sandbox(scorer) and (reason := sandbox_available()):
        pytest.skip(reason)
    item = Item(scorer, case["text"], case["truth"], case["options"], case["metadata"])
    found = judged(scorers.get(scorer), item)  # as a worker judges: an exception is no verdict on the answer
    assert (found.verdict, found.extracted) == (wanted["verdict"], wanted["extracted"]), found.detail
    assert found.score == (case["score"] if found.verdict == "partial" else SCORES[found.verdict])


def test_every_scorer_has_a_table() -> None:
    tables = Counter(name for name, _, _ in CASES)
    assert set(tables) == set(scorers.names())
    assert min(tables.values()) >= 15


def test_each_of_the_25_kinds_of_ifeval_has_a_right_and_a_wrong_case() -> None:
    told: dict[str, set[str]] = {}
    for case in json.loads((TABLES[0].parent / "ifeval.json").read_text()):
        for kind in (case["metadata"] or {}).get("instruction_id_list") or []:
            told.setdefault(kind, set()).add(case["verdict"])
    assert len([kind for kind, verdicts in told.items() if {"correct", "wrong"} <= verdicts]) == 25


def test_several_options_are_named_in_the_detail() -> None:
    found = scorers.get("choice").judge(Item("choice", "The answer is (A) or (B).", "A"))
    assert found == Verdict(0.0, "no_answer", None, "names several options")
