"""Validating a source writes nothing and says what ingesting it would bring."""

from pathlib import Path

import polars as pl
import pytest

from tasks.ingest.ingest import check_source, ingest_source
from tests.result_tree import record, result
from warehouse.errors import UserError
from warehouse.settings import settings


def recorded(folder: Path) -> Path:
    frame = {
        "dataset": ["d", "d", "d", None],
        "question_id": ["1", "1", "2", "3"],
        "question": ["one", "one", "two", "x"],
        "model": ["a", "b", "a", "a"],
        "response": ["yes", None, "no", "no"],
        "score": [1.0, 0.5, None, 2.0],
    }
    pl.DataFrame(frame).write_parquet(folder / "answers.parquet")
    return folder / "answers.parquet"


def tree(folder: Path) -> Path:
    result(folder / "bench", records=[record(1), record(2, score=None), record(2)])
    result(folder / "bench", model="late", records=[record(1, score=0.5)])
    result(folder / "bench", model="demo", demo=True)
    return folder / "bench"


def cache(folder: Path) -> Path:
    (folder / "gpqa").mkdir()
    for model, right in (("a", "true"), ("b", "no")):
        line = f'{{"question_id": 1, "question": "Why?", "is_correct": "{right}"}}'
        (folder / "gpqa" / f"{model}.jsonl").write_text(f"{line}\n{line}\n")
    return folder / "gpqa"


@pytest.mark.parametrize(("source", "make"), [("recorded", recorded), ("llmrouterbench", tree), ("smcs-cache", cache)])
def test_it_counts_what_ingesting_does(home: Path, tmp_path: Path, source: str, make) -> None:
    path = str(make(tmp_path))
    (settings().warehouse).unlink()
    found = check_source(source, path, {})
    assert list(home.iterdir()) == []
    done = ingest_source(source, path, {}, "run")
    assert found.quarantined.total() > 0
    assert found.counts() == done.counts()
    assert found.coverage.rows() == done.coverage.rows()
    assert found.coverage.columns == done.coverage.columns


@pytest.mark.usefixtures("home")
def test_it_covers_sources_without_answers_and_refuses_what_ingesting_refuses(tmp_path: Path) -> None:
    found = check_source("synthetic", None, {"questions_per_kind": "3"})
    assert (found.rows["question"], len(found.coverage)) == (18, 0)
    with pytest.raises(UserError, match="nothing in"):
        check_source("recorded", str(recorded(tmp_path)), {"datasets": ["other"]})
