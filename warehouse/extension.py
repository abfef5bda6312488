"""DuckDB's extensions, from their packages, so that nothing is downloaded."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from warehouse.errors import UserError
from warehouse.migrate import literal


def load_extension(con: duckdb.DuckDBPyConnection, name: str, wanted_by: str, extra: str) -> None:
    """Load an extension into a connection.

    Args:
        con: where it is wanted.
        name: of the extension.
        wanted_by: what needs it, for the message.
        extra: of this package, which installs it.

    Raises:
        UserError: it is not installed for this version of DuckDB.
    """
    spec = find_spec(f"duckdb_extension_{name}")
    folders = spec.submodule_search_locations if spec else None
    file = Path(next(iter(folders or ["."])), "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
    if not file.is_file():
        raise UserError(
            f"{wanted_by} needs DuckDB's extension {name} for version {duckdb.__version__}, which is not installed; "
            f"pip install -c constraints.txt -e '.[{extra}]'"
        )
    con.execute(f"load {literal(file)}")
