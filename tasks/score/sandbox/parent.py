"""The process of the sandbox that runs the tests on a program. Standard library only.

What the program offers are stand-ins here that ask the child (`tasks.score.sandbox.remote`). Plain data alone is
compared with what a test expects, so a program cannot forge a success by printing one, exiting early, overriding `==`
or patching the interpreter: it would have to return the right values.
"""

import ast
import builtins
import contextlib
import io
import sys
from collections.abc import Callable
from importlib import import_module
from symtable import symtable
from types import FunctionType
from typing import Any, BinaryIO, NoReturn

from tasks.score.sandbox.child import LIBRARY, THIRD_PARTY, rebound_in
from tasks.score.sandbox.classes import Exited, error_named, own_errors, type_of
from tasks.score.sandbox.plain import Gone, NotPlain, decode, receive, send
from tasks.score.sandbox.remote import Remote
from tasks.score.sandbox.special import SPECIAL

_GRACE_S = 1  # of waiting, beyond the limit


class Program:
    """The program as its tests see it: a name space of stand-ins.

    Args:
        requests, replies: pipes to the child.
        loaded: what `globals_of` says.
        entry_point: a function that is tested under a built-in's name.
    """

    def __init__(self, requests: BinaryIO, replies: BinaryIO, loaded: dict[str, Any], entry_point: str | None) -> None:
        self._pipes = requests, replies
        self.lost = self.uncarried = False
        self.called = False
        self.nowhere = io.StringIO()  # what is printed without a test that reads it
        free = {kind: _free(offered, entry_point, kind) for kind, offered in loaded.items()}
        self._errors = own_errors(free["errors"])
        self._remote = Remote(self._asked, self._error, self.refuse, self._errors)
        self.space: dict[str, Any] = {"__name__": "test", "type": type_of(self._remote.knows)}
        if entry_point and entry_point not in free["library"]:
            self.space[entry_point] = self._undefined(entry_point)
        values = {name: self._offered(value) for name, value in loaded["values"].items()}
        self.space |= {name: Withheld(self.refuse) for name in values if name in LIBRARY}
        self.space |= {name: values[name] for name in free["values"]}
        self._current = set(free["values"])  # names that mean what they mean in the program
        self.space |= self._errors
        for name, (module, attribute) in free["library"].items():
            if module in LIBRARY and not str(attribute).startswith("_"):
                found = import_module(module)
                self.space[name] = found if attribute is None else getattr(found, attribute)

    def leave(self, test: str) -> None:
        """Leave a test the names that it binds itself."""
        with contextlib.suppress(SyntaxError, ValueError):
            top = symtable(test, "test.py", "exec").get_symbols()
            bound = {name.get_name() for name in top if name.is_assigned() or name.is_imported()} | rebound_in(test)
            self._current -= self._current if "import*" in test.replace(" ", "") else bound

    def _offered(self, form: list[Any] | None) -> Any:
        return Withheld(self.refuse) if form is None else decode(form, self._remote.find)

    def refuse(self) -> NoReturn:
        """The test needs what cannot leave the program."""
        self.uncarried = self.called = True
        raise NotPlain("an object of the program cannot be given to a test")

    def _undefined(self, name: str) -> Callable[..., Any]:
        """The tested function, as long as the program does not define it: no built-in of that name is tested."""

        def call(*_: Any, **__: Any) -> NoReturn:
            raise NameError(f"name '{name}' is not defined")

        return call

    def _asked(self, request: list[Any]) -> dict[str, Any]:
        """The reply to a request; functions of the test are called while the program waits for them."""
        requests, replies = self._pipes
        self.called = True
        try:
            send(requests, request)
            while "callback" in (reply := receive(replies)):
                send(requests, self._called_back(reply))
        except NotPlain:  # more than fits into a message
            self.refuse()
        except (Gone, OSError):
            self.lost = True
            raise Gone from None
        if not reply.get("plain", True):
            self.refuse()
        for name in self._current & reply["globals"].keys():
            self.space[name] = self._offered(reply["globals"][name])
        if sys.stdout is not self.nowhere:
            sys.stdout.write(reply["said"]) if reply["said"] is not None else self.refuse()
        return dict(reply)

    def _called_back(self, reply: dict[str, Any]) -> dict[str, Any]:
        running = self._remote.running
        try:
            given, named = running.hear(reply)
            return running.tell(self._remote.functions[reply["callback"]](*given, **named))
        except Exception as error:
            self.uncarried |= isinstance(error, NotPlain)
            return {"error": self._remote.hold(error)} | running.tell(None)

    def _error(self, reply: dict[str, Any]) -> Exception:
        bases = [str(base) for base in reply["raised"]]
        kind = next((self._errors[base] for base in bases if base in self._errors), None) or error_named(bases)
        given = decode(reply["args"], self._remote.find)
        try:
            error = kind(*given)
        except Exception:
            error = kind.__new__(kind, *given)
        for name, value in decode(reply["held"], self._remote.find).items():
            setattr(error, name, value)
        if "cause" in reply:
            error.__cause__ = self._error(reply["cause"])
        return error


