"""What is tethered ends when its owner is killed, and so does what it started."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
OWNER = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "flows.command.tether", str(os.getpid()), "starter"])
child.wait()
"""
STARTER = """
import subprocess, sys
program = "import time, flows.environment; print('up', flush=True); time.sleep(600)"
grandchild = subprocess.Popen([sys.executable, "-c", program])
print(grandchild.pid, flush=True)
grandchild.wait()
"""


def lives(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_a_killed_owner_takes_its_processes_with_it(tmp_path: Path) -> None:
    (tmp_path / "starter.py").write_text(STARTER)
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}", "CONCERTINO_HOME": str(tmp_path)}
    owner = subprocess.Popen([sys.executable, "-c", OWNER], env=environment, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    grandchild = int(owner.stdout.readline())
    assert owner.stdout.readline() == "up\n"
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 60
    while lives(grandchild) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not lives(grandchild)
