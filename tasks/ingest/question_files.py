"""Rows of question files as records: dataset, key, prompt by the dataset's template, and what judging needs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from profiles.dataset import Beside, Dataset
from profiles.layout import LETTERS, option_texts
from profiles.load import dataset_of
from tasks.ingest.coerce import object_of
from tasks.ingest.files import file_hash, matches, name_of, read_batches, shown
from tasks.ingest.look_alikes import spellings, unread
from tasks.ingest.registry import Batch, Request, SourceFile
from tasks.ingest.rows import record_frame
from tasks.ingest.template import columns_of, render
from warehouse.identity import content_hash, hash_json

_METADATA = (
    *("options", "tests", "entry_point", "constraints", "people", "topic", "part"),
    *("instruction_id_list", "kwargs"),  # of IFEval
    *("public_test_cases", "private_test_cases", "func_name"),  # of LiveCodeBench
    *("category", "rule_id", "idx"),  # of KOR-Bench
)
# Our column → what files call it, most telling first.
NAMES = {
    "question": ("question", "query", "problem", "instruction", "input", "prompt", "text"),
    "ground_truth": (
        *("ground_truth", "truth", "answer", "answer_key", "correct_answer", "target", "label"),
        *("expected", "gold", "reference", "solution"),
    ),
    "dataset": ("dataset", "benchmark"),
    "question_id": ("question_id", "id", "qid", "uid"),
    "options": ("options", "choices"),
    "tests": ("tests", "test", "test_list"),
    "entry_point": ("entry_point",),
}
_JUDGED_BY = {name: NAMES[name] for name in ("ground_truth", "options", "tests")}
FIELDS = ("dataset", "split", "question_id", "question", "prompt", "ground_truth", "metadata", "test", *_METADATA)


class Looked(NamedTuple):
    """A column that comes from other files: its text by the value of the question's column `alike`."""

    alike: str
    texts: dict[str, str]


class Reading(NamedTuple):
    """How the columns of a file become questions.

    Args:
        columns: our column name → the file's.
        asked: specifications whose prompts count; the first match wins.
        parted: specifications that say a row's part; the first match wins.
        values: our column name → template over the file's columns.
        beside: columns from other files, for rows without their own.
    """

    columns: Mapping[str, str]
    asked: Sequence[Dataset]
    parted: Sequence[Dataset]
    values: Mapping[str, str] = {}
    beside: Mapping[str, Looked] = {}

    @property
    def templates(self) -> list[str]:
        """Of prompts and parts."""
        return [one.prompt for one in self.asked if one.prompt] + [one.part for one in self.parted if one.part]


def look_up(paths: Sequence[Path], beside: Beside, columns: Mapping[str, str]) -> Looked:
    """The first rows of every value, in the order of the files, an empty line between two.

    Args:
        paths: Parquet, JSONL or CSV.
        beside: how many and how they are written.
        columns: our column name → the files'.
    """
    key = beside.key or beside.alike
    fields = sorted({key, "options", *columns_of(beside.text)})
    own = {name: there for name, there in columns.items() if name in fields}
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        for frame, _ in read_batches(path, fields, own, (key,)):
            for row in frame.with_columns(pl.all().cast(pl.String)).iter_rows(named=True):
                there = template_columns(row, {"options": _value(row.get("options") or "")})
                text = render(beside.text, there)
                if text and row[key] and len(found[row[key]]) < beside.n:
                    found[row[key]].append(text)
    return Looked(beside.alike, {value: "\n\n".join(texts) for value, texts in found.items()})


def question_file(path: Path, request: Request, reading: Reading, name: str | None = None) -> SourceFile:
    """A file of questions, read when it is its turn; with other templates it is another file.

    Args:
        path: Parquet, JSONL or CSV.
        request: whose `datasets` are wanted.
        reading: how its columns become questions.
        name: identifies it; by default its path.
    """
    told = reading.templates + sorted(reading.values.items())
    told += sorted(pair for looked in reading.beside.values() for pair in looked.texts.items())
    return SourceFile(name or shown(path), partial(_hash, path, told), partial(_read, path, request, reading))


