"""The claims of all homes that share a lake: rows beside its catalog in PostgreSQL, each held by a living session.

Homes know an answer of another only when it is in the lake, so every half minute what came so far is loaded, and until
then its request is held. A session that was cut is made anew in time to hold what it held. That of a host that is lost
is not: its requests are free, and those whose answers only its landing folder has are asked and paid again. What it may
have paid for them stands beside the claim and is booked by whoever comes next; its own rows, should they ever come,
have the same identifiers.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from warehouse.catalog import Catalog
from warehouse.errors import ConcertinoError
from warehouse.settings import settings
from warehouse.writer import move_landed

SHARED_EVERY_S = 30.0
PATIENCE_S = 10.0  # for a PostgreSQL that is started again; Ctrl-C waits no longer
_LOOK_EVERY_S = 0.5
_BEAT_EVERY_S, _SILENCE_S = 1.0, 3.0  # who is silent for longer is dead
_LOCKS = 1668247139  # PostgreSQL's advisory locks with this first number are the sessions' own
_TABLE = f"""
set synchronous_commit = off;
select pg_advisory_xact_lock({_LOCKS});
create table if not exists concertino_claim (key bytea primary key, owner integer, since timestamptz default now());
do $$ begin  -- only the table's owner may, and once is enough
    if not exists (select from pg_attribute where attrelid = 'concertino_claim'::regclass and attname = 'calls') then
        alter table concertino_claim add column calls text[];  -- under way, or not yet in the lake
    end if;
end $$;
delete from concertino_claim  -- no client lives on what it knew then
where since < now() - interval '7 days' and coalesce(cardinality(calls), 0) = 0
"""
_BEGIN = f"{_TABLE};\nselect pg_advisory_lock_shared({_LOCKS}, %s)"
_LIVING = f"""
living as materialized (
    select objid::bigint as session from pg_locks
    where locktype = 'advisory' and classid = {_LOCKS} and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
)
"""
_TAKE = f"""
with
    {_LIVING},
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
_TELL = """
update concertino_claim as claim set calls = array_remove(array_remove(claim.calls, told.was), told.call) || told.call
from unnest(%(keys)s::bytea[], %(calls)s::text[], %(were)s::text[]) as told (key, call, was)
where claim.key = told.key and claim.owner = %(owner)s
returning 1
"""
_WITHOUT = """
update concertino_claim as claim
set {also} calls = array(select one.call from unnest(claim.calls) as one (call) where one.call <> all(gone.calls))
from (
    select key, array_agg(call) as calls from unnest(%(keys)s::bytea[], %(calls)s::text[]) as told (key, call)
    group by key
) as gone
where claim.key = gone.key
"""
_FREE = _WITHOUT.format(also="owner = null,") + "and claim.owner = %(owner)s returning 1"
_BOOKED = _WITHOUT.format(also="") + "returning 1"
_LOST = f"""
with {_LIVING}
select claim.key, lost.call from concertino_claim as claim cross join unnest(claim.calls) as lost (call)
where split_part(lost.call, ' ', 1)::bigint not in (select session from living)  -- whoever holds it now
"""
_log = logging.getLogger("concertino")


@contextmanager
def lost_calls() -> Iterator[list[dict[str, Any]]]:
    """Rows of `call` of what lost hosts had under way or did not share; forgotten where the block ends well.

    Raises:
        UserError: PostgreSQL cannot be used.
    """
    if settings().lake is None:
        yield []
        return
    with closing(Catalog(_TABLE, PATIENCE_S)) as catalog:
        lost = catalog.rows(_LOST)
        if lost:  # a session that was cut is made anew
            time.sleep(_SILENCE_S)
            lost = [one for one in catalog.rows(_LOST) if one in lost]
        yield [_row(call) for _, call in lost]
        if lost:
            catalog.rows(_BOOKED, {"keys": [key for key, _ in lost], "calls": [call for _, call in lost]})


