"""Hashes of a source's files: which are as they were, and those of the others in time for their reading."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tasks.ingest.registry import SourceFile


def unchanged_of(files: Sequence[SourceFile], known: Mapping[str, Mapping[str, Any]]) -> list[SourceFile]:
    """The files that have the hash they had.

    Args:
        files: of a source.
        known: rows of table `ingest_file` by path.
    """
    there = [file for file in files if file.path in known]
    with ThreadPoolExecutor() as threads:
        digests = zip(there, threads.map(_digest, there), strict=True)
        return [file for file, digest in digests if digest and digest == known[file.path]["file_hash"]]


def with_digests(files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, str]]:
    """Files and their hashes, each made while the file before is read: a large file is in memory at its turn."""
    with ThreadPoolExecutor(1) as ahead:
        digests = [ahead.submit(_digest, file) for file in files[:1]]
        for place, file in enumerate(files, 1):
            digests += [ahead.submit(_digest, following) for following in files[place : place + 1]]
            yield file, digests[place - 1].result()


def _digest(file: SourceFile) -> str:
    """Its hash; empty where it cannot be read, which reading it will tell."""
    try:
        return file.digest()
    except OSError:
        return ""
