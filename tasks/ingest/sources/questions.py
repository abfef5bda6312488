"""Plain question files: Parquet, JSONL or CSV, one row per question; models are asked by collect."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from pydantic import Field

from profiles.load import load_datasets
from tasks.ingest.coerce import object_of
from tasks.ingest.files import file_hash, matches, read_batches, shown, table_files
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, SourceOptions, sources
from tasks.ingest.rows import record_frame
from warehouse.identity import content_hash

_METADATA = (
    *("options", "tests", "entry_point", "constraints", "people", "topic", "part"),
    *("instruction_id_list", "kwargs"),  # of IFEval
    *("public_test_cases", "private_test_cases", "func_name"),  # of LiveCodeBench
    *("category", "rule_id", "idx"),  # of KOR-Bench
)
FIELDS = ("dataset", "split", "question_id", "question", "prompt", "ground_truth", "metadata", "test", *_METADATA)


class QuestionOptions(SourceOptions):
    """Options of the source `questions`."""

    columns: dict[str, str] = Field(default_factory=dict, description="our column name → the file's")


@sources.register("questions")
def questions(request: Request) -> Plan:
    """Questions with what judging needs: ground truth, options, tests with entry point, constraints, people.

    Only `question` is required. `part` is the user's own train, validation or test part, for the splitter `file`. The
    dataset defaults to the file's name, the key to the hash of the question's text.
    How a dataset is judged is said by a file in `profiles/datasets`.

    Raises:
        UserError: nothing readable at the path, a column that is missing, an unknown option.
    """
    options = request.parse(QuestionOptions)
    files, odd = table_files(request.existing("a Parquet, JSONL or CSV file of questions"))
    read = [SourceFile(shown(file), file_hash(file), partial(_read, file, request, options)) for file in files]
    return Plan(tuple(read), tuple(odd), specifications=tuple(load_datasets()), synthetic=options.synthetic)


def _read(path: Path, request: Request, options: QuestionOptions) -> Iterator[Batch]:
    for frame, rejects in read_batches(path, FIELDS, options.columns, ("question",)):
        texts = frame.with_columns(pl.all().cast(pl.String))
        rows = [_record(row, shown(path.stem)) for row in texts.iter_rows(named=True)]
        kept = [row for row in rows if matches(row["dataset"], request.datasets)]
        others = frozenset(row["dataset"] for row in rows) - {row["dataset"] for row in kept}
        columns = {name: [row[name] for row in kept] for name in kept[0]} if kept else {}
        yield Batch(record_frame(columns) if kept else None, rejects=tuple(rejects), others=frozenset(others))


def _record(row: dict[str, str | None], stem: str) -> dict[str, Any]:
    text = row["question"]
    try:
        metadata, reason = object_of(row.get("metadata")), None
    except ValueError:
        metadata, reason = {}, "bad_metadata"
    metadata |= {name: _value(value) for name in _METADATA if (value := row.get(name)) is not None}
    if "test" in row:  # HumanEval's own name
        metadata.setdefault("tests", row["test"])
    return {
        "row_key": row["row_key"],
        "dataset": row.get("dataset") or stem,
        "variant": row.get("split") or "",
        "source_key": row.get("question_id") or (content_hash(text) if text else None),
        "text": text,
        "prompt": row.get("prompt"),
        "ground_truth": row.get("ground_truth"),
        "metadata": orjson.dumps(metadata).decode() if metadata else None,
        "reason": reason,
    }


def _value(text: str) -> Any:
    """Lists and objects arrive as JSON, names and topics as plain text."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return orjson.loads(text)
    except ValueError:
        return text
