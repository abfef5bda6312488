"""The user's own parts, from a column of the question file."""

from typing import Any

import numpy as np
import orjson
import polars as pl
from pydantic import Field

from profiles.splitter import SplitOptions, splitter, with_validation
from warehouse.errors import UserError

_PARTS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "test": "test",
}


class FileOptions(SplitOptions):
    """Options of the splitter `file`."""

    column: str = Field(
        "part", description="key of a question's metadata that says train, validation or test; split: its variant"
    )


@splitter("file", options=FileOptions)
def split(questions: pl.DataFrame, seed: int, options: FileOptions) -> np.ndarray:
    """What the file says, whatever the seed.

    Raises:
        UserError: a question has no part, or one that is none.
    """
    parts = np.array([_part(row, options.column) for row in questions.iter_rows(named=True)], dtype=object)
    if lacking := int((parts == np.array(None)).sum()):
        first = questions.row(int(np.flatnonzero(parts == np.array(None))[0]), named=True)
        raise UserError(
            f"{lacking} of {len(parts)} questions, such as {first['source_key']} of {first['dataset']}, have no part "
            f"in '{options.column}'; say train, validation or test there (a question file's column `part`), or name "
            "another column in split_options"
        )
    return with_validation(parts, questions["content_hash"], seed, options.validation_share)


def _part(row: dict[str, Any], column: str) -> str | None:
    metadata = orjson.loads(row["metadata"] or "{}") or {}
    said = metadata.get(column, row["variant"] if column == "split" else None)
    if said is None or said == "":
        return None
    part = _PARTS.get(str(said).strip().lower())
    if part is None:
        raise UserError(
            f"'{column}' of question {row['source_key']} of {row['dataset']} says '{said}'; it must say train, "
            "validation or test"
        )
    return part
