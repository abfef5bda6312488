"""A sandbox by bubblewrap: Linux, no daemon.

The program sees an empty file system with the interpreter and /usr read-only, 16 MB of scratch space, no network, no
home, no environment, no /proc and its own process namespace.
"""

import os
import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tasks.score.sandbox.box import ENVIRONMENT, FOLDER, SCRATCH_BYTES, Box, mounted, started_by

INSTALL = "install it with `sudo apt-get install bubblewrap` (Fedora: `sudo dnf install bubblewrap`; macOS: use Docker)"
_ALLOW = "allow it with `sudo sysctl -w kernel.unprivileged_userns_clone=1` or run outside of the container"


def box() -> Box | None:
    """The sandbox, where bubblewrap is installed."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return None
    return Box("bubblewrap", _ALLOW, lambda _: _command())


@cache
def _command() -> tuple[str, ...]:
    prefix = Path(sys.base_prefix).resolve()
    interpreter = Path(os.path.realpath(sys.executable))
    if not interpreter.is_relative_to(prefix):  # a virtual environment made of copies
        interpreter = prefix / "bin" / "python3"
    command = [str(shutil.which("bwrap")), "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    command += ["--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--hostname", "sandbox"]
    command += ["--size", str(SCRATCH_BYTES), "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr"]
    for folder in ("/bin", "/lib", "/lib32", "/lib64"):
        if Path(folder).is_symlink():
            command += ["--symlink", os.readlink(folder), folder]
        elif Path(folder).is_dir():
            command += ["--ro-bind", folder, folder]
    if not prefix.is_relative_to("/usr"):
        command += ["--ro-bind", str(prefix), str(prefix)]
    for device in ("/dev/null", "/dev/urandom"):
        command += ["--dev-bind", device, device]
    for source, target in [*mounted(), *((package, f"{FOLDER}/{package.name}") for package in _numpy())]:
        command += ["--ro-bind", str(source), target]
    command += ["--chdir", "/tmp", "--remount-ro", "/"]
    # A shared libpython outside of /usr/lib is found by the loader's cache in /etc, which is not here.
    for name, value in {**ENVIRONMENT, "LD_LIBRARY_PATH": str(prefix / "lib")}.items():
        command += ["--setenv", name, value]
    return (*command, *started_by(str(interpreter)))


def _numpy() -> list[Path]:
    """Folders of numpy, the one package that programs get beyond the standard library, where it is installed."""
    found = find_spec("numpy")
    package = Path(str(found.origin)).parent if found else Path("numpy")
    return [folder for folder in (package, package.with_name("numpy.libs")) if folder.is_dir()]
