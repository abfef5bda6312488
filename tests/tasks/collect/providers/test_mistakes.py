"""Wrong answers are wrong and look like answers; right ones satisfy the kinds' own rules."""

from random import Random

import polars as pl
import pytest

from tasks.collect.providers.mistakes import wrong_answer
from tasks.collect.providers.programs import program_of, same_program, spoil_program
from tasks.collect.providers.rules import obeys, reworded, spoil_text
from tasks.collect.providers.truths import KnownQuestion, known_question, load_truths
from tasks.collect.providers.wording import is_right, read_answer, references_of, worded
from tasks.ingest.sources.synthetic import questions
from tasks.ingest.synthetic import constraints, functions

KINDS = {
    "arithmetic": "math",
    "dates": "exact",
    "knights": "knights",
    "functions": "python_tests",
    "choice": "choice",
    "constraints": "instructions",
}


def known_questions(kind: str, n: int = 60) -> list[KnownQuestion]:
    rows = pl.DataFrame(questions(kind, n, seed=3)).with_columns(scorer=pl.lit(KINDS[kind]))
    load_truths(rows)
    return [known_question([{"role": "user", "content": prompt}]) for prompt in rows["prompt"]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_right_and_wrong_answers(kind: str) -> None:
    for number, question in enumerate(known_questions(kind)):
        assert question.domain == kind
        assert question.topic
        assert question.truth
        good = worded(question, question.truth, Random(number))
        assert is_right(question, good), good
        for seed in range(5):
            bad = worded(question, wrong_answer(question, Random(seed)), Random(seed))
            assert not is_right(question, bad), (question.truth, bad)
            assert read_answer(question, bad)


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_answers_vary(kind: str) -> None:
    counts = [
        len({wrong_answer(question, Random(seed)) for seed in range(12)}) for question in known_questions(kind, 20)
    ]
    assert sum(counts) / len(counts) > 1.9


def test_a_spoilt_program_parses_and_fails_its_tests_nearly_always() -> None:
    passed = 0
    for number, question in enumerate(known_questions("functions", 60)):
        assert question.metadata is not None
        program = spoil_program(str(question.truth), Random(number))
        space: dict[str, object] = {}
        try:
            exec(program, space)  # ours, made from our own generator
            for line in question.metadata["tests"]:
                exec(line, space)
            passed += 1
        except Exception:
            continue
    assert passed <= 9


def test_programs_are_the_same_whatever_their_layout() -> None:
    assert same_program("def f(x):\n    return x+1", "def f(x):\n    # comment\n    return x + 1\n")
    assert not same_program("def f(x):\n    return x+1", "def f(x):\n    return x+2")
    assert not same_program("def f(x:", "def f(x:")
    assert program_of("text\n```python\na = 1\n```\nmore\n```\nb = 2\n```") == "b = 2\n"
    assert program_of("none") is None


def test_rules_are_read_as_the_generator_means_them() -> None:
    kinds = {
        rule["kind"]
        for question in known_questions("constraints", 60)
        for rule in (question.metadata or {})["constraints"]
    }
    text = "One two three. Four, five!"
    cases = {
        "min_words": ({"n": 5}, {"n": 6}),
        "max_words": ({"n": 5}, {"n": 4}),
        "sentences": ({"n": 2}, {"n": 3}),
        "paragraphs": ({"n": 1}, {"n": 2}),
        "bullets": ({"n": 0}, {"n": 1}),
        "include": ({"word": "two"}, {"word": "tw"}),
        "avoid": ({"word": "tw"}, {"word": "two"}),
        "starts_with": ({"text": "One"}, {"text": "Two"}),
        "ends_with": ({"text": "five!"}, {"text": "five"}),
    }
    assert kinds <= cases.keys() | {"lowercase", "no_commas"}
    for kind, (holds, fails) in cases.items():
        assert obeys(text, [{"kind": kind, **holds}]), kind
        assert not obeys(text, [{"kind": kind, **fails}]), kind
    assert not obeys(text, [{"kind": "lowercase"}])
    assert not obeys(text, [{"kind": "no_commas"}])
    assert obeys("one two", [{"kind": "lowercase"}, {"kind": "no_commas"}])
    assert spoil_text(text, [], Random(0)) == ""


def test_rewording_keeps_the_rules_and_changes_most_texts() -> None:
    changed = 0
    for number, question in enumerate(known_questions("constraints", 60)):
        rules = (question.metadata or {})["constraints"]
        other = reworded(str(question.truth), rules, Random(number))
        assert obeys(other, rules)
        changed += other != question.truth
    assert changed > 40


def test_references_are_the_numbered_texts_of_the_system_message() -> None:
    listed = "Answers:\n1. First\n1. not a new one\n\nAnswer: 3\n2. Second with\n7. seven\n3) Third"
    messages = [{"role": "system", "content": listed}, {"role": "user", "content": "1. do\n2. not read"}]
    assert references_of(messages) == ["First\n1. not a new one\n\nAnswer: 3", "Second with\n7. seven", "Third"]
    assert references_of([{"role": "system", "content": "nothing"}, {"role": "user", "content": "1. x"}]) == []
    assert references_of([{"role": "user", "content": "1. x"}]) == []


def test_the_generators_scorers_are_the_ones_simulated() -> None:
    assert constraints.KIND.scorer == KINDS["constraints"]
    assert functions.KIND.scorer == KINDS["functions"]
