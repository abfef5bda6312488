"""The process of the sandbox that holds the program: no test, no nonce. Standard library only."""

import ast
import atexit
import builtins
import contextlib
import json
import os
import sys
from types import CodeType, ModuleType
from typing import Any, BinaryIO

from tasks.score.sandbox.held import Held
from tasks.score.sandbox.plain import MESSAGE, NotPlain, receive, send

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
    "numpy",
    "operator",
    "random",
    "re",
    "statistics",
    "string",
    "typing",
}


# What programs import and the sandbox does not have: a limit of ours, not of theirs.
THIRD_PARTY = {"matplotlib", "networkx", "numpy", "pandas", "requests", "scipy", "sklearn", "sympy", "torch"}


_MOST = 500  # names of a program, the last ones


def normal_form(code: str) -> str:
    """A program without comments, layout and docstrings."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def rebound_in(code: str) -> set[str]:
    """The global names that a program's functions bind anew."""
    return {name for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Global) for name in node.names}


def run_main(code: CodeType, text: str) -> str:
    """What a whole program prints, given its standard input."""
    for standard, content in ((0, text.encode()), (1, b"")):  # files, for programs that read and write descriptors
        held = os.open(f"/tmp/{standard}", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.write(held, content)
        os.lseek(held, 0, os.SEEK_SET)
        if held != standard:  # which the program may have closed before
            os.dup2(held, standard)
            os.close(held)
    said = open(1, "w", encoding="utf-8", newline="\n", closefd=False)  # noqa: SIM115  (the program's, as is the other)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = said  # type: ignore[misc]
    _without_threads()
    with contextlib.suppress(SystemExit):
        exec(code, {"__name__": "__main__"})  # noqa: S102  (in the sandbox)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, said):
        with contextlib.suppress(ValueError, OSError, AttributeError):
            stream.flush()
    with open("/tmp/1", "rb") as held_by_file:
        return held_by_file.read().decode(errors="replace")


def _without_threads() -> None:
    """Run a thread's work where it is started: there are none here, and programs use one for its larger stack."""
    import threading

    threading.Thread.start = lambda self: self.run()  # type: ignore[method-assign]
    threading.Thread.join = lambda self, timeout=None: None  # type: ignore[method-assign]
    threading.stack_size = lambda size=0: 0


def run_program(requests: BinaryIO, replies: BinaryIO) -> None:
    """The child: load the program, then call its functions as asked; a main program is only run when asked."""
    code, main = receive(requests)
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # which this interpreter starts without
    sys.argv = ["program.py"]
    try:
        normal = normal_form(code)
    except SyntaxError as error:
        return send(replies, {"failed": f"SyntaxError: {error.msg}"})
    send(replies, {"normal": normal})
    names: dict[str, Any] = {"__name__": "program"}
    try:
        compiled = compile(code, "program.py", "exec")
        if main:
            names[main] = lambda text: run_main(compiled, text)
        else:
            exec(compiled, names)  # noqa: S102  (this is what the sandbox is for)
    except ModuleNotFoundError as error:
        missing = str(error.name).split(".")[0]
        return send(replies, {"failed": f"ModuleNotFoundError: {missing}", "ours": missing in THIRD_PARTY})
    except BaseException as error:
        return send(replies, {"failed": type(error).__name__})
    held = Held(names, requests, replies, bool(main), rebound_in(code))
    loaded = globals_of(names, held)
    try:
        send(replies, loaded)
    except NotPlain:
        send(replies, loaded | {"values": _small(loaded["values"])})
    held.serve()


def _small(values: dict[str, Any]) -> dict[str, Any]:
    """The values without those that are too large for all of them to fit into a message."""
    return {name: form if len(json.dumps(form)) < MESSAGE // _MOST // 2 else None for name, form in values.items()}


def globals_of(names: dict[str, Any], held: Held) -> dict[str, Any]:
    """What a program offers to its tests, by kind; values as `encode` gives them."""
    found: dict[str, Any] = {"errors": {}, "library": {}, "values": {}}
    for name, value in list(names.items())[-_MOST:]:
        module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if module in LIBRARY and (isinstance(value, ModuleType) or (callable(value) and hasattr(value, "__name__"))):
            found["library"][name] = [module, None if isinstance(value, ModuleType) else value.__name__]
        elif isinstance(value, type) and issubclass(value, Exception):
            found["errors"][name] = [base.__name__ for base in value.__mro__]
        elif not name.startswith("__"):
            found["values"][name] = held.offered(value)
    return found
