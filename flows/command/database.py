"""The PostgreSQL database that Prefect's server may keep its state in."""

import asyncio
from typing import TYPE_CHECKING

from warehouse.catalog import missing_database
from warehouse.errors import UserError, reason_of

if TYPE_CHECKING:
    from sqlalchemy import URL

_DRIVER = "postgresql+asyncpg"
_CONNECT_S = 10.0


def check_database(address: str) -> None:
    """Connect to a database once, with the password that PGPASSWORD or ~/.pgpass has.

    Raises:
        UserError: the address is none or has a password, which everybody on this machine would see in `ps`, or the
            database cannot be used.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
        known = url.drivername == _DRIVER and url.database
    except (ArgumentError, ValueError):
        known = None
    if not known:
        raise UserError(f"--database-url takes an address like {_DRIVER}://user@host:5432/name")
    if url.password is not None or "password" in url.query:
        raise UserError(
            "--database-url has a password, which everybody on this machine could read: set PGPASSWORD instead"
        )
    try:
        asyncio.run(_connect(url))
    except Exception as error:  # asyncpg has a class for every state of a server
        said = getattr(error, "orig", error)
        mend = missing_database(said) or "start it, or set PGPASSWORD right"
        raise UserError(
            f"the database {url.database} on {url.host} cannot be used ({reason_of(said)}); {mend}"
        ) from error


async def _connect(url: "URL") -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, connect_args={"timeout": _CONNECT_S})
    try:
        async with engine.connect():
            pass
    finally:
        await engine.dispose()
