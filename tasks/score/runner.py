"""Runs inside the sandbox, alone and with the standard library only: a model's program and the tests on it.

Two processes. The child holds the program and nothing else: no test, no nonce, no way to the result. The parent runs
the tests; each function of the program is there a stand-in that asks the child for a value. Only plain data comes back
(numbers, text, lists, tuples, sets, dictionaries), so a program cannot forge a success by printing one, exiting early,
overriding `==` or patching the interpreter: it would have to return the right values.
"""

import ast
import builtins
import contextlib
import ctypes
import fcntl
import json
import os
import platform
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn

_MEMORY = 512 << 20
_FILE = 1 << 20
_MESSAGE = 4 << 20
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 4, 38, 22, 2
# Audit architecture, four calls that are refused by their arguments, then what is refused: new programs and processes,
# tracing, signalling and slowing down others, sockets, namespaces, mounts, keyrings, and the kernel interfaces that
# could do these by another name.
SYSTEM_CALLS = {
    "x86_64": (0xC000003E, {"clone": 56, "tgkill": 234, "prlimit": 302, "fcntl": 72}, (
        57, 58, 59, 322, 101, 310, 311, 312, 62, 200, 129, 297, 424, 434, 438, 41, 53, 272, 308, 165, 425, 321, 323,
        298, 141, 142, 144, 203, 314, 251, 256, 279, 440, 448, 248, 249, 250)),
    "aarch64": (0xC00000B7, {"clone": 220, "tgkill": 131, "prlimit": 261, "fcntl": 25}, (
        221, 281, 117, 270, 271, 272, 129, 130, 138, 240, 424, 434, 438, 198, 199, 97, 268, 40, 425, 280, 282, 241,
        140, 118, 119, 122, 274, 30, 238, 239, 440, 448, 217, 218, 219)),
}  # fmt: skip
_CLONE3, _CLONE_THREAD, _F_SETOWN_EX, _EPERM, _ENOSYS = 435, 0x10000, 15, 1, 38


class Gone(BaseException):
    """The program's process ended, or sent too much; no test may mistake this for an exception of the program."""


class NotPlain(TypeError):
    """A value that is not plain data, and so cannot leave the program."""


def encode(value: Any) -> list[Any]:
    """A tagged JSON form of plain data."""
    if value is None or isinstance(value, bool):
        return ["const", value]
    for number in (int, float, complex):
        if isinstance(value, number):
            return [number.__name__, number.__repr__(value)]  # not the value's own, which its class may override
    if isinstance(value, str):
        return ["str", str.__str__(value)]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    for collection in (list, tuple, set, frozenset):
        if isinstance(value, collection):
            return [collection.__name__, [encode(element) for element in value]]
    if isinstance(value, dict):
        return ["dict", [[encode(key), encode(held)] for key, held in value.items()]]
    raise NotPlain(f"a {type(value).__name__} is not plain data")


def decode(tagged: list[Any]) -> Any:
    """The value of a tagged form; the inverse of `encode` on plain types."""
    tag, held = tagged
    if tag == "dict":
        return {decode(key): decode(value) for key, value in held}
    if tag in {"list", "tuple", "set", "frozenset"}:
        return getattr(builtins, tag)(decode(element) for element in held)
    if tag == "bytes":
        return bytes.fromhex(held)
    if tag in {"int", "float", "complex"}:
        return getattr(builtins, tag)(held)
    return held


def send(pipe: BinaryIO, message: Any) -> None:
    """Write one message as a line."""
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Read one message.

    Raises:
        Gone: there is no whole message to read.
    """
    line = pipe.readline(_MESSAGE)
    if not line.endswith(b"\n"):
        raise Gone
    return json.loads(line)


def normal_form(code: str) -> str:
    """A program without comments, layout and docstrings."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def run_program(requests: BinaryIO, replies: BinaryIO) -> None:
    """The child: load the program, then call its functions as asked."""
    code = receive(requests)
    try:
        normal = normal_form(code)
    except SyntaxError as error:
        return send(replies, {"failed": f"SyntaxError: {error.msg}"})
    send(replies, {"normal": normal})
    names: dict[str, Any] = {"__name__": "program"}
    try:
        exec(compile(code, "program.py", "exec"), names)  # noqa: S102  (this is what the sandbox is for)
    except BaseException as error:
        return send(replies, {"failed": type(error).__name__})
    send(replies, {"names": [name for name, value in names.items() if callable(value)][:500]})
    while True:
        name, arguments, named = receive(requests)
        try:
            value = encode(names[name](*decode(arguments), **decode(named)))
        except BaseException as error:
            send(replies, {"raised": type(error).__name__, "plain": not isinstance(error, NotPlain)})
        else:
            send(replies, {"value": value})


