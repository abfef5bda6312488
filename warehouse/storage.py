"""Shared storage (`CONCERTINO_STORAGE`, a URL that fsspec opens): files of the home, there under the same names.

An object is there whole or not at all. Of a folder, which never changes, the manifest is put last and sought first.
"""

import json
import os
import shutil
import time
import uuid
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import UserError, full_disk, reason_of
from warehouse.settings import settings, writable_root

MANIFEST = "manifest.json"
LEFT_S = 3600.0  # nobody writes at one temporary file or folder for so long
_VERSIONS = 3  # of a file: readers of the last ones keep what they opened


def check_storage() -> None:
    """Write to the storage that is set, and remove it again.

    Raises:
        UserError: it cannot be used, or what it needs is not installed.
    """
    probe = _beside(writable_root() / "probe")
    probe.touch()
    try:
        put(probe)
        with _used() as (store, root):
            store.rm_file(f"{root}/{_name(probe)}")
    finally:
        probe.unlink()


def put(path: Path) -> None:
    """Put a file of the home, or a folder with a manifest, to the storage; nothing where none is set.

    Raises:
        UserError: the storage cannot be used; what was there before still is.
    """
    if settings().storage is None:
        return
    files = [path] if not path.is_dir() else [file for file in path.rglob("*") if file.is_file()]
    with _used() as (store, root):
        for file in sorted(files, key=lambda file: file.name == MANIFEST):
            _put(store, file, f"{root}/{_name(file)}")


@contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """A folder to write into; at the block's end it is `final`, here and on the storage: complete or not there at all.

    One that is there already stays, for it has the same content, unless the block removes it.

    Raises:
        UserError: the storage cannot be used.
    """
    temporary = _beside(final)
    for left in final.parent.glob(".*.tmp"):
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    try:
        os.rename(temporary, final)
    except OSError:  # another process wrote the same at the same moment
        shutil.rmtree(temporary)
        if not final.exists():
            raise
    put(final)


def fetch(folder: Path) -> None:
    """Bring a folder that is not below the home from the storage, if it is there.

    Raises:
        UserError: the storage cannot be used.
    """
    if settings().storage is None or (folder / MANIFEST).is_file():
        return
    with _used() as (store, root):
        there = f"{root}/{_name(folder)}"
        if not store.exists(f"{there}/{MANIFEST}"):
            return
        temporary = _beside(folder)
        try:
            store.get(f"{there}/", f"{temporary}/", recursive=True)
            with suppress(OSError):  # another process fetched it at the same moment
                os.rename(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def swap_in(source: Path, path: Path) -> None:
    """Give a new version of a file of the home its path, on the storage first: there it has a name of its own.

    Whoever reads blocks of one version would get blocks of another under a name that both have. The object
    `<stem>.json` says in `path` which version is the newest.

    Raises:
        UserError: the storage cannot be used; nothing is swapped.
    """
    if settings().storage is None:
        os.replace(source, path)
        return
    version = f"{path.stem}/{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}{path.suffix}"
    note, pointer = _beside(path), path.with_suffix(".json")
    note.write_text(json.dumps({"path": version}), encoding="utf-8")
    try:
        with _used() as (store, root):
            _put(store, source, f"{root}/{version}")
            _put(store, note, f"{root}/{pointer.name}")
            with suppress(FileNotFoundError):  # another host removes the same at this moment
                there = store.ls(f"{root}/{path.stem}", detail=False)
                for former in sorted(there, key=lambda one: (store.modified(one), one))[:-_VERSIONS]:
                    store.rm_file(former)  # by the storage's clock: those of hosts may differ
        os.replace(source, path)
        os.replace(note, pointer)
    finally:
        note.unlink(missing_ok=True)


def refresh(path: Path) -> None:
    """Bring the newest version of a file from the storage, if it is another than the one that is here.

    Raises:
        UserError: the storage cannot be used.
    """
    if settings().storage is None:
        return
    pointer = path.with_suffix(".json")
    with _used() as (store, root), suppress(FileNotFoundError):
        newest = store.cat_file(f"{root}/{pointer.name}")
        if not (path.exists() and pointer.exists() and pointer.read_bytes() == newest):
            temporary, note = _beside(path), _beside(pointer)
            try:
                store.get_file(f"{root}/{json.loads(newest)['path']}", str(temporary))
                note.write_bytes(newest)
                os.replace(temporary, path)
                os.replace(note, pointer)
            finally:
                temporary.unlink(missing_ok=True)
                note.unlink(missing_ok=True)


def lake_folder(con: duckdb.DuckDBPyConnection) -> str:
    """Where a lake has its Parquet, as `con` opens it: `lake/` of the storage, or of the home where none is set.

    DuckDB reads and writes it through fsspec, with the credentials of all else, and needs no extension of its own. It
    makes the folder when it first writes.

    Raises:
        UserError: the storage cannot be used.
    """
    if settings().storage is None:
        return str(settings().root / "lake")
    with _used() as (store, root):
        return str(Path(root, "lake")) if _is_local(store) else _registered(con, store, root)


def _registered(con: duckdb.DuckDBPyConnection, store: Any, root: str) -> str:
    from fsspec.implementations.dirfs import DirFileSystem

    if con.filesystem_is_registered(DirFileSystem.protocol):  # it may be of another setting
        con.unregister_filesystem(DirFileSystem.protocol)
    con.register_filesystem(DirFileSystem(root, store))
    return f"{DirFileSystem.protocol}://lake/"


def _name(path: Path) -> str:
    return path.relative_to(settings().root).as_posix()


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}.tmp")


def _is_local(store: Any) -> bool:
    from fsspec.implementations.local import LocalFileSystem

    return isinstance(store, LocalFileSystem)


def _put(store: Any, file: Path, there: str) -> None:
    if not _is_local(store):
        store.put_file(str(file), there)
        return
    temporary = _beside(Path(there))
    try:
        shutil.copyfile(file, temporary)
        os.replace(temporary, there)
    finally:
        temporary.unlink(missing_ok=True)  # of a disk that is full


@contextmanager
def _used() -> Iterator[tuple[Any, str]]:
    """The file system and the path of its root."""
    url = str(settings().storage)
    try:
        yield _opened(url)
    except Exception as error:  # whatever a store makes its client raise
        if full := full_disk(error):
            raise UserError(full) from error
        lacks_s3 = isinstance(error, ImportError) and url.startswith("s3:")
        mend = "pip install -c constraints.txt -e '.[storage]'" if lacks_s3 else "mend or unset CONCERTINO_STORAGE"
        raise UserError(f"the storage {url} cannot be used ({reason_of(error)}); {mend}") from error


@lru_cache(maxsize=1)
def _opened(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    store, root = url_to_fs(url, use_listings_cache=False)
    if store.async_impl:
        store.loop.set_exception_handler(_told_by_its_request)
    return store, root


def _told_by_its_request(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    """A dropped connection ends aiohttp's request with an error, and a task below with another that nobody takes."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)
