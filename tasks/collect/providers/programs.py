"""Programs of simulated models: the same program in other words, and one with a small mistake in it."""

import ast
import re
from collections.abc import Iterator
from random import Random

_BLOCK = re.compile(r"```(?:python)?\s*\n(.*?)```", re.DOTALL)
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Mod: ast.FloorDiv,
    ast.FloorDiv: ast.Mod,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def fenced(program: str) -> str:
    """A program as a chat model gives it."""
    return f"```python\n{program.strip()}\n```"


def program_of(text: str) -> str | None:
    """The last fenced program of a text."""
    found = _BLOCK.findall(text)
    return str(found[-1]) if found else None


def same_program(one: str, other: str) -> bool:
    """Whether two programs do the same in the same way, whatever their comments and layout."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False


def spoil_program(program: str, rng: Random) -> str:
    """The program with one operator or number changed; it parses, and nearly always gives wrong results."""
    tree = ast.parse(program)
    edits = list(_edits(tree))
    if not edits:
        return program.replace("return ", "return not ", 1)
    node, field, value = rng.choice(edits)
    setattr(node, field, value)
    return ast.unparse(tree)


def _edits(tree: ast.AST) -> Iterator[tuple[ast.AST, str, object]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
            yield node, "ops", [_SWAPS[type(node.ops[0])](), *node.ops[1:]]
        elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _SWAPS:
            yield node, "op", _SWAPS[type(node.op)]()
        elif isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
            yield node, "value", node.value + 1
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node, "value", not node.value
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.ListComp | ast.List):
            yield node, "value", ast.Subscript(node.value, ast.Slice(lower=ast.Constant(1)), ast.Load())
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("max", "min"):
            yield node.func, "id", "min" if node.func.id == "max" else "max"
