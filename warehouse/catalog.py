"""A session with the PostgreSQL of a lake's catalog, for what homes that share the lake tell each other."""

import re
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from warehouse.errors import UserError, reason_of
from warehouse.settings import settings

_AGAIN_S = 0.2
_GONE_S = 5.0  # of many who ask a server that is gone, one finds it out
_LIMIT = "connect_timeout=10"  # a server that does not answer is gone, too; what the address itself says counts


def missing_database(error: BaseException) -> str | None:
    """How to make the database that PostgreSQL says it does not have; None where an error says something else."""
    found = re.search(r'database "(.+)" does not exist', str(error))
    return f"make it with `createdb {shlex.quote(found[1])}`" if found else None


class Catalog:
    """Opened at its first statement, and again when it was cut; each statement is a transaction. Used by any thread.

    Args:
        begin: statements of every session; what a session locks is free once it is gone, however it ends.
        patience_s: how long it is tried to open one again.
    """

    def __init__(self, begin: str = "", patience_s: float = 0.0) -> None:
        self._lake = settings().lake or ""
        self._begin, self._patience_s = begin, patience_s
        self._session: Any = None
        self._failing_since: float | None = None
        self._gone_until, self._gone = 0.0, ""

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """What a statement returns; it may be done twice where the answer to the first was cut.

        Args:
            statement: with parameters as `%(name)s`.
            parameters: by name.

        Raises:
            UserError: psycopg is not installed, or PostgreSQL cannot be used.
        """
        try:
            import psycopg
        except ImportError as error:
            raise UserError(
                "a DuckLake needs psycopg, which is not installed; pip install -c constraints.txt -e '.[lake]'"
            ) from error
        if time.monotonic() < self._gone_until:
            raise UserError(self._gone)
        while True:
            try:
                if self._session is None or self._session.closed:
                    self._session = None
                    address = f"{_LIMIT} {self._lake.removeprefix('ducklake:postgres:')}"
                    session = psycopg.connect(address, autocommit=True)
                    session.execute(self._begin)
                    self._session = session
                found: list[tuple[Any, ...]] = self._session.execute(statement, parameters).fetchall()
                self._failing_since = None
                return found
            except psycopg.Error as error:
                self._failing_since = self._failing_since or time.monotonic()
                lost = isinstance(error, psycopg.OperationalError)
                if not lost or time.monotonic() - self._failing_since > self._patience_s:
                    self._gone_until = time.monotonic() + _GONE_S
                    mend = "start its PostgreSQL, or set PGPASSWORD right" if lost else "mend that"
                    mend = missing_database(error) or mend
                    self._gone = (
                        f"the lake {self._lake} cannot be used ({reason_of(error)}); {mend}, and the same command "
                        "again continues where it was"
                    )
                    raise UserError(self._gone) from error
                time.sleep(_AGAIN_S)

    def close(self) -> None:
        """Free what is locked at once, and end the session, which alone would do it a moment later."""
        if self._session is not None:
            with suppress(Exception):  # it is gone, and so are its locks
                self._session.execute("select pg_advisory_unlock_all()")
            self._session.close()
