"""A Python program against the question's tests, in the sandbox. Option: `timeout_s` (default 10)."""

import ast
import builtins
import re
from dataclasses import replace
from itertools import dropwhile, takewhile
from textwrap import dedent
from typing import Any

from pydantic import Field

from profiles.layout import parsed
from tasks.score import published_code
from tasks.score.cases import MAIN, Cases, cases_of
from tasks.score.extract import spoken
from tasks.score.published_code import syntax_tree
from tasks.score.registry import ScorerOptions, scorer
from tasks.score.sandbox.run import LIMIT_S, OURS, Outcome, run_program
from tasks.score.verdict import Item, Verdict, no_answer, unjudged
from warehouse.identity import hash_parts

_FENCE = re.compile(r"[ \t]*(```|~~~)[`~ \t]*(\w*)")
_GLUED_FENCE = re.compile(r"^([^`\n]*[^`\s])```[ \t]*$", re.MULTILINE)  # in a line without another one
_CLASS = re.compile(r"^class \w+\s*[(:]", re.MULTILINE)
_CHECK = re.compile(  # and nothing calls it
    r"^def check\(\w+(?: *:[^(),=]*(?:\[[^()=]*\])?)?(?:, *\w+[^(),=]*=[^(),]*)*\)"
    r"(?: *->[^:\n]*)?:(?!(?:.*\n)*check\()",
    re.MULTILINE,
)
_CHECKS = re.compile(r"assert|check|expect|exit|fail|raise|verify", re.IGNORECASE)  # names of what can find fault
_FENCES = 20  # that may stand inside of a program
_LANGUAGES = {"", "python", "py", "python3"}
_FIRST_LINE = re.compile(r"(?:async\s+def|def|class|import|from)\s+\w|@\w")
_CODE_LINE = re.compile(
    r"(?:async|def|class|import|from|if|for|while|try|except|finally|else|elif|with)\b|[@#)\]} \t]|[\w.]+ *=|$"
)


class PythonTestsOptions(ScorerOptions):
    """How long a program may run."""

    timeout_s: int = Field(LIMIT_S, ge=1, le=600, description="seconds for all tests of a question")


@scorer("python_tests", version="10", sandboxed=True, options=PythonTestsOptions)
def judge(item: Item) -> Verdict:
    """Judge by all tests passing; equal `extracted` means the same program but for comments and layout."""
    cases = cases_of(item.metadata)
    if cases is not None:
        if isinstance(cases, str):
            return unjudged(cases)
        return _judge_cases(item, cases, program(item.text, cases.function))
    entry_point = item.metadata.get("entry_point")
    tests = suite(item.metadata.get("tests"), entry_point)
    if not tests:
        return unjudged("the question has no tests")
    if not any(map(_calls, tests)):
        return unjudged("the question's tests call nothing")
    if not any(map(_checks, tests)):
        return unjudged("the question's tests check nothing")
    code = program(item.text, entry_point)
    if code is None:
        return no_answer()
    outcome = run_program(code, tests, entry_point, int(item.options.get("timeout_s", LIMIT_S)))
    return _verdict(outcome, len(tests), hash_parts("program", outcome.normal or code))


@scorer("python_tests_compat", version="7", mode="compat", sandboxed=True, options=PythonTestsOptions)
def judge_as_published(item: Item) -> Verdict:
    """Judge as LLMRouterBench: the longest valid run of the first 100 lines; for LiveCodeBench the last two tags.

    Private cases that cannot be read are dropped, and tests that call nothing are passed.
    """
    cases = cases_of(item.metadata)
    if isinstance(cases, str):
        cases = cases_of({**item.metadata, "private_test_cases": None}) or cases
    if cases is not None:
        code = published_code.tagged_program(item.text)
        return unjudged(cases) if isinstance(cases, str) else _judge_cases(item, cases, code)
    return _judge_program(item, published_code.longest_program(item.text))


@scorer("python_tests_smcs_compat", version="7", mode="compat", sandboxed=True, options=PythonTestsOptions)
def judge_as_smcs(item: Item) -> Verdict:
    """Judge as SMCS does MBPP and HumanEval: what follows the first Python fence, thoughts included."""
    return _judge_program(item, published_code.first_fence(item.text))


def _judge_program(item: Item, code: str) -> Verdict:
    entry_point = item.metadata.get("entry_point")
    tests = suite(item.metadata.get("tests"), entry_point)
    if not tests:
        return unjudged("the question has no tests")
    if not code.strip():
        return no_answer()
    limit_s = int(item.options.get("timeout_s", LIMIT_S))
    outcome = run_program(published_code.PRELUDE + code, tests, entry_point, limit_s)
    return _verdict(replace(outcome, called=True), len(tests), hash_parts("program", outcome.normal or code))


def _judge_cases(item: Item, cases: Cases, code: str | None) -> Verdict:
    """Judge by inputs and outputs: of the function that they name, or of the whole program."""
    if not cases.tests:
        return unjudged("the question has no tests")
    if not code:
        return no_answer()
    main = None if cases.function else MAIN
    limit_s = int(item.options.get("timeout_s", LIMIT_S))
    outcome = run_program(cases.program(code), cases.tests, cases.function, limit_s, main)
    return _verdict(outcome, len(cases.tests), hash_parts("program", outcome.normal or code))


def suite(tests: Any, entry_point: str | None = None) -> list[str]:
    """Tests as Python sources, none in a layout that is not understood; one that defines `check`, as HumanEval's do,
    calls it with the tested function.
    """
    given = parsed(tests)
    sources = [given] if isinstance(given, str) else given
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        return []
    return [_calling(one, entry_point) for one in sources] if entry_point else sources


