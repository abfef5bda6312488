"""Read arithmetic that a model wrote without evaluating it: a parsed expression, its exact value, its SymPy form."""

import ast
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

_LONGEST = 500
_HIGHEST_POWER = 99
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"})
_IMPLIED = re.compile(r"(?<=[\d)])\s*(?=[A-Za-z(])(?![eE][+-]?\d)")
_LEADING_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")
_OPERATIONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
}


def value(text: str) -> Fraction | None:
    """The exact value of an expression of numbers, + - * / ^ and brackets; None for anything else, or n/0."""
    try:
        return Fraction(_built(_parsed(text), Fraction, {}, {}))
    except (ValueError, TypeError, ZeroDivisionError, OverflowError, RecursionError, SyntaxError, MemoryError):
        return None


def symbolic(text: str) -> Any:
    """The SymPy expression of a text with names, pi and sqrt.

    Raises:
        ValueError: it is no such expression.
    """
    import sympy

    def name(written: str) -> Any:
        return sympy.Symbol(written)

    known = {"pi": sympy.pi, "inf": sympy.oo}
    calls = {"sqrt": sympy.sqrt, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "log": sympy.log}
    try:
        return _built(_parsed(text), sympy.Rational, known, calls, name)
    except (TypeError, ZeroDivisionError, OverflowError, RecursionError, SyntaxError, MemoryError) as error:
        raise ValueError(str(error)) from error


def _parsed(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ValueError("too long for an expression")
    return ast.parse(_IMPLIED.sub("*", _LEADING_ZEROS.sub("", text.strip().translate(_SIGNS))), mode="eval").body


def _built(
    node: ast.expr,
    number: Callable[[str], Any],
    known: dict[str, Any],
    calls: dict[str, Callable[[Any], Any]],
    name: Callable[[str], Any] | None = None,
) -> Any:
    """The value of a syntax tree of which only arithmetic is understood."""

    def built(part: ast.expr) -> Any:
        match part:
            case ast.Constant(value=int() | float()) if not isinstance(part.value, bool):
                return number(str(part.value))
            case ast.Name(id=written) if written in known:
                return known[written]
            case ast.Name(id=written) if name:
                return name(written)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -built(inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return built(inner)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                base, power = built(left), built(right)
                if not abs(power) <= _HIGHEST_POWER or len(str(base)) > _LONGEST:
                    raise ValueError("too high a power")
                return base**power
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
                return _OPERATIONS[type(operation)](built(left), built(right))
            case ast.Call(func=ast.Name(id=called), args=[inner], keywords=[]) if called in calls:
                return calls[called](built(inner))
        raise ValueError(f"{type(part).__name__} is no arithmetic")

    return built(node)
