"""Results of single models, of which a union bank is built: every question with every model."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field

from profiles.load import load_datasets
from tasks.ingest.coerce import text_of
from tasks.ingest.correctness import correctness_of, dataset_name
from tasks.ingest.files import chunks, file_hash, matches, plain_files, shown
from tasks.ingest.formats.json import SUFFIXES, json_records
from tasks.ingest.quarantine import Reject, Unreadable
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, SourceOptions, sources
from tasks.ingest.rows import record_frame
from warehouse.errors import UserError, unknown_name

_BATCH = 2048
_SUBJECTS = (
    "biology",
    "business",
    "chemistry",
    "computer-science",
    "economics",
    "engineering",
    "health",
    "history",
    "law",
    "math",
    "other",
    "philosophy",
    "physics",
    "psychology",
)
_PREDICTION_CHARACTERS = 200


class CacheOptions(SourceOptions):
    """Options of the source `smcs-cache`."""

    models: list[str] = Field(default_factory=list, description="models to take, by their folder's or file's name")
    allow_partial: bool = Field(False, description="take questions that some of the models lack")
    dataset: str | None = Field(None, description="dataset of what does not say its own; empty: the folder's name")


@dataclass(frozen=True, slots=True)
class _File:
    """A file of one model's results; its dataset is None where records say it."""

    path: Path
    model: str
    dataset: str | None


@sources.register("smcs-cache")
def smcs_cache(request: Request) -> Plan:
    """A folder with one file or folder per model, as bank and reference builders leave them.

    Taken are, in JSON (array, or object keyed by anything) or JSONL:

    - MODEL.json: the records' `dataset` or `src` says whose they are, and `subject` or `src_subject` the subject
    - MODEL/DATASET.json or MODEL/DATASET_result.json
    - MODEL/SUBJECT_result.json, SUBJECT one of MMLU-Pro's 14: dataset `mmlu-pro-SUBJECT`
    - MODEL/DATASET/SUBJECT_result.json, and MODEL/DATASET/any.json without a subject

    A file called `result` does not name a dataset. A record has `question_id`, `question`, and `is_correct` or `pred`
    and `answer`. One with a `response` becomes an answer with a recorded verdict, another a label (SMCS reference,
    section 1.2). A question's identity is dataset, subject and question id; its text must be the same everywhere but
    for white space.

    Raises:
        UserError: nothing readable at the path, an unknown option or model, or a question that a model lacks while
            `allow_partial` is not set; the message counts them per model.
    """
    options = request.parse(CacheOptions)
    root = request.existing("a folder with one file or folder of results per model")
    default = dataset_name(options.dataset or shown(root.name), None)
    nothing = f"there is no JSON or JSONL file below {shown(root)}; give the folder that holds one per model"
    paths, odd = plain_files(root, SUFFIXES, nothing, deep=True)
    found = _files(root, paths, options)
    if not options.allow_partial:
        _refuse_gaps(found, request, default)
    read = [
        SourceFile(shown(one.path), partial(file_hash, one.path), partial(_read, one, request, default))
        for one in found
    ]
    return Plan(tuple(read), tuple(odd), tuple(load_datasets()), options.synthetic, additive=True)


def _files(root: Path, paths: list[Path], options: CacheOptions) -> list[_File]:
    """The files of the chosen models, those of one model together, in the order in which the models were chosen."""
    found: dict[str, list[_File]] = {}
    for path in paths:
        first, *inner = map(shown, path.relative_to(root).parts if path != root else (path.name,))
        model = first if inner else Path(first).stem
        found.setdefault(model, []).append(_File(path, model, _dataset(inner)))
    for model in options.models:
        if model not in found:
            raise unknown_name("model of this folder", model, found)
    return [file for model in options.models or found for file in found[model]]


def _dataset(inner: list[str]) -> str | None:
    """The dataset that the path below a model's folder names."""
    if not inner:
        return None
    *folders, name = inner
    stem = Path(name).stem
    title = dataset_name(stem.removesuffix("_result"), None)
    if folders:
        return dataset_name(folders[-1], title if stem.endswith("_result") else None)
    if stem.endswith("_result") and title in _SUBJECTS:
        return dataset_name("mmlu-pro", title)
    return None if title == "result" else title


def _records(file: _File, default: str) -> Iterator[tuple[str, dict[str, Any] | Reject]]:
    """The file's records, each with the `dataset` it belongs to."""
    for key, record in json_records(file.path):
        if isinstance(record, Reject):
            yield key, record
            continue
        own = text_of(record.get("dataset") or record.get("src"))
        subject = text_of(record.get("subject") or record.get("src_subject"))
        named = dataset_name(own, subject) if own else file.dataset or dataset_name(default, subject)
        yield key, record | {"dataset": named}


def _refuse_gaps(files: list[_File], request: Request, default: str) -> None:
    has: dict[str, set[tuple[str, str | None]]] = {file.model: set() for file in files}
    texts: dict[tuple[str, str | None], str] = {}  # as the first model has it: other words are another question
    for file in files:
        try:
            for _, record in _records(file, default):
                if not isinstance(record, Reject) and matches(record["dataset"], request.datasets):
                    item = record["dataset"], text_of(record.get("question_id"))
                    text = " ".join((text_of(record.get("question")) or "").split())
                    if texts.setdefault(item, text) == text:
                        has[file.model].add(item)
        except Unreadable:  # told by name when it is read
            continue
    every = set().union(*has.values())
    lacking = {model: len(every - there) for model, there in has.items() if every - there}
    if lacking:
        counted = ", ".join(f"{model} {n}" for model, n in lacking.items())
        raise UserError(
            f"of {len(every)} questions some models lack some ({counted}); add what is missing, choose other models "
            "with the option models, or take what there is with allow_partial=true"
        )


def _read(file: _File, request: Request, default: str) -> Iterator[Batch]:
    for chunk in chunks(_records(file, default), _BATCH):
        rejects = [record for _, record in chunk if isinstance(record, Reject)]
        sound = [(key, record) for key, record in chunk if not isinstance(record, Reject)]
        kept = [(key, record) for key, record in sound if matches(record["dataset"], request.datasets)]
        others = {record["dataset"] for _, record in sound} - {record["dataset"] for _, record in kept}
        rows = [_row(key, record, file.model) for key, record in kept]
        columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
        yield Batch(record_frame(columns) if rows else None, rejects=tuple(rejects), others=frozenset(others))


def _row(key: str, record: dict[str, Any], model: str) -> dict[str, Any]:
    response, right = text_of(record.get("response")), correctness_of(record)
    predicted = (text_of(record.get("pred")) or "").strip()
    return {
        "row_key": key,
        "dataset": record["dataset"],
        "source_key": text_of(record.get("question_id")),
        "text": text_of(record.get("question")),
        "ground_truth": text_of(record.get("answer")),
        "model": model,
        "response": response,
        "score": right if response else None,
        "label": None if response else right,
        "extracted": predicted if response and 0 < len(predicted) <= _PREDICTION_CHARACTERS else None,
    }
