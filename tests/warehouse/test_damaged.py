"""Damaged files and full disks: one sentence with the way out, and nothing that blocks every later command."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.damage import DAMAGE
from tests.fill import fill, questions
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.published import publish
from warehouse.query import run_sql
from warehouse.settings import settings
from warehouse.storage import LEFT_S
from warehouse.transfer import export_warehouse, import_warehouse
from warehouse.writer import load_landing


def _one_sentence(act: Callable[[], object], words: str) -> str:
    with pytest.raises(UserError, match=words) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def filled(home: Path) -> Path:
    fill(question=questions("q1", "q2"))
    publish()
    return home


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_published_copy_is_made_anew(filled: Path, damage: Callable[[Path], None]) -> None:
    damage(settings().published)
    _one_sentence(lambda: run_sql("select * from question, dataset"), "published.duckdb|query failed")
    publish()
    assert run_sql("select count(*) from question").item() == 2


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_warehouse_is_put_back_from_the_published_copy(filled: Path, damage: Callable[[Path], None]) -> None:
    damage(settings().warehouse)

    def use() -> None:
        read("select * from question")
        fill(question=questions("q4"))

    said = _one_sentence(use, "put back a backup, or the published copy")
    subprocess.run(said.rpartition(": ")[2], shell=True, check=True)
    load_landing()
    fill(question=questions("q3"))
    assert {"q1", "q2", "q3"} <= set(read("select question_id from question")["question_id"])
    publish()


@pytest.mark.parametrize("left", [b"", b"\x00" * 4096])
def test_a_warehouse_that_was_hardly_begun_is_begun_anew(absent_home: Path, left: bytes) -> None:
    absent_home.mkdir()
    settings().warehouse.write_bytes(left)
    fill(question=questions("q1"))
    assert len(read("select * from question")) == 1


@pytest.mark.parametrize("wal", [b"", b"hello" * 100, b"\x00\xff" * 4000])
def test_a_damaged_log_of_the_warehouse_stops_nobody(filled: Path, wal: bytes) -> None:
    Path(f"{settings().warehouse}.wal").write_bytes(wal)
    assert len(read("select * from question")) == 2


def test_temporary_files_of_the_dead_are_swept(filled: Path) -> None:
    folder = settings().landing / "question"
    folder.mkdir(parents=True, exist_ok=True)
    old, young = folder / ".old.tmp", folder / ".young.tmp"
    for path in (old, young):
        path.write_bytes(b"PAR1")
    os.utime(old, (time.time() - 2 * LEFT_S,) * 2)
    fill(question=questions("q3"))
    assert (old.exists(), young.exists()) == (False, True)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home on a disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(disk)]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    monkeypatch.setenv("CONCERTINO_HOME", str(disk / "home"))
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def test_a_full_disk_is_one_sentence_and_room_is_all_it_takes(small_disk: Path) -> None:
    rows = [row | {"text": os.urandom(40_000).hex()} for row in questions(*(f"q{n}" for n in range(50)))]

    def work() -> None:
        for at in range(0, 50, 10):
            fill(question=rows[at : at + 10])
        publish()

    with pytest.raises((UserError, OSError), match=r"(?i)full|no space|written"):
        work()
    resize(small_disk, "300m")
    work()
    assert run_sql("select count(*) from question").item() == 50


def test_an_import_that_does_not_fit_is_no_damage_and_leaves_nothing_behind(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "roomy"))
    fill(question=[row | {"text": os.urandom(100_000).hex()} for row in questions(*(f"q{n}" for n in range(40)))])
    there, counts = export_warehouse("night")
    monkeypatch.setenv("CONCERTINO_HOME", str(small_disk / "home"))
    (exports := small_disk / "home" / "exports").mkdir(parents=True)
    monkeypatch.setenv("CONCERTINO_STORAGE", (tmp_path / "roomy").as_uri())
    _one_sentence(lambda: import_warehouse("night"), "^the disk is full .*No space left.*; make room, and the same")
    assert not list(exports.iterdir())
    monkeypatch.delenv("CONCERTINO_STORAGE")
    (exports / "night").symlink_to(there)
    _one_sentence(lambda: import_warehouse("night"), "^the disk is full .*No space left.*; make room, and the same")
    assert read("select count(*) from question").item() == 0
    resize(small_disk, "300m")
    assert import_warehouse("night") == counts


def test_an_export_that_does_not_fit_leaves_nothing_behind(small_disk: Path) -> None:
    resize(small_disk, "40m")
    fill(question=[row | {"text": os.urandom(100_000).hex()} for row in questions(*(f"q{n}" for n in range(12)))])
    (small_disk / "other").write_bytes(b"0" * (shutil.disk_usage(small_disk).free - 500_000))
    _one_sentence(lambda: export_warehouse("night"), "^the disk is full .*No space left.*; make room, and the same")
    assert not list((small_disk / "home" / "exports").iterdir())


def test_a_read_only_disk_is_read_and_its_writer_gets_one_sentence(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting a disk needs root")
    try:
        shutil.copytree(filled, disk / "home")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        monkeypatch.setenv("CONCERTINO_HOME", str(disk / "home"))
        assert run_sql("select count(*) from question").item() == 2
        with pytest.raises(OSError, match="Read-only"):
            fill(question=questions("q3"))
        _one_sentence(publish, "nothing can be written")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_fills_as_the_warehouse_is_closed_is_told_so_and_nothing_is_lost(filled: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def more_than_fits() -> None:
        with connection("filling") as con:
            con.execute("create table filler as select range as i, md5(range::varchar) as s from range(20_000)")
            resource.setrlimit(resource.RLIMIT_FSIZE, (settings().warehouse.stat().st_size, hard))

    try:
        _one_sentence(more_than_fits, "^the disk is full .*File too large.*; make room, and the same command")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read("select count(*) from filler").item() == 20_000
