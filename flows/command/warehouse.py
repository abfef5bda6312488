"""`concertino warehouse`: all of it as Parquet, and back."""

from typing import Annotated

import cyclopts
from cyclopts import Parameter

from flows.command.flow import print_counts
from flows.command.options import AsJson

Name = Annotated[str, Parameter(help="of the folder below exports/ of the home, and on the shared storage")]
warehouse = cyclopts.App(name="warehouse", help="Write the whole warehouse as Parquet, or fill an empty one from it.")


@warehouse.command(name="export")
def export_(name: Name, *, json: AsJson = False) -> None:
    """Write every table of the warehouse as Parquet.

    Example: concertino warehouse export 2026-11-26
    """
    from tasks.collect.ledger import load_calls
    from warehouse.transfer import export_warehouse

    load_calls()  # with what killed processes and lost hosts paid for
    folder, counts = export_warehouse(name)
    print_counts({"folder": str(folder), "tables": len(counts), "rows": sum(counts.values())}, json)


@warehouse.command(name="import")
def import_(name: Name, *, json: AsJson = False) -> None:
    """Fill an empty warehouse from an export of the same version.

    Example: CONCERTINO_HOME=elsewhere concertino warehouse import 2026-11-26
    """
    from warehouse.transfer import import_warehouse

    counts = import_warehouse(name)
    print_counts({"tables": len(counts), "rows": sum(counts.values())}, json)
