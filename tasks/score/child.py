"""The process of the sandbox that holds the program: no test, no nonce. Standard library only."""

import ast
import contextlib
import io
import json
import os
import sys
from types import CodeType, ModuleType
from typing import Any, BinaryIO

from tasks.score.plain import MESSAGE, NotPlain, decode, encode, receive, send

_SAID = 1 << 20  # characters
# What the tests may get from the standard library because the program imported it.
LIBRARY = {
    "bisect",
    "collections",
    "copy",
    "datetime",
    "decimal",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "json",
    "math",
    "operator",
    "random",
    "re",
    "statistics",
    "string",
    "typing",
}


def normal_form(code: str) -> str:
    """A program without comments, layout and docstrings."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


class Said(io.TextIOBase):
    """What a program prints, as far as anybody could want to read it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        """Keep a text while there is room."""
        self._size += len(text)
        if self._size <= _SAID:
            self._parts.append(str(text))
        return len(text)

    def text(self) -> str | None:
        """All of it; None when it was too much."""
        return "".join(self._parts) if self._size <= _SAID else None


def run_main(code: CodeType, text: str) -> str:
    """What a whole program prints, given its standard input."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
    with contextlib.suppress(OSError):  # for `open(0)`, which the program may have closed before
        held = os.open("/tmp/stdin", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.write(held, text.encode())
        os.lseek(held, 0, os.SEEK_SET)
        if held:
            os.dup2(held, 0)
            os.close(held)
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    _without_threads()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        exec(code, {"__name__": "__main__"})  # noqa: S102  (in the sandbox)
    return said.buffer.getvalue().decode(errors="replace")


def _without_threads() -> None:
    """Run a thread's work where it is started: there are none here, and programs use one for its larger stack."""
    import threading

    threading.Thread.start = lambda self: self.run()  # type: ignore[method-assign]
    threading.Thread.join = lambda self, timeout=None: None  # type: ignore[method-assign]
    threading.stack_size = lambda size=0: 0


def run_program(requests: BinaryIO, replies: BinaryIO) -> None:
    """The child: load the program, then call its functions as asked; a main program is only run when asked."""
    code, main = receive(requests)
    try:
        normal = normal_form(code)
    except SyntaxError as error:
        return send(replies, {"failed": f"SyntaxError: {error.msg}"})
    send(replies, {"normal": normal})
    names: dict[str, Any] = {"__name__": "program"}
    try:
        loaded = compile(code, "program.py", "exec")
        if main:
            names[main] = lambda text: run_main(loaded, text)
        else:
            exec(loaded, names)  # noqa: S102  (this is what the sandbox is for)
    except BaseException as error:
        return send(replies, {"failed": type(error).__name__})
    send(replies, globals_of(names))
    while True:
        reply = answer(names, *receive(requests))
        send(replies, reply if len(json.dumps(reply)) < MESSAGE else {"plain": False})


def globals_of(names: dict[str, Any]) -> dict[str, Any]:
    """What a program offers to its tests, by kind; values as `encode` gives them."""
    found: dict[str, Any] = {"names": [], "classes": [], "errors": {}, "library": {}, "values": {}}
    for name, value in list(names.items())[:500]:
        module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if module in LIBRARY and (isinstance(value, ModuleType) or callable(value)):
            found["library"][name] = [module, None if isinstance(value, ModuleType) else value.__name__]
        elif isinstance(value, type):
            found["classes"].append(name)
            if issubclass(value, Exception):
                found["errors"][name] = [base.__name__ for base in value.__mro__]
        elif callable(value):
            found["names"].append(name)
        elif not name.startswith("__"):
            with contextlib.suppress(Exception):
                found["values"][name] = encode(value)
            if name not in found["values"]:
                found["classes"].append(name)
    return found


def answer(names: dict[str, Any], name: str, arguments: list[Any], named: list[Any]) -> dict[str, Any]:
    """Call one of the program's functions: its value or error, what it printed, and its arguments where changed.

    `plain` is false where any of it cannot leave the program.
    """
    said, given = Said(), (decode(arguments), decode(named))
    try:
        with contextlib.redirect_stdout(said):
            value = names[name](*given[0], **given[1])
            reply: dict[str, Any] = {"value": encode(value)}
        reply["said"] = said.text()
        after = [encode(given[0]), encode(given[1])]
        return reply if after == [arguments, named] else reply | {"after": after}
    except (NotPlain, EOFError):  # there is no standard input here, but perhaps beside the test
        return {"plain": False}
    except BaseException as error:
        bases = [base.__name__ for base in type(error).__mro__]
        try:
            return {"raised": bases, "args": encode(error.args), "held": encode(vars(error)), "said": said.text()}
        except Exception:
            return {"raised": bases, "args": encode(()), "held": encode({}), "said": said.text()}
