"""The errors that Concertino raises on purpose.

ConcertinoError
├── UserError            wrong input or setting; the message says how to fix it (exit code 2)
│   ├── WarehouseLocked  another process holds the warehouse
│   ├── UnknownName      nothing of its kind has this name
│   └── UnreadFiles      nothing could be taken from some files; everything else was
├── ProviderError        a model call failed; `retryable` says whether trying again can help
├── BudgetExceeded       the next call could pass the run's cap; what was paid for is kept
├── ContractViolation    a critical data-quality expectation failed (exit code 1)
└── Refused              a run cannot be compared with its baseline; the message says what to do (exit code 1)
"""

import copyreg
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Any

from pydantic import ValidationError

NEAR = 0.75  # of two spellings' letters are alike, where one is taken for a slip in the other


class ConcertinoError(Exception):
    """Base of all errors that Concertino raises on purpose; can be sent from process to process."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Made again from what it holds: arguments of `__init__` differ from kind to kind."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]


def without_cause(error: BaseException) -> None:
    """Forget what an error was raised from: a library's own error cannot always be sent from process to process."""
    error.__cause__ = error.__context__ = None


class UserError(ConcertinoError):
    """Wrong input or setting; the message is one sentence that says how to fix it."""


class WarehouseLocked(UserError):
    """Another process holds the warehouse; the message says who and what to open instead."""


class UnreadFiles(UserError):
    """Nothing could be taken from some files; everything else was.

    Args:
        message: one sentence.
        unread: file → why, as a sentence.
    """

    def __init__(self, message: str, unread: Mapping[str, str]) -> None:
        super().__init__(message)
        self.unread = unread


class ProviderError(ConcertinoError):
    """A model call failed.

    Args:
        kind: one of `rate_limit`, `timeout`, `server`, `connection`, `auth`, `quota`, `bad_request`, `not_found`,
            `content_filter`, `empty`, `garbage`, `not_recorded`, `unknown`.
        message: the provider's words, cut short and without keys.
        retryable: whether the same request may succeed later.
    """

    def __init__(self, kind: str, message: str, *, retryable: bool) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.retryable = retryable


class BudgetExceeded(ConcertinoError):
    """The next call could pass the run's cap; everything paid for so far is kept."""


class ContractViolation(ConcertinoError):
    """A critical data-quality expectation failed; the offending rows are in `quarantine`."""


class Refused(ConcertinoError):
    """A run was evaluated, but cannot be compared with its baseline; the message says what to do.

    Args:
        run_id: the run.
        message: the decision in one line.
    """

    def __init__(self, run_id: str, message: str) -> None:
        super().__init__(message)
        self.run_id = run_id


class UnknownName(UserError):
    """Nothing of its kind has this name."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """An error that lists the valid values of `kind`, and says which of them was probably meant."""
    names = sorted(known)
    near = get_close_matches(name, names, 1, NEAR)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return UnknownName(f"unknown {kind} '{name}'; choose one of: {', '.join(names) or '(none found)'}{hint}")


def reason_of(error: BaseException) -> str:
    """The first line of what another's error says, or its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def no_memory(error: BaseException) -> str:
    """One sentence about memory that was not to be had."""
    return f"there is not enough memory ({reason_of(error)}); make room, and the same command again continues"


def full_disk(error: BaseException) -> str | None:
    """One sentence about a disk that is full; None where an error is of something else."""
    text = " ".join(str(error).split())  # of a checkpoint it is not in the first line
    full = getattr(error, "errno", None) in (ENOSPC, EDQUOT, EFBIG)
    if not full and not any(sign in text for sign in ("No space left", "File too large")):  # DuckDB gives no number
        return None
    return f"the disk is full ({text}); make room, and the same command again continues where it was"


def fault_of(error: ValidationError) -> tuple[str, str]:
    """Where the first value is that a model does not take, with dots between keys, and what is wrong with it."""
    first = error.errors()[0]
    return ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
