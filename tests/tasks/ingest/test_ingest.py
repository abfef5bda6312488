"""Ingest as a whole: again, changed, killed."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.ingest.ingest import Summary, ingest_source
from tasks.init.questions import datasets_of
from tests.result_tree import record, result
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.settings import settings
from warehouse.writer import load_landing

TABLES = ("dataset", "question", "model", "response", "score", "quarantine", "ingest_file")
# What differs from run to run.
TIMES = ("ingested_at", "created_at", "scored_at", "updated_at", "quarantined_at", "run_id")


def ingest(root: Path, run_id: str = "run-1") -> Summary:
    return ingest_source("llmrouterbench", str(root), {}, run_id)


def contents() -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, without times and run."""
    kept = f"columns(name -> name not in {TIMES})"
    with connection("comparing"):
        return {table: read(f"select {kept} from {table} order by all").rows() for table in TABLES}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "bench"
    for dataset in ("aime", "gpqa"):
        for model in ("a", "b", "c"):
            result(root, dataset, model=model, records=[record(i, score=i % 3 / 2) for i in range(1, 21)])
    result(root, "gpqa", model="d", records=[record(1, score=None), record(1)])
    result(root, "gpqa", model="e", demo=True)
    return root


@pytest.mark.usefixtures("home")
def test_doing_it_again_changes_nothing(tree: Path) -> None:
    first = ingest(tree)
    before = contents()
    again = ingest(tree, "run-2")
    assert (first.unchanged, again.unchanged) == (0, 7)
    assert again.quarantined == {"demo_file": 1}  # looked at each time, told each time
    assert again.quarantined_before == 2
    assert again.rows["response"] == 0
    assert contents() == before
    assert list(settings().landing.rglob("*.parquet")) == []


@pytest.mark.usefixtures("home")
def test_a_file_that_goes_before_its_turn_costs_itself_alone(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = next(tree.rglob("aime-*-b-*.json"))
    monkeypatch.setattr("tasks.ingest.ingest.unchanged_of", lambda *_: victim.unlink() or [])
    found = ingest(tree)
    assert found.unread == {str(victim): f"cannot read {victim}: No such file or directory"}
    assert read("select count(*) from response where model in ('a', 'b', 'c')").item() == 5 * 20
    assert read("select path from ingest_file where n_row = 0 and file_hash = ''")["path"].to_list() == [str(victim)]


@pytest.mark.usefixtures("home")
def test_no_cycles_are_looked_for_while_records_stream_by(tree: Path) -> None:
    on = []

    def load() -> dict[str, int]:
        on.append(gc.isenabled())
        return load_landing()

    ingest_source("llmrouterbench", str(tree), {}, "run-1", load)
    assert (on, gc.isenabled()) == ([False], True)


@pytest.mark.usefixtures("home")
def test_only_a_changed_file_is_read_again(tree: Path) -> None:
    ingest(tree)
    before = {row[0]: row for row in read("select response_id, text from response").iter_rows()}
    result(tree, "aime", model="b", records=[record(i, score=0.0, raw_output="New.") for i in range(1, 21)])
    summary = ingest(tree)
    assert (summary.unchanged, summary.rows["response"]) == (6, 20)
    after = {row[0]: row for row in read("select response_id, text from response").iter_rows()}
    assert len(after) == len(before)
    assert len(set(after) - set(before)) == 20
    mean = "select avg(score) from response join score using (response_id) where text = 'New.'"
    assert read(mean).item() == 0.0


@pytest.mark.usefixtures("home")
def test_a_changed_file_must_agree_with_the_questions_of_the_unchanged_ones(tree: Path) -> None:
    ingest(tree)
    result(tree, "aime", model="b", records=[record(1, origin_query="Something else"), record(2)])
    assert ingest(tree).quarantined == {"text_clash": 1, "demo_file": 1}
    assert read("select count(*) from question where text = 'Something else'").item() == 0


@pytest.mark.usefixtures("home")
def test_other_options_read_an_unchanged_file_again(tree: Path) -> None:
    ingest_source("llmrouterbench", str(tree), {"datasets": ["aime"]}, "run-1")
    assert read("select distinct dataset from question").rows() == [("aime",)]
    assert ingest(tree).unchanged == 0
    assert len(read("select distinct dataset from question")) == 2


@pytest.mark.usefixtures("home")
def test_scorers_follow_the_specifications_though_files_are_unchanged(tree: Path) -> None:
    ingest(tree)
    folder = settings().profiles / "datasets"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("match: aime\nscorer: exact\nscorer_options: {fold: true}\nlicence: MIT\n")
    summary = ingest(tree)
    assert (summary.unchanged, summary.rows["dataset"]) == (7, 1)
    rows = read("select scorer, scorer_options, licence from dataset where dataset = 'aime'").rows()
    assert rows == [("exact", '{"fold":true}', "MIT")]
    assert ingest(tree).rows["dataset"] == 0


KILLED = """
import os, signal, sys
from tasks.ingest import buffer
from tasks.ingest.ingest import ingest_source
from warehouse.writer import load_landing
buffer._WAIT_BYTES, buffer._LOAD_BYTES = 1, 4000  # a flush per batch, whatever the other thread does
left = int(sys.argv[2])
def load():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return load_landing()
ingest_source("llmrouterbench", sys.argv[1], {}, "killed", load)
"""


@pytest.mark.parametrize("loads", [0, 2])
def test_a_killed_ingest_is_completed_by_the_next(
    tree: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: int
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tree), str(loads)], env={**os.environ}, check=False)
    assert killed.returncode == -9
    assert list(settings().landing.rglob("*.parquet"))
    ingest(tree)
    resumed = contents()
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "undisturbed"))
    ingest(tree)
    assert resumed == contents()
    assert len(resumed["response"]) == 2 * 3 * 20 + 1


