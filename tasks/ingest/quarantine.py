"""Named reasons for which a row or a file is not taken as it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.ingest.coerce import text_of
from warehouse.identity import hash_parts
from warehouse.writer import now

TOLD_BY = "`concertino publish`, then `concertino queries quarantine-reasons`"
"""What lists them row by row: queries read the published copy, which ingest alone leaves as it is."""
REASONS: dict[str, str] = {
    "unparsable_file": "the file cannot be read, or not to its end; what came before is taken",
    "not_a_file": "a folder, pipe, device or dangling link that is called like a file",
    "inner_folder": "a folder in the folder that was given: its files are taken where it is given itself",
    "packed_file": "the file is compressed, and is not read: unpack it",
    "empty_file": "the file has no records of answers; an older one of the same thing stands",
    "missing_column": "the file lacks a column that is needed",
    "duplicate_column": "the file has two columns of one name",
    "unread_column": "a column is called like one of ours that the file lacks, and is not read: map it",
    "not_a_result": "the file is JSON but lacks dataset_name, split, model_name or records",
    "demo_file": "a partial run, marked demo",
    "superseded_file": "a newer file of the same dataset, variant and model exists",
    "variant_not_chosen": "the variant is not among the chosen ones",
    "unparsable_line": "the line is not a JSON object",
    "ragged_line": "the line has more or fewer fields than the header",
    "undecodable_text": "the row has text that is not UTF-8",
    "malformed_record": "the record is not an object, not JSON, or not laid out as its source's are",
    "huge_number": "a count that no 64 bits hold: the row is not taken",
    "bad_metadata": "the metadata is not a JSON object: the row is not taken",
    "bad_prompt": "the dataset's prompt template cannot be filled in from the row's columns: the row is not taken",
    "bad_value": "a value that the dataset makes of the row's columns cannot be made: the row is not taken",
    "missing_dataset": "no dataset name",
    "missing_key": "nothing identifies the question",
    "missing_text": "no question text",
    "missing_model": "an answer, a score or a label without the model's name",
    "empty_row": "neither an answer nor a score nor a label",
    "duplicate_row": "the same question, model and sample again; the first row counts",
    "null_score": "no score: the answer is kept without a verdict",
    "bad_score": "the score is not a number in [0, 1]: the answer is kept without a verdict",
    "bad_label": "the label is neither true nor false nor a number in [0, 1]: the row is not taken",
    "bad_embedding": "the embedding is no list of numbers as long as the file's others: the text is embedded again",
    "text_mismatch": "another text than the question has from another model or source: the row is not taken",
    "generation_failure": "an error text instead of an answer: the verdict is kept, the text is not",
    "text_clash": "another text under the same key: the row is not taken",
    "prompt_clash": "another prompt under the same key: the first one counts",
    "truth_clash": "another ground truth for the same question: the first one counts",
    "odd_options": "options in a layout that is not understood: the question is kept without them",
    "odd_tests": "tests in a layout that is not understood: the question is kept without them",
    "odd_truth": "a ground truth that names no option, or can be read as several: the question is kept without it",
}

_PAYLOAD_CHARACTERS = 2000


class Unreadable(Exception):
    """A file that cannot be read (further); `reason` is one of `REASONS`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reject:
    """A rejected row.

    Args:
        reason: one of `REASONS`.
        row_key: names the row inside its file.
        table: the table it would have gone to.
        detail: one sentence.
        payload: what was rejected; long texts are cut.
        path: the row's file; None for the one that is being read.
    """

    reason: str
    row_key: str
    table: str = "response"
    detail: str | None = None
    payload: Mapping[str, Any] | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"'{self.reason}' is not a named reason")


def quarantine_rows(rejects: Iterable[tuple[str, Reject]], run_id: str) -> pl.DataFrame:
    """Rows of table `quarantine`; the same reject gives the same row again.

    Args:
        rejects: the file and what was rejected of it.
        run_id: the run that rejected it.
    """
    moment = now()
    rows = [
        {
            "quarantine_id": hash_parts("ingest", source, reject.table, reject.row_key, reject.reason, reject.detail),
            "run_id": run_id,
            "table_name": reject.table,
            "source": source,
            "row_key": reject.row_key,
            "reason": reject.reason,
            "detail": reject.detail or REASONS[reject.reason],
            "payload": None if reject.payload is None else text_of(_cut(reject.payload)),
            "quarantined_at": moment,
        }
        for source, reject in rejects
    ]
    return pl.DataFrame(rows, schema_overrides={"payload": pl.String})


def _cut(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key): value[:_PAYLOAD_CHARACTERS] if isinstance(value, str) else value for key, value in payload.items()
    }
