"""Programs are found anywhere in an answer, judged by all tests, and equal when they differ in layout only."""

import base64
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from tasks.score.cases import Cases, cases_of
from tasks.score.judge import judge
from tasks.score.sandbox.run import sandbox_available
from tasks.score.scorers.python_tests import program
from tasks.score.verdict import Item, Verdict

needs_sandbox = pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
FENCED = "Here:\n```python\n{}\n```\nThat is it."
RIGHT = "def f(x):\n    return x + 1"
METADATA = {"tests": ["assert f(1) == 2", "assert f(2) == 3"], "entry_point": "f"}


def answer(text: str, **metadata: object) -> Item:
    return Item("python_tests", text, None, {"timeout_s": 3}, METADATA | metadata)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FENCED.format(RIGHT), RIGHT + "\n"),
        (f"```\n{RIGHT}\n```", RIGHT + "\n"),
        (f"```py\n{RIGHT}", RIGHT),
        (f"```python\ndef f(x): ...\n```\nBetter:\n```python\n{RIGHT}\n```", RIGHT + "\n"),
        (f"```python\n{RIGHT}\n```\nTry it:\n```python\nprint(f(1))\n```", RIGHT + "\n"),
        ("prose\n" * 300 + FENCED.format(RIGHT), RIGHT + "\n"),
        (f"<think>```python\ndef f(x): pass\n```</think>```python\n{RIGHT}\n```", RIGHT + "\n"),
        ("- step\n  ```python\n  def f(x):\n      return 1\n  ```", "def f(x):\n    return 1\n"),
        (f"Sure!\n\n{RIGHT}\n\nThis adds one.", RIGHT + "\n"),
        (FENCED.format(RIGHT).replace("\n", "\r\n"), RIGHT + "\n"),
        (f"{RIGHT}\n```\nThe prompt had opened the fence.", RIGHT + "\n"),
        (
            f"```python\nimport math\nfrom re import sub\n```\nThen:\n```python\n{RIGHT} + math.pi\n```",
            f"import math\n{RIGHT} + math.pi\n",
        ),
        (
            f"```python\n{RIGHT} + g()\n```\nwith\n```python\ndef g(): return 1\n```",
            f"def g():\n    return 1\n{RIGHT} + g()\n",
        ),
        ("```python\ndef f(x):\n    return '<think>'\n```", "def f(x):\n    return '<think>'\n"),
        ("```js\nfunction f() {}\n```", None),
        ("I would define a function.", None),
        ("", None),
    ],
)
def test_the_program_of_an_answer(text: str, code: str | None) -> None:
    assert program(text, "f") == code


@needs_sandbox
def test_verdicts() -> None:
    found = judge(
        [
            answer(FENCED.format(RIGHT)),
            answer(FENCED.format(RIGHT.replace("x + 1", "(x+1)  # one more"))),
            answer(FENCED.format("def f(x):\n    return 2")),
            answer(FENCED.format("def f(x):")),
            answer(FENCED.format("def f(x):\n    while True: pass")),
            answer("no program"),
            answer(FENCED.format(RIGHT), tests=[]),
            answer(FENCED.format(RIGHT), tests=["class A: pass\nassert f(A()) == 1"]),
            Item("choice", "Answer: B", "B"),
        ]
    )
    verdicts = ["correct", "correct", "wrong", "wrong", "timeout", "no_answer", "unjudged", "unjudged", "correct"]
    assert [verdict.verdict for verdict in found] == verdicts
    assert found[0].extracted == found[1].extracted != found[2].extracted
    assert found[2].detail == "1 of 2 tests passed (AssertionError)"
    assert "SyntaxError" in str(found[3].detail)
    assert [verdict.score for verdict in found[4:8]] == [0.0, 0.0, None, None]
    assert found[8] == Verdict(1.0, "correct", "B")


HUMANEVAL = "METADATA = {}\n\ndef check(candidate):\n    assert candidate(1) == 2\n    assert candidate(4) == 5\n"


@needs_sandbox
@pytest.mark.parametrize(("code", "verdict"), [(RIGHT, "correct"), ("def f(x):\n    return 2", "wrong")])
def test_the_check_of_humaneval_is_called(code: str, verdict: str) -> None:
    for tests in ([HUMANEVAL], HUMANEVAL, [HUMANEVAL + "\ncheck(f)\n"]):
        assert judge([answer(FENCED.format(code), tests=tests)])[0].verdict == verdict


@needs_sandbox
@pytest.mark.parametrize(
    "metadata",
    [{"tests": [HUMANEVAL], "entry_point": None}, {"tests": ["assert True"]}, {"tests": ["x = 1", "def t(): f()"]}],
)
def test_a_suite_that_calls_nothing_judges_nobody(metadata: dict[str, object]) -> None:
    assert judge([answer(FENCED.format("def f(x): return 'nonsense'"), **metadata)])[0].verdict == "unjudged"


@needs_sandbox
def test_a_plain_failure_counts_before_what_cannot_be_carried() -> None:
    code = "def f(x): return 0\ndef g(): return object()"
    found = judge([answer(FENCED.format(code), tests=["assert f(1) == 2", "assert g().x"])])
    assert found[0].verdict == "wrong"


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def test_pickled_cases_are_read_and_never_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = json.dumps([{"input": "1", "output": "2", "testtype": "stdin"}])
    pickled = [
        base64.b64encode(zlib.compress(pickle.dumps(held))).decode() for held in (case, _Runs(), [case, _Runs()])
    ]
    plain, harmful, mixed = (cases_of({"private_test_cases": private}) for private in pickled)
    assert isinstance(plain, Cases)
    assert (len(plain.tests), plain) == (1, mixed)
    assert "cannot be read" in str(harmful)
    assert not list(tmp_path.iterdir())
