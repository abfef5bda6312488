"""Questions read back from their words: facts, question, options."""

import json
import re

from tasks.ingest.options import options_of
from tasks.ingest.sources.synthetic import questions

SMALL = ("shortest", "smallest", "oldest", "lowest")


def solve(text: str) -> str:
    facts, _, listed = text.partition("Options:\n")
    *stated, question = facts.strip().splitlines()
    values = {line.split()[0]: int(re.findall(r"\d+", line)[0]) for line in stated[1:]}
    options = dict(line.split(". ") for line in listed.splitlines())
    if found := re.search(r"number higher than for (\w+)", question):
        right = str(len([value for value in values.values() if value > values[found[1]]]))
    else:
        taken = sorted(values.values())
        if not any(word in question for word in SMALL):
            taken = taken[::-1]
        place = 1 if "second" in question else 2 if "third" in question else 0
        right = next(name for name, value in values.items() if value == taken[place])
    letters = [letter for letter, option in options.items() if option == right]
    assert len(letters) == 1
    return letters[0]


def test_every_truth_is_right_and_its_options_are_listed() -> None:
    letters = []
    for row in questions("choice", 240, 5):
        assert row["ground_truth"] == solve(row["text"]), row["text"]
        assert json.loads(row["metadata"])["options"] == options_of(row["text"])
        letters.append(row["ground_truth"])
    assert max(map(letters.count, set(letters))) < 120  # no letter is worth guessing
