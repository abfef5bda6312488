"""Sample texts held against their rules, and rules against the words of the question."""

import json
import re
from typing import Any

from tasks.ingest.sources.synthetic import questions


def obeys(text: str, rule: dict[str, Any]) -> bool:
    """A second, simple reading of each constraint."""
    words = re.findall(r"[a-z'-]+", text.lower())
    match rule["kind"]:
        case "min_words":
            return len(words) >= rule["n"]
        case "max_words":
            return len(words) <= rule["n"]
        case "sentences":
            return len(re.findall(r"[.!?](?:\s|$)", text)) == rule["n"]
        case "paragraphs":
            return len(re.split(r"\n\s*\n", text.strip())) == rule["n"]
        case "bullets":
            return len([line for line in text.splitlines() if line.startswith("- ")]) == rule["n"]
        case "include":
            return rule["word"] in words
        case "avoid":
            return rule["word"] not in words
        case "starts_with":
            return text.startswith(rule["text"])
        case "ends_with":
            return text.endswith(rule["text"])
        case "lowercase":
            return text == text.lower()
        case "no_commas":
            return "," not in text
    raise AssertionError(rule)


def test_every_sample_text_obeys_its_rules() -> None:
    kinds = set()
    for row in questions("constraints", 240, 5):
        rules = json.loads(row["metadata"])["constraints"]
        kinds |= {rule["kind"] for rule in rules}
        assert len(rules) >= 3
        for rule in rules:
            assert obeys(row["ground_truth"], rule), (rule, row["ground_truth"])
            stated = str(rule.get("n") or rule.get("word") or rule.get("text") or "").lower()
            assert stated in row["text"].lower()
        assert row["text"].count("\n- ") == len(rules)
    assert len(kinds) == 11


def test_rules_reject_an_empty_text() -> None:
    for row in questions("constraints", 60, 5):
        rules = json.loads(row["metadata"])["constraints"]
        assert not all(obeys("", rule) for rule in rules)
