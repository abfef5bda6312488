"""State on shared storage, on moto's S3 server and in a folder: homes that share nothing else have the same."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path

import polars as pl
import pytest
from fsspec.asyn import get_loop
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from flows.command.checks import check
from flows.params import PublishParams
from tasks.report.task import replace_file
from tests.fill import fill, questions
from tests.local_servers import dropping, s3_bucket
from warehouse.connect import published
from warehouse.errors import UserError
from warehouse.policies import keep_policy, kept_policy
from warehouse.published import publish
from warehouse.query import run_sql
from warehouse.settings import settings
from warehouse.snapshot import Snapshot, load_snapshot, take_snapshot
from warehouse.storage import check_storage, fetch, swap_in

COUNT = "select count(*) from question"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_bucket() as url:
        yield url


@pytest.fixture(params=["s3", "file"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    base = request.getfixturevalue("s3") if request.param == "s3" else (tmp_path / "shared").as_uri()
    monkeypatch.setenv("CONCERTINO_STORAGE", f"{base}/{tmp_path.name}")
    return f"{base}/{tmp_path.name}"


def move_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another host: a home of its own."""
    monkeypatch.setenv("CONCERTINO_HOME", str(home))


def a_snapshot() -> Snapshot:
    asked = pl.DataFrame({"question_id": ["q"], "dataset": "d", "variant": "", "content_hash": "c", "text": "t"})
    cell = {"question_id": "q", "model": "m", "score": 1.0, "cost_usd": None, "cost_source": None, "extracted": "4"}
    cells = pl.DataFrame([cell | {"response_id": "r", "n_sample": 1, "latency_s": 0.5, "tokens": 9, "provenance": "f"}])
    return take_snapshot(asked, cells, ["m"], "fixed", pool="p")


