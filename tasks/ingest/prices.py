"""List prices that lie beside recorded answers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import polars as pl

from profiles.price_book import ListPrice, PriceBook
from profiles.rows import book_rows
from tasks.ingest.coerce import quantity_of
from tasks.ingest.files import file_hash, shown
from tasks.ingest.formats.delimited import csv_rows
from tasks.ingest.quarantine import Reject, Unreadable
from tasks.ingest.registry import Batch, SourceFile

_NAME = "model_prices.csv"
_COLUMNS = ("file", "model", "price_key", "input_usd_per_mtok", "output_usd_per_mtok", "price_source")


def price_file(answers: Path) -> SourceFile | None:
    """The price file beside a file of recorded answers, restricted to that file's models; None when there is none."""
    path = answers.with_name(_NAME)
    if not path.is_file():
        return None
    return SourceFile(
        f"{shown(path)}#{shown(answers.stem)}", partial(file_hash, path), partial(_read, path, answers.stem)
    )


def _read(path: Path, stem: str) -> Iterator[Batch]:
    """Rows whose `file` is the stem and whose two prices are known; an empty price means that nobody knows it."""
    dated = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    header, found = csv_rows(path)
    rows = [row for _, row in found]
    rejects = tuple(row for row in rows if isinstance(row, Reject))
    yield Batch(
        prices=_prices(path, header, [row for row in rows if not isinstance(row, Reject)], stem, dated), rejects=rejects
    )


def _prices(path: Path, header: list[str], rows: list[list[str]], stem: str, dated: date) -> pl.DataFrame:
    lacking = [name for name in _COLUMNS if name not in header]
    if lacking:
        raise Unreadable("missing_column", f"{shown(path)} has no column '{lacking[0]}'; it has {', '.join(header)}")
    models = {}
    for values in (dict(zip(header, row, strict=True)) for row in rows):
        prompt, completion = (quantity_of(values[f"{side}_usd_per_mtok"] or None) for side in ("input", "output"))
        if values["file"] == stem and prompt is not None and completion is not None:
            key = f" ({values['price_key']})" if values["price_key"] else ""
            source = f"{values['price_source']}{key}"
            models[values["model"]] = ListPrice(
                input_usd_per_mtok=prompt, output_usd_per_mtok=completion, source=source
            )
    return book_rows(PriceBook(date=dated, models=models))
