"""The whole warehouse as Parquet, a file per table, and back: to another host, home or version of DuckDB."""

from pathlib import Path

import duckdb
import orjson

from warehouse.connect import connection, of_place
from warehouse.errors import UserError, reason_of
from warehouse.settings import settings
from warehouse.storage import MANIFEST, fetch, whole_folder
from warehouse.tables import table_names
from warehouse.writer import load_landing

_LEDGER = "migration"  # says which tables there are, and is not copied


def export_warehouse(name: str) -> tuple[Path, dict[str, int]]:
    """Write every table to `exports/NAME` of the home, and to the shared storage where one is set.

    Args:
        name: of the folder, which may not be there.

    Returns:
        The folder, and the rows of each table.

    Raises:
        UserError: it is there already, its name is none, or the storage cannot be used.
    """
    final = _folder(name)
    fetch(final)
    if final.exists():
        raise UserError(f"there is an export {final} already; give another name")
    load_landing()
    with whole_folder(final) as folder:
        with connection("exporting") as con:
            counts = {}
            for table in _tables(con):
                file = str(folder / f"{table}.parquet")
                copy = f"copy {table} to $file (format parquet, compression zstd)"
                counts[table] = _n(con.execute(copy, {"file": file}))
            manifest = {"migrations": _migrations(con), "rows": counts}
        (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return final, counts


def import_warehouse(name: str) -> dict[str, int]:
    """Fill an empty warehouse from an export, in one transaction; the rows of each table.

    Raises:
        UserError: there is no such export here or on the storage, it is damaged or of another version, or the warehouse
            has rows.
    """
    folder = _folder(name)
    fetch(folder)
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        raise UserError(f"there is no export {folder}; `concertino warehouse export {name}` writes one") from None
    with connection("importing") as con:
        if filled := [table for table in _tables(con) if con.execute(f"select 1 from {table} limit 1").fetchone()]:
            empty = (
                "CONCERTINO_WAREHOUSE to an empty database" if settings().lake else "CONCERTINO_HOME to an empty folder"
            )
            raise UserError(f"the warehouse has rows already ({filled[0]}); set {empty}")
        if manifest["migrations"] != _migrations(con):
            raise UserError(
                f"{folder} is of another version; import it with the concertino that wrote it, then upgrade"
            )
        con.begin()
        try:
            counts = {table: _fill(con, table, folder) for table in _tables(con)}
            if counts != manifest["rows"]:
                raise UserError(f"{folder} is damaged: it has other rows than were written; export again")
            con.commit()
        except duckdb.Error as error:
            if of_place(error):
                raise
            raise UserError(f"{folder} is damaged ({reason_of(error)}); export again") from error
    return counts


def _fill(con: duckdb.DuckDBPyConnection, table: str, folder: Path) -> int:
    file = str(folder / f"{table}.parquet")
    return _n(con.execute(f"insert into {table} by name select * from read_parquet($file)", {"file": file}))


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """All but the ledger; names come from the schema, never from a user."""
    return [name for name in table_names(con) if name != _LEDGER]


def _migrations(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(con.execute("select name, checksum from migration where name <> 'views' order by name").fetchall())


def _n(done: duckdb.DuckDBPyConnection) -> int:
    row = done.fetchone()
    return int(row[0]) if row else 0


def _folder(name: str) -> Path:
    if Path(name).name != name or name.startswith("."):
        raise UserError(f"an export's name is a folder's, without a path; '{name}' is not")
    return settings().root / "exports" / name
