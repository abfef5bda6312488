"""The sandbox of Docker or Podman; skipped where neither can run the image."""

from pathlib import Path

import pytest

from tasks.score.sandbox import bubblewrap, container
from tasks.score.sandbox.box import Box
from tasks.score.sandbox.run import run_program, sandbox


@pytest.fixture
def without_bubblewrap(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bubblewrap, "box", lambda: None)
    sandbox.cache_clear()
    yield
    sandbox.cache_clear()


def test_a_runtime_that_does_not_work_is_named_with_its_complaint_and_the_way_out(
    without_bubblewrap: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "docker"
    said = "echo 'Cannot connect to the Docker daemon' >&2\necho \"Run 'docker run --help' for more\" >&2"
    fake.write_text(f"#!/bin/sh\n{said}\nexit 125\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = sandbox()
    assert isinstance(reason, str)
    assert "install bubblewrap" in reason
    assert "docker cannot make a sandbox here (Cannot connect to the Docker daemon)" in reason
    assert "`docker pull python:3." in reason


def test_programs_are_judged_in_a_container(without_bubblewrap: None) -> None:
    found = sandbox()
    if not isinstance(found, Box):
        pytest.skip(found)
    assert found.name in {box.name for box in container.boxes()}
    tests = ["assert f(1) == 2", "assert f(5) == 6"]
    assert run_program("def f(x): return x + 1", tests).passed == (True, True)
    assert run_program("def f(x): return 2", tests).passed == (True, False)
    assert run_program("import os\ndef f(x): return 2 if os.fork() else 0", tests[:1]).passed == (False,)
    folders = "[one for one, _, _ in os.walk('/') if os.access(one, os.W_OK) and not one.startswith('/proc/')]"
    assert run_program(f"import os\ndef f(x): return {folders}", ["assert f(1) == ['/tmp']"]).passed == (True,)
    online = "import socket\ndef f(x): socket.create_connection(('1.1.1.1', 53), 2); return 2"
    assert run_program(online, tests[:1]).passed == (False,)
    assert run_program("def f(x):\n    while True: pass", tests, limit_s=1).slow
