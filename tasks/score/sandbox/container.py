"""A sandbox by Docker or Podman, for macOS and for hosts without bubblewrap; starting it takes half a second and more.

The program sees the image's files read-only, 16 MB of scratch space, no network, no environment of ours, and has no
capabilities. The image is the official one of this Python, and is fetched by the user.
"""

import shutil
import subprocess
import sys
from functools import partial

from tasks.score.sandbox.box import ENVIRONMENT, SCRATCH_BYTES, Box, mounted, started_by

_IMAGE = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
_START_S = 60
_ENVIRONMENT = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")
_LIMITS = {"nofile": 128, "nproc": 128}
# A program could leave something there for the next one: runtimes let the first two be written, Podman all of them.
_CLOSED = ("/dev/shm", "/dev/mqueue", "/run", "/var/tmp")


def boxes() -> list[Box]:
    """One for each runtime that is installed."""
    return [
        Box(
            name,
            f"its image is fetched with `{name} pull {_IMAGE}`",
            partial(_command, name),
            _START_S,
            _ENVIRONMENT,
            partial(_stop, name),
        )
        for name in ("docker", "podman")
        if shutil.which(name)
    ]


def _command(runtime: str, name: str) -> list[str]:
    command = [
        runtime,
        "run",
        "--rm",
        "--interactive",
        "--pull",
        "never",
        "--name",
        name,
        "--network",
        "none",
        "--ipc",
        "none",
        "--read-only",
    ]
    command += [
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--user",
        "65534:65534",
        "--workdir",
        "/tmp",
    ]
    command += ["--memory", "1g", "--tmpfs", f"/tmp:rw,size={SCRATCH_BYTES},mode=1777"]
    for folder in _CLOSED:
        command += ["--tmpfs", f"{folder}:ro,size=4k"]
    for kind, bound in _LIMITS.items():
        command += ["--ulimit", f"{kind}={bound}:{bound}"]
    for source, target in mounted():
        command += ["--volume", f"{source}:{target}:ro"]
    for name, value in ENVIRONMENT.items():
        command += ["--env", f"{name}={value}"]
    return [*command, _IMAGE, *started_by("python3")]


def _stop(runtime: str, name: str) -> None:
    """End a container: it does not die with the command that started it."""
    subprocess.run([runtime, "rm", "--force", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