def _calling(test: str, entry_point: str) -> str:
    """A test that calls the tested function also where it names it as HumanEval's do: candidate."""
    if _CHECK.search(test):
        return f"{test}\n\ncheck({entry_point})\n"
    return f"candidate = {entry_point}\n{test}" if "candidate(" in test and "def " not in test else test


def _calls(test: str) -> bool:
    """Whether running a test calls anything; what does not parse is left to the sandbox to say."""
    tree = syntax_tree(test)
    if tree is None:
        return True
    if any(isinstance(one, ast.ClassDef) or getattr(one, "name", "").startswith("test") for one in tree.body):
        return True  # the sandbox runs what it defines
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False


def _checks(test: str) -> bool:
    """Whether a test says anywhere what is wrong."""
    tree = syntax_tree(test)
    return tree is None or any(
        isinstance(node, ast.Assert | ast.Raise)
        or _CHECKS.search(str(getattr(node, "id", "") or getattr(node, "attr", "")))
        for node in ast.walk(tree)
    )


def program(text: str, entry_point: str | None = None) -> str | None:
    """The last fenced block that defines the tested function, else the last block, else code without a fence; with
    what it needs of the other blocks.

    The whole answer is searched: reasoning models write a lot before their program (LLMRouterBench reference,
    section 6.6, looks at 100 lines only).
    """
    text = _GLUED_FENCE.sub(r"\1\n```", spoken(text.replace("\r\n", "\n")))
    blocks = [code for language, code in _blocks(text) if language.casefold() in _LANGUAGES and code.strip()]
    defining = [code for code in blocks if entry_point and _defines(code, entry_point)]
    before = None if defining else _unfenced(text.split("```", 1)[0])  # the prompt may have opened the fence
    if before is None and blocks:
        return _with_helpers(dedent((defining or blocks)[-1]), [dedent(block) for block in blocks])
    return before if before is not None else _unfenced(text)


def _defines(code: str, name: str) -> bool:
    own = re.escape(name)
    return re.search(rf"\b(?:def|class)\s+{own}\b|^{own}\s*=", code, re.MULTILINE) is not None


def _blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of the fenced blocks; a fence inside of a docstring ends none."""
    lines = text.split("\n")
    fences = [(at, found[1], found[2]) for at, line in enumerate(lines) if (found := _FENCE.match(line))]
    blocks: list[tuple[str, str]] = []
    end = -1
    for number, (start, mark, language) in enumerate(fences):
        if start <= end:
            continue
        closing = [at for at, other, _ in fences[number + 1 : number + 1 + _FENCES] if other == mark] or [len(lines)]
        end = closing[0]
        if '"""' in (first := "\n".join(lines[start + 1 : end])) or "'''" in first:
            end = next((at for at in closing if syntax_tree(dedent("\n".join(lines[start + 1 : at])))), end)
        blocks.append((language, "".join(f"{line}\n" for line in lines[start + 1 : end])))
    if blocks and end == len(lines):  # what was cut off has no last line break
        blocks[-1] = blocks[-1][0], blocks[-1][1].removesuffix("\n")
    return blocks


def _with_helpers(chosen: str, blocks: list[str]) -> str:
    """A block after the imports and definitions of the others that it needs and does not have."""
    tree = syntax_tree(chosen)
    if tree is None:
        return chosen
    missing = _unbound(tree)
    kept: list[str] = []
    for block in reversed([block for block in blocks if block != chosen]):
        other = syntax_tree(block)
        for statement in reversed(other.body if other else []):
            bound = _bound(statement) & missing
            if bound:
                kept.insert(0, ast.unparse(statement))
                missing = (missing - bound) | _unbound(statement)
    return "\n".join([*kept, chosen])


def _bound(tree: ast.AST) -> set[str]:
    """Names that a statement or module binds anywhere, parameters and local names included."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def _unbound(tree: ast.AST) -> set[str]:
    """Names that are read and bound nowhere in it."""
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return read - _bound(tree) - set(dir(builtins))


def _unfenced(text: str) -> str | None:
    lines = list(dropwhile(lambda line: not _FIRST_LINE.match(line), text.split("\n")))
    code = "\n".join(takewhile(_CODE_LINE.match, lines))
    return code if "def " in code or _CLASS.search(code) else None


def _verdict(outcome: Outcome, n_test: int, extracted: str) -> Verdict:
    found = _verdict_of(outcome, n_test, extracted)
    if not outcome.retried:
        return found
    return replace(found, detail="; ".join(filter(None, [found.detail, "second try: the machine was busy"])))


def _verdict_of(outcome: Outcome, n_test: int, extracted: str) -> Verdict:
    if outcome.slow:
        return Verdict(0.0, "timeout", extracted, "stopped by its time limit")
    if outcome.ours:
        return unjudged(f"the sandbox does not have what the program needs ({outcome.failed})")
    if outcome.failed or len(outcome.passed) != n_test:
        return Verdict(0.0, "wrong", extracted, f"does not run: {outcome.failed or 'no outcome'}")
    if all(outcome.passed):
        return Verdict(1.0, "correct", extracted) if outcome.called else unjudged("the tests never call the program")
    error = next((error for error in outcome.errors if error and error not in OURS), None)
    if error is None:  # a limit of ours, not of the program
        return unjudged("a test needs what the sandbox cannot carry or does not have")
    return Verdict(0.0, "wrong", extracted, f"{sum(outcome.passed)} of {n_test} tests passed ({error})")
