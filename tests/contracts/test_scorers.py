"""What every registered scorer keeps, whoever brought it."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tasks.score.judge import judge
from tasks.score.registry import ScorerOptions, scorers
from tasks.score.verdict import Item, Verdict
from warehouse.errors import UserError

NAMES = scorers.names()
PAGE = Path(__file__).parents[2] / "docs" / "howto" / "scorer.md"
WORDS = {"correct", "wrong", "partial", "no_answer", "unjudged"}
TEXTS = (
    "",
    " \n\t",
    "42",
    "The answer is (B).",
    "Answer:",
    "I cannot say.",
    r"Thus \boxed{42}",
    r"\boxed{",
    '{"answer": "42"}',
    '{"answer": ',
    "```python\ndef f(): return 42\n```",
    "```",
    "\x00\x01",
    "😀" * 50,
    "ａｎｓｗｅｒ：Ｂ",
    "NaN",
    "1e999999",
    "(" * 60,
    "<think>" * 200,
    "The answer is B. " * 3000,
    "x" * 200_000,
    "A is " + "` " * 10_000,
)
TRUTHS = (None, "", "B", "42", "[1, 2]")


def items(name: str) -> list[Item]:
    return [Item(name, text, truth) for text in TEXTS for truth in TRUTHS]


def keeps_the_contract(found: Sequence[Verdict]) -> None:
    """The verdicts on `items`: each is one of ours, and nothing is right by saying nothing."""
    for verdict in found:
        assert verdict.verdict in WORDS
        assert (verdict.score is None) == (verdict.verdict == "unjudged")
        assert verdict.score is None or 0 <= verdict.score <= 1
        assert verdict.score in (None, 0) or verdict.verdict in ("correct", "partial")
    assert {verdict.score for verdict in found[: 2 * len(TRUTHS)]} <= {0, None}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_model_says_has_one_verdict_and_the_same_one_again(name: str) -> None:
    found = judge(items(name))
    assert len(found) == len(TEXTS) * len(TRUTHS)
    keeps_the_contract(found)
    assert judge(items(name)[::-1])[::-1] == found


def test_the_scorers_of_the_how_to_keep_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorers, "_entries", {})
    [code] = re.findall(r"```python\n# my_package/shout.py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, "shout.py", "exec"), {})
    for name in ("shout", "whisper"):
        keeps_the_contract([scorers.get(name).judge(item) for item in items(name)])


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_version_and_refuses_options_it_does_not_know(name: str) -> None:
    scorer = scorers.get(name)
    assert scorer.version
    assert issubclass(scorer.options, ScorerOptions)
    assert all(field.description for field in scorer.options.model_fields.values())
    with pytest.raises(UserError, match=rf"scorer '{name}': option 'no_such': .*options are: "):
        judge([Item(name, "42", "42", {"no_such": 1})])