class LakeClaims:
    """As `claims.Claims`, among all homes of the lake that is set."""

    def __init__(self) -> None:
        self._owner = secrets.randbits(31)
        self._catalog = Catalog(_BEGIN % self._owner, PATIENCE_S)
        self._asking: set[str] = set()
        self._kept: set[tuple[str, str | None]] = set()  # request key, and the call where it failed
        self._landed: set[tuple[str, str | None]] = set()
        self._over: set[tuple[str, str | None]] = set()  # nobody need know these calls any more
        self._wanted: set[str] = set()
        self._given: set[str] = set()
        self._got: dict[str, bool] = {}
        self._told: dict[str, tuple[str, str | None]] = {}  # request key → call, and what was told of it before
        self._calls: dict[str, list[str]] = {}  # of all that is held
        self._silent: dict[int, float] = {}  # session → when it was first seen to be no more
        self._line = asyncio.Lock()
        self._beating: asyncio.Task[None] | None = None
        self._sharing: asyncio.Task[None] | None = None

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
                    await self._trip(lambda: key in self._given)

    async def under_way(self, key: str, call: Mapping[str, Any]) -> None:
        """A request that is held is asked once this returns.

        Args:
            key: request key.
            call: row of `call` that is booked if this host is lost before the answer is in the lake.

        Raises:
            UserError: PostgreSQL cannot be used.
        """
        self._tell(key, call)
        await self._trip(lambda: key in self._told)

    def keep(self, key: str, call: Mapping[str, Any]) -> None:
        """A request that is held has its answer, and stays held until that is in the lake.

        Args:
            key: request key.
            call: in place of the row that it was under way with; told within a second.
        """
        self._tell(key, call, self._calls.get(key, [None])[-1])
        self._asking.discard(key)
        self._kept.add((key, None))

    def failed(self, key: str, *, free: bool) -> None:
        """The call that a request is under way with gave no answer.

        Args:
            key: request key; held until the request is given back, what this call may have cost until that is in the
                lake.
            free: it cost nothing.
        """
        (self._over if free else self._kept).add((key, self._calls[key].pop()))

    def landed(self) -> None:
        """All answers so far are landed, and what failed calls may have cost."""
        self._landed |= self._kept
        self._kept.clear()

    async def close(self) -> None:
        """Let the others have what is landed, and give everything back."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(*filter(None, [self._sharing]))
            await self._share()
        await asyncio.to_thread(self._catalog.close)

    def _tell(self, key: str, call: Mapping[str, Any], was: str | None = None) -> None:
        told = f"{self._owner} {orjson.dumps(call).decode()}"
        self._told[key] = told, was
        self._calls.setdefault(key, []).append(told)

    async def _taken(self, key: str) -> bool | None:
        self._got.pop(key, None)
        self._wanted.add(key)
        await self._trip(lambda: key in self._wanted)
        return self._got.pop(key, None)

    async def _trip(self, needed: Callable[[], bool]) -> None:
        """Tell PostgreSQL what is wanted, asked and given back by now, unless another trip did: many cost as one."""
        async with self._line:
            if needed():
                wanted, told, given, over = set(self._wanted), dict(self._told), set(self._given), set(self._over)
                found = await asyncio.to_thread(self._exchanged, wanted, told, given, over)
                self._wanted.difference_update(wanted)
                self._given.difference_update(given)
                self._over.difference_update(over)
                for key, one in told.items():
                    if self._told[key] is one:
                        del self._told[key]
                for key in given:
                    self._calls.pop(key, None)
                self._got |= found

    def _exchanged(
        self,
        wanted: Iterable[str],
        told: Mapping[str, tuple[str, str | None]],
        given: Iterable[str],
        over: Iterable[tuple[str, str | None]],
    ) -> dict[str, bool]:
        """Whether it was asked before, by key of all that is held now."""
        if told:
            self._catalog.rows(_TELL, self._rows((key, *calls) for key, calls in told.items()))
        if over:
            self._catalog.rows(_BOOKED, self._rows((key, call, None) for key, call in over))
        if given:
            own = ((key, call, None) for key in given for call in self._calls.get(key) or [""])
            self._catalog.rows(_FREE, self._rows(own))
        if not wanted:
            return {}
        now = time.monotonic()
        self._silent = {one: since for one, since in self._silent.items() if now - since < 2 * _SILENCE_S}
        dead = [one for one, since in self._silent.items() if now - since > _SILENCE_S]
        found = self._catalog.rows(_TAKE, self._rows((key, None, None) for key in wanted) | {"dead": dead})
        for silent in {silent for *_, silent in found} - {None}:
            self._silent.setdefault(silent, now)
        return {key.hex(): answered for key, answered, silent in found if silent is None}

    def _rows(self, rows: Iterable[tuple[str, str | None, str | None]]) -> dict[str, Any]:
        in_one_order = sorted(rows, key=itemgetter(0))  # no deadlocks
        keys, calls, were = map(list, zip(*in_one_order, strict=True))
        return {"keys": list(map(bytes.fromhex, keys)), "calls": calls, "were": were, "owner": self._owner}

    async def _beat(self) -> None:
        """Have a session again where it was cut, and let the others have what came."""
        loop = asyncio.get_running_loop()
        shared_at = loop.time()
        while True:
            await asyncio.sleep(min(_BEAT_EVERY_S, SHARED_EVERY_S))
            with suppress(ConcertinoError):  # whoever wants a request is told
                await asyncio.to_thread(self._catalog.rows, "select 1", {})
                await self._trip(lambda: bool(self._told or self._over))
            if loop.time() - shared_at >= SHARED_EVERY_S and (self._sharing is None or self._sharing.done()):
                self._sharing = loop.create_task(self._share())  # beside: it may wait for the lake's writer
                shared_at = loop.time()

    async def _share(self) -> None:
        """Load what came so far: a host that is lost loses its landing folder, too."""
        landed = frozenset(self._landed)
        try:
            if landed:
                await asyncio.to_thread(move_landed, ("call", "response"))
            self._landed -= landed
            self._given |= {key for key, failed in landed if failed is None}
            self._over |= {(key, failed) for key, failed in landed if failed is not None}
            await self._trip(lambda: bool(self._given or self._over))
        except Exception as error:  # what stays is loaded, and what was set aside is told, at the end
            _log.warning("%s", error)


def _row(call: str) -> dict[str, Any]:
    row: dict[str, Any] = orjson.loads(call.partition(" ")[2])
    return row | {"started_at": datetime.fromisoformat(row["started_at"])}
