"""Puzzles read back from their words and solved by trying every world."""

import json
import re
from itertools import product

from tasks.ingest.sources.synthetic import questions

COUNTS = {"none": 0, "exactly one": 1, "exactly two": 2, "exactly three": 3, "exactly four": 4}


def holds(claim: str, world: dict[str, bool]) -> bool:
    """Whether a claim is true in a world (True: knight)."""
    if found := re.fullmatch(r"(\w+) is a (knight|knave)", claim):
        return world[found[1]] == (found[2] == "knight")
    if found := re.fullmatch(r"(\w+) and (\w+) are (the same kind|of different kinds)", claim):
        return (world[found[1]] is world[found[2]]) == (found[3] == "the same kind")
    if found := re.fullmatch(r"if (.+), then (.+)", claim):
        return holds(found[2], world) if holds(found[1], world) else True
    found = re.fullmatch(r"(none|exactly \w+) of us (?:is a knight|are knights)", claim)
    assert found, claim
    return list(world.values()).count(True) == COUNTS[found[1]]


def test_every_puzzle_has_one_solution_and_it_is_the_truth() -> None:
    topics: dict[str, set[str]] = {}
    for row in questions("knights", 160, 5):
        metadata = json.loads(row["metadata"])
        people = metadata["people"]
        said = dict(re.findall(r"^(\w+) says: (.+)\.$", row["text"], re.MULTILINE))
        assert list(said) == people
        worlds = [dict(zip(people, kinds, strict=True)) for kinds in product((True, False), repeat=len(people))]
        fits = [world for world in worlds if all(holds(said[name], world) == world[name] for name in people)]
        assert len(fits) == 1, row["text"]
        truth = ", ".join(f"{name} is a {'knight' if fits[0][name] else 'knave'}" for name in people)
        assert row["ground_truth"] == truth
        topics.setdefault(metadata["topic"], set()).add(truth)
    assert set(topics) == {"accusation", "comparison", "count", "condition"}
