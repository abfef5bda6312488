"""What a source of questions and answers is, and where sources register: one file each in `sources/`."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from profiles.dataset import Dataset
from profiles.registry import SOURCES, Registry
from tasks.ingest.quarantine import Reject
from warehouse.errors import UserError, fault_of


class SourceOptions(BaseModel):
    """Options every source knows; a source adds its own in a subclass."""

    model_config = ConfigDict(extra="forbid")

    synthetic: bool = False

    @model_validator(mode="before")
    @classmethod
    def _lists_from_text(cls, given: Any) -> Any:
        """Lists may be written as on a command line: a,b,c."""
        lists = [name for name, field in cls.model_fields.items() if field.annotation == list[str]]
        split = {name: given[name].split(",") for name in lists if isinstance(given.get(name), str)}
        return given | split


_Options = TypeVar("_Options", bound=SourceOptions)


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked for.

    Args:
        path: file or folder; None where the source needs none or the user gave none.
        datasets: globs over dataset names; other rows are passed over.
        options: the source's own options, not yet validated.
    """

    path: Path | None
    datasets: tuple[str, ...] = ("*",)
    options: Mapping[str, Any] = field(default_factory=dict)

    def parse(self, model: type[_Options]) -> _Options:
        """The options as the source's own type.

        Raises:
            UserError: an unknown option or a wrong value; the message lists the options.
        """
        try:
            return model.model_validate(dict(self.options))
        except ValidationError as error:
            where, wrong = fault_of(error)
            known = ", ".join(model.model_fields)
            raise UserError(f"source option '{where}': {wrong}; options are: {known}") from error

    def existing(self, what: str) -> Path:
        """The path, checked.

        Raises:
            UserError: none was given, or there is nothing.
        """
        if self.path is None:
            raise UserError(f"this source needs the path of {what}; give it as `path`")
        if not self.path.exists():
            named = str(self.path).encode(errors="backslashreplace").decode()
            raise UserError(f"there is nothing at {named}; give the path of {what}")
        return self.path


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a source file.

    Args:
        records: columns of `rows.RECORD`; None when the batch has none.
        prices: rows of table `price`.
        embeddings: rows of table `embedding`.
        rejects: rows that the source itself could not use.
        notes: counted remarks that reject nothing.
        others: names of datasets that were passed over.
        scored: whether the source has scores at all; only then is a missing one a defect.
    """

    records: pl.DataFrame | None = None
    prices: pl.DataFrame | None = None
    embeddings: pl.DataFrame | None = None
    rejects: tuple[Reject, ...] = ()
    notes: Mapping[str, int] = field(default_factory=Counter)
    others: frozenset[str] = frozenset()
    scored: bool = True


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that is ingested as a whole or, when its hash is known, skipped.

    Args:
        path: identifies it in `ingest_file`.
        digest: gives the SHA-256 of its bytes; called in another thread, while the file before is read, or before all
            reading where the path is known.
        read: its rows; may raise `Unreadable` at any point, what came before stays.
    """

    path: str
    digest: Callable[[], str]
    read: Callable[[], Iterator[Batch]]


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file that is not read, and why; `lost`: it should have been, and nothing stands in for it."""

    path: str
    file_hash: str
    reject: Reject
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a source will do.

    Args:
        files: in the order in which they are read.
        rejected: files that are passed over, each with a named reason.
        specifications: how its datasets are judged; the first match wins.
        synthetic: whether questions or answers are simulated; shown wherever they are.
        notes: counted remarks.
        others: names of datasets that were passed over.
        additive: its questions may be known from any source, file or model; their text must be the one that is known,
            but for white space, and stays as it is.
    """

    files: tuple[SourceFile, ...]
    rejected: tuple[RejectedFile, ...] = ()
    specifications: tuple[Dataset, ...] = ()
    synthetic: bool = False
    notes: Mapping[str, int] = field(default_factory=Counter)
    others: frozenset[str] = frozenset()
    additive: bool = False


Source = Callable[[Request], Plan]

sources: Registry[Source] = Registry("source", SOURCES)