def run_tests(job: dict[str, Any], requests: BinaryIO, replies: BinaryIO) -> dict[str, Any]:
    """The parent: run the tests against the child's functions."""
    result: dict[str, Any] = {"nonce": job["nonce"], "normal": None, "outcomes": [], "errors": []}
    send(requests, job["code"])
    loaded = receive(replies)
    if "normal" in loaded:
        result["normal"] = str(loaded["normal"])
        loaded = receive(replies)
    if "names" not in loaded:
        return result | {"failed": str(loaded.get("failed", "no functions"))}

    lost: list[str] = []

    def stand_in(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            request = [name, encode(arguments), encode(named)]
            try:
                send(requests, request)
                reply = receive(replies)
            except (Gone, OSError):
                lost.append(name)
                raise Gone from None
            if "value" in reply:
                return decode(reply["value"])
            raise error_named(str(reply.get("raised")))

        return call

    own = [name for name in loaded["names"] if isinstance(name, str) and not hasattr(builtins, name)]
    space = {name: stand_in(name) for name in [*own, *filter(None, [job["entry_point"]])]}
    for test in job["tests"]:
        error = _error_of(test, space)
        if lost:  # the test itself may have caught it
            raise Gone
        result["outcomes"].append(error is None)
        result["errors"].append(error)
    return result


def error_named(name: str) -> type[Exception]:
    """What a test sees of an exception of the program: never one that ends a process or somebody's iteration."""
    error = getattr(builtins, name, None)
    if not isinstance(error, type) or not issubclass(error, Exception):
        return RuntimeError
    return RuntimeError if issubclass(error, StopIteration | StopAsyncIteration) else error


def _error_of(test: str, space: dict[str, Any]) -> str | None:
    try:
        exec(compile(test, "test.py", "exec"), space)  # noqa: S102  (in the sandbox)
    except Exception as error:
        return type(error).__name__
    return None


def out_of_time(pid: int) -> bool:
    """Whether the child was killed by its CPU limit; it has a second to end."""
    for _ in range(100):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
        time.sleep(0.01)
    return False


def confine() -> None:
    """Refuse the child every way to start, trace, signal or limit another process (seccomp, with no way back)."""
    architecture, calls, refused = SYSTEM_CALLS[platform.machine()]
    load, equal, at_least, has_bits, give = 0x20, 0x15, 0x35, 0x45, 0x06
    first, second = (load, 0, 0, 16), (load, 0, 0, 24)
    deny, allow = (give, 0, 0, 0x00050000 | _EPERM), (give, 0, 0, 0x7FFF0000)
    arguments = {
        "clone": [first, (has_bits, 1, 0, _CLONE_THREAD), deny, allow],
        "tgkill": [first, (equal, 1, 0, os.getpid()), deny, allow],
        "prlimit": [first, (equal, 1, 0, 0), deny, allow],
        "fcntl": [second, (equal, 1, 0, fcntl.F_SETOWN), (equal, 0, 1, _F_SETOWN_EX), deny, allow],
    }
    rules = [
        (load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, 0x80000000),
        (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), deny,
        (equal, 0, 1, _CLONE3), (give, 0, 0, 0x00050000 | _ENOSYS),
        *(rule for call in refused for rule in ((equal, 0, 1, call), deny)),
        *(rule for name, tests in arguments.items() for rule in ((equal, 0, len(tests), calls[name]), *tests)),
        allow,
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(rules), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "seccomp")


def limit(seconds: int) -> None:
    """Bound what this process and its child may use."""
    for kind, bound in (
        (resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_FSIZE, _FILE), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_NPROC, 64), (resource.RLIMIT_CPU, seconds),
    ):  # fmt: skip
        resource.setrlimit(kind, (bound, bound))


def child(requests: int, replies: int) -> NoReturn:
    """Everything the forked child does."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(3, min(requests, replies))
    confine()
    with contextlib.suppress(BaseException):
        run_program(os.fdopen(requests, "rb"), os.fdopen(replies, "wb"))
    os._exit(0)


def main(seconds: int) -> None:
    """Fork the child before the job is read, so that it never holds a test or the nonce; then judge."""
    limit(seconds)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody may trace this process
    from_parent, to_child = os.pipe()
    from_child, to_parent = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(to_child)
        os.close(from_child)
        child(from_parent, to_parent)
    os.close(from_parent)
    os.close(to_parent)
    job = json.loads(sys.stdin.buffer.read())
    try:
        result = run_tests(job, os.fdopen(to_child, "wb"), os.fdopen(from_child, "rb"))
    except (Gone, Exception):  # whatever the program sent, it was no proper answer
        result = {"nonce": job["nonce"], "failed": "SystemExit", "slow": out_of_time(pid)}
    print(json.dumps(result))  # noqa: T201  (the result channel)


if __name__ == "__main__":
    main(int(sys.argv[1]))
