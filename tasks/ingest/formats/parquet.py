"""Frames of a Parquet file, with columns of any type as numbers or text."""

from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

import polars as pl

from tasks.ingest.coerce import text_of
from tasks.ingest.quarantine import Unreadable

_BROKEN = (ArithmeticError, LookupError, MemoryError, NotImplementedError, OSError, TypeError, ValueError)


def parquet_frames(path: Path, wanted: Set[str], n_row: int) -> Iterator[tuple[Set[str], pl.DataFrame, pl.Series]]:
    """The file's column names, a frame of those that are wanted, and which of its rows hold text that is not UTF-8.

    Lists and structures become JSON, durations seconds, decimals numbers, dates and categories text.

    Raises:
        Unreadable: it is no Parquet, is damaged, or has a column that cannot be represented.
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            given = {name: name.removeprefix("\ufeff") for name in file.schema_arrow.names}  # of a CSV file before
            names = [given[name] for name in file.schema_arrow.names]
            twice = sorted({name for name in wanted if names.count(name) > 1})
            if twice:
                raise Unreadable("duplicate_column", f"it has the column '{twice[0]}' twice; rename one")
            read = sorted(name for name, plain in given.items() if plain in wanted)
            for arrow in file.iter_batches(batch_size=n_row, columns=read):
                frame = pl.DataFrame(pl.from_arrow(_undecoded(arrow))).rename({name: given[name] for name in read})
                plain = pl.DataFrame([_plain(column) for column in frame])
                yield set(names), plain, _undecodable(frame, plain)
    except (ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, *_BROKEN) as error:
        raise Unreadable("unparsable_file", str(error).strip().split("\n")[0]) from error


def _undecoded(arrow: Any) -> Any:
    """Text as bytes: Parquet does not promise that it is UTF-8, and polars takes Arrow's word for it."""
    import pyarrow as pa

    text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    columns = [
        column.cast(pa.large_binary()) if any(holds(column.type) for holds in text) else column
        for column in arrow.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=arrow.schema.names)


def _plain(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind == pl.Binary:
        return _decoded(column)
    if kind == pl.Duration:
        return column.dt.total_microseconds() / 1e6
    if kind.is_nested() or kind == pl.Object:
        values = [text_of(value.to_list() if isinstance(value, pl.Series) else value) for value in column]
        return pl.Series(column.name, values, pl.String)
    if kind.is_decimal():
        return column.cast(pl.Float64)
    return column if kind.is_numeric() or kind == pl.Boolean else column.cast(pl.String, strict=False)


def _decoded(column: pl.Series) -> pl.Series:
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:  # of the whole column: find the values
        texts = [None if value is None else value.decode(errors="replace") for value in column]
        kept = [
            text if text is None or text.encode() == value else None for text, value in zip(texts, column, strict=True)
        ]
        return pl.Series(column.name, kept, pl.String)


def _undecodable(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """Whether a row lost a value on the way from bytes to text."""
    lost = [
        before[name].is_not_null() & after[name].is_null() for name in before.columns if before[name].dtype == pl.Binary
    ]
    return (
        pl.DataFrame(lost).select(pl.any_horizontal(pl.all())).to_series()
        if lost
        else pl.repeat(False, len(after), eager=True)
    )