class Withheld:
    """What a program offers under the name of a module that tests use, too, or too much of it; every use is refused."""

    def __init__(self, refuse: Callable[[], NoReturn]) -> None:
        self._refuse = refuse

    def __getattr__(self, name: str) -> NoReturn:
        self._refuse()


for _name in SPECIAL | {"__ne__"}:  # which Python looks up in the class
    setattr(Withheld, _name, lambda withheld, *_, **__: withheld._refuse())


def _free(offered: dict[str, Any], entry_point: str | None, kind: str) -> dict[str, Any]:
    """What may stand in a test under its name: a program that redefined `abs` or `math` could make any test pass."""
    taken = set() if kind == "library" else LIBRARY
    return {
        name: value
        for name, value in offered.items()
        if name == entry_point or not (hasattr(builtins, name) or name in taken or name.startswith("__"))
    }


def run_tests(job: dict[str, Any], requests: BinaryIO, replies: BinaryIO) -> dict[str, Any]:
    """The parent: run the tests against the child's functions."""
    result: dict[str, Any] = {"nonce": job["nonce"], "normal": None, "outcomes": [], "errors": []}
    send(requests, [job["code"], job["main"]])
    loaded = receive(replies)
    if "normal" in loaded:
        result["normal"] = str(loaded["normal"])
        loaded = receive(replies)
    if "values" not in loaded:
        return result | {"failed": str(loaded.get("failed", "no functions")), "ours": bool(loaded.get("ours"))}
    program = Program(requests, replies, loaded, job["entry_point"])
    for test in job["tests"]:
        with contextlib.redirect_stdout(program.nowhere):  # the other one is for the result
            program.leave(test)
            error = _error_of(test, program.space)
        if program.lost:  # the test itself may have caught it
            raise Gone
        if program.uncarried and error != "AssertionError":
            error = "NotPlain"
        result["outcomes"].append(error is None)
        result["errors"].append(error)
    return result | {"called": program.called}


def _error_of(test: str, space: dict[str, Any]) -> str | None:
    before = dict(space)
    try:
        if "unittest" in test:
            import unittest

            unittest.main = lambda *_, **__: None  # type: ignore[assignment]
        try:
            code = compile(test, "test.py", "exec")
        except (SyntaxError, ValueError):
            return "OddTest"  # which no program can pass
        exec(code, space)  # noqa: S102  (in the sandbox)
        run_defined(test, {name: value for name, value in space.items() if before.get(name) is not value})
    except SystemExit as error:
        return "SystemExit" if error.code or isinstance(error, Exited) else None
    except ModuleNotFoundError as error:
        module = error.name or str(error).removeprefix("No module named ").strip("'").split(".")[0]
        return "NoModule" if error.name or module in THIRD_PARTY else type(error).__name__
    except NotPlain:
        return "NotPlain"
    except Exception as error:
        if isinstance(error, TypeError | OSError) and "inspect." in test:  # of which only real functions have a source
            return "NotPlain"
        name = type(error).__name__
        return "RuntimeError" if name in {"NotPlain", "NoModule", "OddTest"} else name  # the program's own
    return None


def run_defined(test: str, defined: dict[str, Any]) -> None:
    """Run what a test defines and does not call: unittest's cases, and functions as pytest finds them.

    Raises:
        NotPlain: such a function wants an argument, which nobody here can give.
        AssertionError, RuntimeError: a case failed, or ended in an error.
    """
    unittest = sys.modules.get("unittest")
    cases = [
        one for one in defined.values() if unittest and isinstance(one, type) and issubclass(one, unittest.TestCase)
    ]
    for case in cases:
        result = unittest.TestResult()  # type: ignore[union-attr]
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)  # type: ignore[union-attr]
        if not result.wasSuccessful():
            raise RuntimeError if result.errors else AssertionError
    named = {node.id for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Name)}
    for name, function in defined.items():
        if name.startswith("test") and isinstance(function, FunctionType) and name not in named:
            if function.__code__.co_argcount > len(function.__defaults__ or ()):
                raise NotPlain(f"{name} wants an argument")
            function()
