"""Odd homes and wrong values: they work, or are one sentence before anything is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fill import fill, questions
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.published import publish
from warehouse.query import run_sql
from warehouse.settings import check_settings, settings, writable_root

WORKING = [
    "it's",
    'a "quoted" one',
    "100 %20 #1",
    "ünï [x] {y} *",
    "a;b:c=d&e@f",
    "$HOME",
    "-x",
    "new\\nline",
    "~",
    "x" * 255,
]


@pytest.mark.parametrize("name", WORKING)
def test_an_odd_home_works(name: str, tmp_path: Path, empty_warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name.replace("*", "starry")).mkdir()
    (tmp_path / name).mkdir(exist_ok=True)
    shutil.copy(empty_warehouse, tmp_path / name)
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / name))
    assert check_settings() == []
    fill(question=questions("q1", "q2"))
    publish()
    assert run_sql("select count(*) from question").item() == 2
    assert len(rows("run_running")) == 0
    assert settings().published.parent == tmp_path / name


@pytest.mark.parametrize(
    ("home", "words"),
    [
        ("FILE", "no folder"),
        ("FILE/below", "Not a directory"),
        ("/dev/null", "no folder"),
        ("/dev/null/x", "Not a"),
        ("x" * 300, "too long"),
        ("y/" * 3000, "too long"),
        ("what?", "with \\?"),
        ("a\nb", "control codes"),
        ("a\x1b[2J", "control codes"),
        (" ", "name a folder on this machine"),
        ("s3://bucket/home", "name a folder on this machine"),
        ("file:///tmp/home", "name a folder on this machine"),
        ("LOOP", "(?i)loop|too many"),
        ("~nosuchuser/x", "home"),
    ],
)
def test_a_home_that_can_be_none_is_said_before_any_work(
    home: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    named = home.replace("FILE", str(tmp_path / "file")).replace("LOOP", str(tmp_path / "loop"))
    monkeypatch.setenv("CONCERTINO_HOME", named)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=words):
        check_settings()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


def test_a_home_where_nothing_can_be_written_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_HOME", "/proc/concertino")  # root may write to folders without write bits
    with pytest.raises(UserError, match="nothing can be written to /proc/concertino"):
        writable_root()
    with pytest.raises(UserError, match="nothing can be written"):
        rows("run_running")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOCK_WAIT_S", "abc"),
        ("LOCK_WAIT_S", "-1"),
        ("LOCK_WAIT_S", "nan"),
        ("LOCK_WAIT_S", "inf"),
        ("STORAGE", "s3://"),
        ("STORAGE", "file:///"),
        ("WAREHOUSE", "ducklake:postgres:dbname=postgresql://me:a-secret@db/lake"),
        ("WEBHOOK_URL", "hooks/a-secret"),
        ("WEBHOOK_URL", "ftp://x/a-secret"),
        ("WEBHOOK_URL", "http://[a-secret"),
        ("STORAGE_VERSION", "new"),
        ("STORAGE_VERSION", "v1.5.0'); drop table question; --"),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, value: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CONCERTINO_{name}", value)
    with pytest.raises(UserError, match=f"CONCERTINO_{name} is") as caught:
        check_settings()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_empty_value_is_none_and_a_near_miss_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_LOCK_WAIT_S", "")
    monkeypatch.setenv("CONCERTINO_HOEM", "x")
    monkeypatch.setenv("CONCERTINO_PROVIDER_PASSWORD", "a key of a pool")
    assert check_settings() == ["CONCERTINO_HOEM is no setting; did you mean CONCERTINO_HOME?"]


@pytest.mark.parametrize("command", [["queries"], ["score"], ["doctor"], ["ask", "x"], ["up"]])
def test_every_command_says_so_and_exits_2(command: list[str], tmp_path: Path) -> None:
    for name, value in (("CONCERTINO_HOME", "/dev/null"), ("CONCERTINO_LOCK_WAIT_S", "abc")):
        done = subprocess.run(
            [sys.executable, "-m", "flows", *command],
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | {"CONCERTINO_HOME": str(tmp_path / "home"), name: value},
        )
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith(f"concertino: {name} ")
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize(
    "value", ["dask", "dask:", "dask://", "dask://host", "dask://host:", "ray", "dask://a b:1", "2"]
)
def test_a_task_runner_that_is_none_is_one_sentence(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", value)
    with pytest.raises(UserError) as refused:
        check_settings()
    assert str(refused.value) == (
        f"CONCERTINO_TASK_RUNNER is '{value}': it is none of threads, dask:local and dask://HOST:PORT; "
        "set it right or unset it"
    )


@pytest.mark.parametrize(
    "value", ["threads", "dask:local", "dask://10.0.0.7:8786", "dask://a-b.example:1", "dask://[::1]:8786"]
)
def test_a_task_runner_of_the_three_kinds_is_taken(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_TASK_RUNNER", value)
    check_settings()
    assert settings().task_runner == value
