"""Columns of a file that are called like ours: guessed by `init`, named by ingest, read by nobody unasked."""

from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path

from tasks.ingest.files import shown
from tasks.ingest.quarantine import Reject

Names = Mapping[str, Sequence[str]]  # our column → what files call it, most telling first


def spellings(names: Names) -> list[str]:
    """What files may call these columns of ours, in the usual cases."""
    named = {name for called in names.values() for name in called}
    camel = {first + "".join(map(str.title, rest)) for first, *rest in (name.split("_") for name in named)}
    return sorted(camel | {form(name) for name in named for form in (str.lower, str.upper, str.title)})


def look_alikes(there: Iterable[str], names: Names) -> dict[str, str]:
    """Our column → the most telling one of a file's."""
    plain = {_plain(name): name for name in sorted(there)}  # of two spellings that with underscores, in lower case
    return {
        ours: plain[next(_plain(name) for name in called if _plain(name) in plain)]
        for ours, called in names.items()
        if any(_plain(name) in plain for name in called)
    }


def unread(path: Path, there: Iterable[str], names: Names, read: Set[str], told: set[str]) -> list[Reject]:
    """A reject for every column that is called like one of ours, which the file lacks; each of ours is told once.

    Args:
        path: the file.
        there: its columns.
        names: of ours that may be lacking.
        read: its columns that are read.
        told: ours that are mapped or were told; grows.
    """
    found = {
        ours: theirs
        for ours, theirs in look_alikes(there, names).items()
        if ours not in told and ours not in there and theirs not in read
    }
    told |= found.keys()
    return [
        Reject(
            "unread_column",
            shown(path),
            "ingest_file",
            f"column '{theirs}' looks like {ours} and is not read; map it with --column.{ours} {theirs}",
        )
        for ours, theirs in found.items()
    ]


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