def _hash(path: Path, told: list[Any]) -> str:
    """Of a file; where it is read with templates, with these."""
    own = file_hash(path)
    return hash_json([own, told]) if told else own


def _read(path: Path, request: Request, reading: Reading) -> Iterator[Batch]:
    columns = reading.columns
    named = {name for one in (*reading.templates, *reading.values.values()) for name in columns_of(one)}
    named |= {looked.alike for looked in reading.beside.values()}
    fields = [*FIELDS, *sorted(named - {*FIELDS, "row_key"})]
    told: set[str] = {*columns, *reading.values}
    for frame, rejects in read_batches(path, fields, columns, ("question",), more=spellings(_JUDGED_BY)):
        rejects += unread(path, frame.columns, _JUDGED_BY, {*FIELDS, *named, *columns.values()}, told)
        texts = frame.with_columns(pl.all().cast(pl.String))
        filled = (_filled(row, reading) for row in texts.iter_rows(named=True))
        rows = [_record(row, name_of(path), reading) for row in filled]
        kept = [row for row in rows if matches(row["dataset"], request.datasets)]
        others = frozenset(row["dataset"] for row in rows) - {row["dataset"] for row in kept}
        found = {name: [row[name] for row in kept] for name in kept[0]} if kept else {}
        yield Batch(record_frame(found) if kept else None, rejects=tuple(rejects), others=frozenset(others))


def _filled(row: dict[str, str | None], reading: Reading) -> dict[str, str | None]:
    for name, looked in reading.beside.items():
        if row.get(name) is None:
            row = row | {name: looked.texts.get(row.get(looked.alike) or "")}
    there = {name: _value(text) for name, text in row.items() if text is not None}
    for name, template in reading.values.items():
        if (text := render(template, there)) is not None:
            there[name] = text
        row = row | {name: text}
    return row


def _record(row: dict[str, str | None], stem: str, reading: Reading) -> dict[str, Any]:
    text = row["question"]
    try:
        metadata, reason = object_of(row.get("metadata")), None
    except ValueError:
        metadata, reason = {}, "bad_metadata"
    reason = reason or ("bad_value" if any(row[name] is None for name in reading.values) else None)
    metadata |= {name: _value(value) for name in _METADATA if (value := row.get(name)) is not None}
    if "test" in row:  # HumanEval's own name
        metadata.setdefault("tests", row["test"])
    dataset, prompt = (row.get("dataset") or "").strip() or stem, row.get("prompt")
    there = template_columns(row, metadata)
    if text and prompt is None and (specification := dataset_of(dataset, reading.asked)) and specification.prompt:
        prompt = render(specification.prompt, there)
        reason = reason or (None if prompt else "bad_prompt")
    rule = dataset_of(dataset, reading.parted)
    if rule and rule.part and (part := render(rule.part, there)):
        metadata.setdefault("part", part)
    return {
        "row_key": row["row_key"],
        "dataset": dataset,
        "variant": row.get("split") or "",
        "source_key": row.get("question_id") or (content_hash(text) if text else None),
        "text": text,
        "prompt": prompt,
        "ground_truth": row.get("ground_truth"),
        "metadata": orjson.dumps(metadata).decode() if metadata else None,
        "reason": reason,
    }


def template_columns(row: Mapping[str, str | None], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What templates may name: the row's columns, its metadata, and `options` as letter → text."""
    there = {name: _value(text) for name, text in row.items() if text is not None} | {"split": row.get("split") or ""}
    there |= metadata
    options = option_texts(metadata.get("options") or [])
    return there | ({"options": dict(zip(LETTERS, options.values(), strict=False))} if options else {})


def _value(text: str) -> Any:
    """Lists and objects arrive as JSON, names and topics as plain text."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return orjson.loads(text)
    except ValueError:
        return text