@pytest.mark.usefixtures("home")
def test_the_last_count_is_the_number_of_quarantined_rows(tree: Path) -> None:
    counts = ingest(tree).counts()
    assert list(counts)[-1] == "quarantined"
    assert counts["quarantined"] == 3 == len(read("select * from quarantine"))
    assert counts["quarantined: null_score"] == 1


@pytest.mark.usefixtures("home")
def test_an_unknown_source_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="questions, recorded, routerarena, smcs-bank, smcs-cache, synthetic"):
        ingest_source("nowhere", None, {}, "run-1")


@pytest.mark.usefixtures("home")
def test_question_files_bring_what_scorers_need(tmp_path: Path) -> None:
    rows = [
        {"question": "Add one.", "tests": ["assert f(1) == 2"], "entry_point": "f", "ground_truth": None},
        {"question": "Pick", "options": ["x", "y"], "ground_truth": "B", "metadata": {"level": 3}},
        {"question": None, "ground_truth": "?"},
        {"question": "Pick", "options": ["x", "y"], "ground_truth": "B"},
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    summary = ingest_source("questions", str(path), {}, "run-1")
    assert summary.quarantined == {"missing_text": 1, "duplicate_row": 1}
    found = read(
        "select dataset, text, ground_truth, metadata::json->>'$.tests[0]' as test, "
        "metadata::json->>'$.options[1]' as option, metadata::json->>'$.level' as level, "
        "metadata::json->>'$.entry_point' as entry from question order by text"
    ).rows()
    assert found == [
        ("mine", "Add one.", None, "assert f(1) == 2", None, None, "f"),
        ("mine", "Pick", "B", None, "y", "3", None),
    ]
    assert read("select * from response").is_empty()


def test_a_complaint_of_many_files_names_some_and_counts_the_others() -> None:
    def complaint(n: int) -> str | None:
        return Summary(unread={f"{number}.json": f"cannot read {number}.json" for number in range(n)}).complaint()

    assert (complaint(0), complaint(1)) == (None, "cannot read 0.json")
    assert complaint(3) == "cannot read 0.json; nor anything from 1.json, 2.json"
    assert str(complaint(40)).endswith("3.json, 4.json, 5.json and 34 more files")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("source", ["questions", "recorded"])
def test_a_file_that_a_mac_named_is_the_dataset_that_is_typed(source: str, tmp_path: Path) -> None:
    apart, composed = "fra\u0308gen", "fr\u00e4gen"
    row = {"question": "1 + 1?", "ground_truth": "2", "model": "m", "response": "2", "score": 1.0}
    (tmp_path / f"{apart}.jsonl").write_text(json.dumps(row))
    ingest_source(source, str(tmp_path), {}, "r")
    assert read("select dataset from question")["dataset"].to_list() == [composed]
    if source == "questions":
        assert [one.name for one in datasets_of(tmp_path / f"{apart}.jsonl", {"question": "question"})] == [composed]