def test_who_asks_elsewhere_reads_the_newest_published_copy(
    home: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCERTINO_STORAGE", f"{s3}/published")
    other = tmp_path / "other"
    move_to(other, monkeypatch)
    with pytest.raises(UserError, match="no published copy"), published():
        pass
    for n in (1, 2):
        move_to(home, monkeypatch)
        fill(question=questions(*(f"q{at}" for at in range(n))))
        publish()
        assert run_sql(COUNT).item() == n
        move_to(other, monkeypatch)
        assert run_sql(COUNT).item() == n
    before = settings().published.stat().st_ino
    assert run_sql(COUNT).item() == 2
    assert settings().published.stat().st_ino == before, "what is here already is not fetched again"
    assert not [path for path in (*home.iterdir(), *other.iterdir()) if path.suffix == ".tmp"]


def test_a_version_that_somebody_reads_stays_for_a_while(absent_home: Path, storage: str) -> None:
    absent_home.mkdir()
    path, (store, root) = settings().published, url_to_fs(storage, use_listings_cache=False)
    seen: list[str] = []
    for n in range(5):
        source = absent_home / "made.tmp"
        source.write_text(f"version {n}")
        swap_in(source, path)
        assert path.read_text() == f"version {n}"
        seen.append(json.loads(store.cat_file(f"{root}/published.json"))["path"])
        assert store.cat_file(f"{root}/{seen[-1]}") == path.read_bytes()
    there = sorted(Path(name).name for name in store.ls(f"{root}/published", detail=False))
    assert there == [Path(name).name for name in seen[-3:]]
    assert sorted(path.name for path in absent_home.iterdir()) == ["published.duckdb", "published.json"]


def test_a_host_whose_clock_is_behind_publishes_what_stays(absent_home: Path, storage: str) -> None:
    absent_home.mkdir()
    path, (store, root) = settings().published, url_to_fs(storage, use_listings_cache=False)
    ahead = [f"{root}/published/20990101T0{hour}0000000000-0a0a0a0a.duckdb" for hour in range(3)]
    for former in ahead:
        store.makedirs(f"{root}/published", exist_ok=True)
        store.pipe_file(former, b"of a host with another clock")
    time.sleep(1.1)  # S3 tells seconds
    source = absent_home / "made.tmp"
    source.write_text("the newest")
    swap_in(source, path)
    newest = json.loads(store.cat_file(f"{root}/published.json"))["path"]
    assert store.cat_file(f"{root}/{newest}") == b"the newest"
    assert not store.exists(ahead[0])
    assert store.exists(ahead[1])


def test_two_hosts_that_remove_the_same_version_both_publish(
    absent_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: LocalFileSystem, path: str) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setenv("CONCERTINO_STORAGE", (tmp_path / "shared").as_uri())
    monkeypatch.setattr(LocalFileSystem, "modified", gone)
    absent_home.mkdir()
    (source := absent_home / "made.tmp").write_text("the newest")
    swap_in(source, settings().published)
    assert settings().published.read_text() == "the newest"


def test_snapshots_and_policies_are_found_elsewhere(
    home: Path, storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, prediction = a_snapshot(), pl.DataFrame({"question_id": ["q"], "model": ["m"], "score": [0.5]})
    keep_policy("fit", {"router": "made"}, prediction, lambda folder: (folder / "weights").write_bytes(b"\0\1"))
    move_to(tmp_path / "other", monkeypatch)
    found, policy = load_snapshot(snapshot.snapshot_id), kept_policy("fit")
    assert (found.manifest, found.cells.equals(snapshot.cells)) == (snapshot.manifest, True)
    assert policy is not None
    assert (policy.manifest, policy.prediction.equals(prediction)) == ({"router": "made"}, True)
    assert (policy.folder / "weights").read_bytes() == b"\0\1"
    assert kept_policy("another") is None
    assert a_snapshot().snapshot_id == snapshot.snapshot_id
    store, root = url_to_fs(storage)
    store.rm_file(f"{root}/policies/fit/manifest.json")  # as a killed process leaves it
    move_to(tmp_path / "third", monkeypatch)
    assert kept_policy("fit") is None


def test_pages_are_there_to_be_served(home: Path, storage: str) -> None:
    for text in ("<p>one", "<p>two"):
        replace_file(settings().report, text)
    store, root = url_to_fs(storage, use_listings_cache=False)
    assert store.cat_file(f"{root}/report/index.html") == b"<p>two"
    if storage.startswith("s3"):
        assert store.info(f"{root}/report/index.html")["ContentType"] == "text/html"
    assert [Path(name).name for name in store.ls(f"{root}/report", detail=False)] == ["index.html"]


def test_what_cannot_be_put_is_not_swapped_in(absent_home: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    absent_home.mkdir()
    path, source = settings().published, absent_home / "made.tmp"
    path.write_text("old")
    source.write_text("new")
    monkeypatch.setenv("CONCERTINO_STORAGE", "s3://no-such-bucket/x")
    for use in (lambda: check("publish", PublishParams()), lambda: swap_in(source, path)):
        with pytest.raises(
            UserError, match=r"the storage s3://no-such-bucket/x cannot be used .*bucket.*; mend or unset CONCERTINO_ST"
        ):
            use()
    assert (path.read_text(), sorted(absent_home.iterdir())) == ("old", [source, path])


@pytest.mark.parametrize("mark", [b"PUT", b"/published/"], ids=["at the beginning", "under the copy"])
def test_an_endpoint_that_drops_connections_is_one_sentence_and_no_traceback(home: Path, s3: str, mark: bytes) -> None:
    fill(question=questions("q1"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with dropping(environment["AWS_ENDPOINT_URL"], mark) as endpoint:
        done = subprocess.run(
            [Path(sys.executable).with_name("concertino"), "publish"],
            env=environment | {"AWS_ENDPOINT_URL": endpoint, "CONCERTINO_STORAGE": s3, "AWS_MAX_ATTEMPTS": "2"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    sentence = rf"concertino: the storage {s3} cannot be used \(.* endpoint URL.*\); mend .*"
    assert re.fullmatch(rf"(no page: .*\n)?{sentence}\n", done.stderr)


def test_errors_of_other_kinds_below_a_request_are_still_told(
    absent_home: Path, s3: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CONCERTINO_STORAGE", s3)
    check_storage()
    for error in (ConnectionResetError("dropped"), ValueError("odd")):
        get_loop().call_exception_handler({"message": f"nobody takes {error}", "exception": error})
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == ["nobody takes odd"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("bucket/prefix", "like s3://bucket/prefix"),
        ("s3://key:secret@bucket", "a user, a password"),
        ("https://host/x?sig=secret", "a query"),
        ("no-such://bucket", "Protocol not known"),
    ],
)
def test_a_storage_that_is_none_is_refused_and_shows_no_key(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv("CONCERTINO_STORAGE", value)
    with pytest.raises(UserError, match=why) as refused:
        check("publish", PublishParams())
    assert "secret" not in str(refused.value)


def test_a_full_disk_keeps_nothing_of_what_did_not_fit(
    absent_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, there: object, *_: object, **__: object) -> None:
        Path(str(there)).write_bytes(b"half")
        raise OSError(ENOSPC, "No space left on device")

    def cut(_: object, there: str, here: str, **__: object) -> None:
        Path(here).mkdir(parents=True) if Path(there).is_dir() else full(there, here)

    monkeypatch.setenv("CONCERTINO_STORAGE", (shared := tmp_path / "shared").as_uri())
    absent_home.mkdir()
    (source := absent_home / "made.tmp").write_text("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shutil.copyfile", full)
        with pytest.raises(UserError, match="No space left"):
            swap_in(source, settings().published)
    assert not [path for path in shared.rglob("*") if path.is_file()]
    swap_in(source, settings().published)
    move_to(tmp_path / "other", monkeypatch)
    monkeypatch.setattr(LocalFileSystem, "get_file", cut)
    with pytest.raises(UserError, match="No space left"), published():
        pass
    (there := shared / "snapshots" / "s").mkdir(parents=True)
    (there / "manifest.json").write_text("{}")
    with pytest.raises(UserError, match="No space left"):
        fetch(settings().snapshots / "s")
    assert not [path for path in (tmp_path / "other").rglob("*") if path.name != "snapshots"]


def test_a_package_that_is_missing_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(url: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setenv("CONCERTINO_STORAGE", "s3://bucket")
    monkeypatch.setattr("warehouse.storage._opened", missing)
    with pytest.raises(UserError, match=r"Install s3fs .* pip install -c constraints.txt -e '.\[storage\]'"):
        check("publish", PublishParams())
