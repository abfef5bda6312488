"""When a source's files are hashed, and which of them are as they were."""

from collections.abc import Callable, Iterator

import pytest

from tasks.ingest.digests import unchanged_of, with_digests
from tasks.ingest.registry import Batch, SourceFile


def file(name: str, digest: Callable[[], str]) -> SourceFile:
    def read() -> Iterator[Batch]:
        yield from ()

    return SourceFile(name, digest, read)


def gone() -> str:
    raise FileNotFoundError


def test_a_file_is_hashed_while_the_one_before_is_read_and_no_earlier():
    events = []

    def hashed(name: str) -> str:
        events.append(f"hash {name}")
        return name.upper()

    files = [file(name, lambda name=name: hashed(name)) for name in "abcd"]
    for one, digest in with_digests(files):
        assert digest == one.path.upper()
        events.append(f"read {one.path}")
    assert [one for one in events if one.startswith("hash")] == [f"hash {name}" for name in "abcd"]
    for before, name in zip("ab", "cd", strict=True):
        assert events.index(f"read {before}") < events.index(f"hash {name}")
    assert list(with_digests([])) == []


def test_a_file_that_is_gone_has_no_hash_and_stops_no_other():
    files = [file("a", gone), file("b", lambda: "B")]
    assert [digest for _, digest in with_digests(files)] == ["", "B"]


def test_what_was_never_read_is_not_hashed_to_be_compared():
    files = [
        file("new", lambda: pytest.fail("hashed")),
        file("same", lambda: "1"),
        file("other", lambda: "2"),
        file("gone", gone),
    ]
    known = {name: {"file_hash": text} for name, text in (("same", "1"), ("other", "1"), ("gone", ""))}
    assert [one.path for one in unchanged_of(files, known)] == ["same"]
