"""What every kind of sandbox has in common: what is mounted in it, and how it is started."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.score.sandbox import child, classes, confine, forkserver, held, parent, plain, remote, shared, special

FOLDER = "/box"
SCRATCH_BYTES = 16 << 20
# A fixed hash seed: the order of sets must not decide a verdict.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONPATH": FOLDER, "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Box:
    """A kind of sandbox.

    Args:
        name: of the program that makes it.
        fix: how to make that program work, as the end of a sentence.
        command: the command line that starts one, from its name.
        start_s: seconds that starting may take.
        environment: names of our variables that the command needs; the program sees none of them.
        stop: ends one by its name, where killing the command's process group does not.
    """

    name: str
    fix: str
    command: Callable[[str], Sequence[str]]
    start_s: int = 2
    environment: tuple[str, ...] = ()
    stop: Callable[[str], None] | None = None


def mounted() -> list[tuple[Path, str]]:
    """Modules of ours that run inside, and their paths there."""
    modules = (forkserver, parent, remote, child, held, plain, classes, special, shared, confine)
    return [(Path(str(one.__file__)), f"{FOLDER}/{one.__name__.replace('.', '/')}.py") for one in modules]


def started_by(interpreter: str) -> list[str]:
    """The command inside."""
    return [interpreter, "-s", "-S", "-P", "-B", f"{FOLDER}/tasks/score/sandbox/forkserver.py"]
