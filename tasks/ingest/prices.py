"""List prices that lie beside recorded answers."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import polars as pl

from profiles.schema import Price, PriceBook
from tasks.ingest.coerce import quantity_of
from tasks.ingest.files import file_hash
from tasks.ingest.registry import Batch, SourceFile
from tasks.ingest.rows import price_rows

_NAME = "model_prices.csv"


def price_file(answers: Path) -> SourceFile | None:
    """The price file beside a file of recorded answers, restricted to that file's models; None when there is none."""
    path = answers.with_name(_NAME)
    if not path.is_file():
        return None
    return SourceFile(f"{path}#{answers.stem}", file_hash(path), partial(_read, path, answers.stem))


def _read(path: Path, stem: str) -> Iterator[Batch]:
    """Rows whose `file` is the stem and whose two prices are known; an empty price means that nobody knows it."""
    dated = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    yield Batch(prices=_prices(path, stem, dated))


def _prices(path: Path, stem: str, dated: date) -> pl.DataFrame:
    models = {}
    with path.open(newline="", encoding="utf-8-sig") as handle:
        for row in csv.DictReader(handle):
            prompt, completion = (quantity_of(row[f"{side}_usd_per_mtok"] or None) for side in ("input", "output"))
            if row["file"] == stem and prompt is not None and completion is not None:
                source = f"{row['price_source']} ({row['price_key']})" if row["price_key"] else row["price_source"]
                price = Price(input_usd_per_mtok=prompt, output_usd_per_mtok=completion, source=source)
                models[row["model"]] = price
    return price_rows(PriceBook(date=dated, models=models))
