"""The claims of all homes that share a lake: rows beside its catalog in PostgreSQL, each held by a living session.

Homes know an answer of another only when it is in the lake, so every half minute what came so far is loaded, and until
then its request is held. A session that was cut is made anew in time to hold what it held. That of a host that is lost
is not: its requests are free, and those whose answers only its landing folder has are asked and paid again.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from warehouse.catalog import Catalog
from warehouse.errors import ConcertinoError
from warehouse.writer import move_landed

SHARED_EVERY_S = 30.0
PATIENCE_S = 10.0  # for a PostgreSQL that is started again; Ctrl-C waits no longer
_LOOK_EVERY_S = 0.5
_BEAT_EVERY_S, _SILENCE_S = 1.0, 3.0  # who is silent for longer is dead
_LOCKS = 1668247139  # PostgreSQL's advisory locks with this first number are the sessions' own
_BEGIN = f"""
set synchronous_commit = off;
select pg_advisory_xact_lock({_LOCKS});
create table if not exists concertino_claim (key bytea primary key, owner integer, since timestamptz default now());
delete from concertino_claim where since < now() - interval '7 days';  -- no client lives on what it knew then
select pg_advisory_lock_shared({_LOCKS}, %s)
"""
_TAKE = f"""
with
    living as materialized (
        select objid::bigint as session from pg_locks
        where locktype = 'advisory' and classid = {_LOCKS} and objsubid = 2
            and database = (select oid from pg_database where datname = current_database())
    ),
    fresh as (
        insert into concertino_claim (key, owner) select unnest(%(keys)s::bytea[]), %(owner)s
        on conflict do nothing
        returning key
    ),
    again as (
        update concertino_claim set owner = %(owner)s, since = now()
        where key = any(%(keys)s::bytea[])
            and (
                owner is null or owner = %(owner)s
                or owner = any(%(dead)s::integer[]) and owner not in (select session from living)
            )
        returning key
    )
select key, false, null::integer from fresh
union all select key, true, null from again
union all select distinct null::bytea, null::boolean, owner from concertino_claim
where key = any(%(keys)s::bytea[]) and owner not in (select session from living)
"""
_FREE = "update concertino_claim set owner = null where key = any(%(keys)s::bytea[]) and owner = %(owner)s returning 1"
_log = logging.getLogger("concertino")


class LakeClaims:
    """As `claims.Claims`, among all homes of the lake that is set."""

    def __init__(self) -> None:
        self._owner = secrets.randbits(31)
        self._catalog = Catalog(_BEGIN % self._owner, PATIENCE_S)
        self._asking: set[str] = set()
        self._kept: set[str] = set()
        self._landed: set[str] = set()
        self._wanted: set[str] = set()
        self._given: set[str] = set()
        self._got: dict[str, bool] = {}
        self._silent: dict[int, float] = {}  # session → when it was first seen to be no more
        self._line = asyncio.Lock()
        self._beating: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[bool]:
        """Hold a request; waits while anybody else holds it, in any home.

        Args:
            key: request key, 64 hex digits.

        Yields:
            Whether somebody asked it before, so that there may be an answer; nobody else can get another meanwhile.

        Raises:
            UserError: PostgreSQL cannot be used.
        """
        loop = asyncio.get_running_loop()
        self._beating = self._beating or loop.create_task(self._beat())
        self._asking.add(key)
        try:
            while (answered := await self._taken(key)) is None:
                await asyncio.sleep(_LOOK_EVERY_S - loop.time() % _LOOK_EVERY_S)  # all that wait look at once
            yield answered
        finally:
            self._wanted.discard(key)
            if key in self._asking:
                self._asking.discard(key)
                self._given.add(key)
                with suppress(ConcertinoError):  # it goes with the next ones, or with the session
                    await self._trip()

    def keep(self, key: str) -> None:
        """A request that is held has its answer, and stays held until that is in the lake."""
        self._asking.discard(key)
        self._kept.add(key)

    def landed(self) -> None:
        """All answers so far are landed."""
        self._landed |= self._kept
        self._kept.clear()

    async def close(self) -> None:
        """Let the others have what is landed, and give everything back."""
        if self._beating is not None:
            self._beating.cancel()
            await self._share()
        await asyncio.to_thread(self._catalog.close)

    async def _taken(self, key: str) -> bool | None:
        self._got.pop(key, None)
        self._wanted.add(key)
        await self._trip()
        return self._got.pop(key, None)

    async def _trip(self) -> None:
        """Tell PostgreSQL what is wanted and given back by now: one way takes as long as many."""
        async with self._line:
            if self._wanted or self._given:
                wanted, given = tuple(self._wanted), tuple(self._given)
                self._got |= await asyncio.to_thread(self._exchanged, wanted, given)
                self._wanted.difference_update(wanted)
                self._given.difference_update(given)

    def _exchanged(self, wanted: Iterable[str], given: Iterable[str]) -> dict[str, bool]:
        if given:
            self._catalog.rows(_FREE, self._rows(given))
        if not wanted:
            return {}
        now = time.monotonic()
        self._silent = {one: since for one, since in self._silent.items() if now - since < 2 * _SILENCE_S}
        dead = [one for one, since in self._silent.items() if now - since > _SILENCE_S]
        found = self._catalog.rows(_TAKE, self._rows(wanted) | {"dead": dead})
        for silent in {silent for *_, silent in found} - {None}:
            self._silent.setdefault(silent, now)
        return {key.hex(): answered for key, answered, silent in found if silent is None}

    def _rows(self, keys: Iterable[str]) -> dict[str, Any]:
        return {"keys": [bytes.fromhex(key) for key in sorted(keys)], "owner": self._owner}  # one order: no deadlocks

    async def _beat(self) -> None:
        """Have a session again where it was cut, and let the others have what came."""
        loop = asyncio.get_running_loop()
        shared_at = loop.time()
        while True:
            await asyncio.sleep(min(_BEAT_EVERY_S, SHARED_EVERY_S))
            with suppress(ConcertinoError):  # whoever wants a request is told
                await asyncio.to_thread(self._catalog.rows, "select 1", {})
            if loop.time() - shared_at >= SHARED_EVERY_S:
                await self._share()
                shared_at = loop.time()

    async def _share(self) -> None:
        """Load what came so far: a host that is lost loses its landing folder, too."""
        if not self._landed:
            return
        landed = frozenset(self._landed)
        try:
            await asyncio.to_thread(move_landed, ("call", "response"))
            self._landed -= landed
            self._given |= landed
            await self._trip()
        except Exception as error:  # what stays is loaded, and what was set aside is told, at the end
            _log.warning("%s", error)
