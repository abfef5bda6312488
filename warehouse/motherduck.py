"""The published copy on MotherDuck (`CONCERTINO_MOTHERDUCK`), for readers who reach no file of ours."""

import os
from pathlib import Path

import duckdb

from warehouse.errors import UserError, reason_of
from warehouse.extension import load_extension
from warehouse.migrate import literal
from warehouse.settings import settings

_TOKENS = ("MOTHERDUCK_TOKEN", "motherduck_token")  # the service's own names


def check_motherduck() -> None:
    """Nothing where no database is set.

    Raises:
        UserError: there is no token for it; the service's client would open a browser and wait.
    """
    if settings().motherduck is not None and not any(map(os.environ.get, _TOKENS)):
        raise UserError("CONCERTINO_MOTHERDUCK is set, and MOTHERDUCK_TOKEN is not; set it to the account's token")


def upload(copy: Path) -> None:
    """Replace the database that is set by a copy; nothing where none is set.

    Raises:
        UserError: the extension is not installed, or the service does not take it; the copy here stays.
    """
    database = settings().motherduck
    if database is None:
        return
    with duckdb.connect() as con:
        try:
            load_extension(con, "motherduck", "CONCERTINO_MOTHERDUCK", "motherduck")
            con.execute("attach 'md:'")
            con.execute(f'create or replace database "{database}" from {literal(copy)}')
        except duckdb.Error as error:
            raise UserError(
                f"the copy is published here, but MotherDuck did not take it as {database} "
                f"({reason_of(error)}); `concertino publish` tries again"
            ) from error
