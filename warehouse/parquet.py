"""Frames as Parquet files."""

import os
import re
from pathlib import Path
from typing import Any

import polars as pl


def write_parquet(frame: pl.DataFrame, path: Path, **options: Any) -> None:
    """Write a frame; options are those of polars.

    Raises:
        OSError: the disk is full, read-only or broken. At some moments polars tells of that as an error of its own.
    """
    try:
        frame.write_parquet(path, **options)
    except pl.exceptions.ComputeError as error:
        if number := re.search(r"os error (\d+)", str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise
