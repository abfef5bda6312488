"""A published question bank of SMCS."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiles.embed import embed_texts
from tasks.ingest.ingest import check_source, ingest_source
from warehouse.connect import read
from warehouse.settings import settings

pytestmark = pytest.mark.usefixtures("home")
EMBEDDER = "someone/embeds-well"


def item(number: int, **given: Any) -> dict[str, Any]:
    return {
        "question": f"What is {number}?",
        "src_question_id": number,
        "src": "GPQA",
        "model_res": {"a": {"is_correct": number % 2 == 0}, "b": {"is_correct": True}},
        "embedding": [float(number + 1), 2.0, 2.0],
    } | given


def bank(path: Path, items: list[dict[str, Any]], form: str = "object") -> Path:
    keyed = {str(number): one for number, one in enumerate(items)}
    path.write_text(json.dumps(keyed) if form == "object" else "\n".join(map(json.dumps, items)))
    return path


@pytest.mark.parametrize("form", ["object", "jsonl"])
def test_both_published_forms_become_questions_labels_and_vectors(tmp_path: Path, form: str) -> None:
    items = [item(0), item(1), item(7, src="MMLU-Pro", src_subject="computer science")]
    path = bank(tmp_path / "union_8d.json", items, form)
    found = ingest_source("smcs-bank", str(path), {"embedder": EMBEDDER}, "run")
    assert (found.rows["question"], found.rows["label"], found.rows["embedding"]) == (3, 6, 3)
    assert not found.quarantined
    assert read("select dataset, source_key, text from question order by all").rows() == [
        ("gpqa", "0", "What is 0?"),
        ("gpqa", "1", "What is 1?"),
        ("mmlu-pro-computer-science", "7", "What is 7?"),
    ]
    labels = read(
        "select source_key, model, label, provenance from label join question using (question_id) order by all"
    )
    assert labels.rows() == [
        (key, model, value, "imported:union_8d")
        for key, model, value in [
            ("0", "a", 1),
            ("0", "b", 1),
            ("1", "a", 0),
            ("1", "b", 1),
            ("7", "a", 0),
            ("7", "b", 1),
        ]
    ]
    assert read("select count(*) from response").item() == 0
    assert found.coverage.select("model", "n_question", "n_answered", "n_scored").row(0) == ("a", 2, 2, 2)


class Unable:
    """Stands for an embedder whose weights are not here."""

    name = EMBEDDER
    dimension = 3

    def encode(self, texts):
        raise AssertionError(f"{len(texts)} texts would be embedded again")


def test_vectors_of_a_named_embedder_are_kept_at_unit_length_and_nothing_is_embedded_again(tmp_path: Path) -> None:
    path = bank(tmp_path / "bank.json", [item(0), item(1)])
    ingest_source("smcs-bank", str(path), {"embedder": EMBEDDER}, "run")
    vectors = embed_texts(Unable(), ["What is 1?", "What is 0?"])
    np.testing.assert_allclose(vectors[1], np.array([1.0, 2.0, 2.0]) / 3, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_without_an_embedder_vectors_are_left_out(tmp_path: Path) -> None:
    ingest_source("smcs-bank", str(bank(tmp_path / "bank.json", [item(0)])), {}, "run")
    assert read("select count(*) from embedding").item() == 0


def test_what_cannot_be_used_is_told_by_name(tmp_path: Path) -> None:
    items = [
        item(0),
        item(1, embedding=[1.0, 2.0]),
        item(2, embedding=[0.0, 0.0, 0.0]),
        item(3, embedding="none"),
        item(4, model_res={"a": {"is_correct": "maybe"}, "b": {"is_correct": " YES "}, "c": {}}),
        item(5, question=None),
        item(6, src=None, model_res={}),
        item(8, model_res={"a": {"is_correct": 3}}),
    ]
    found = ingest_source("smcs-bank", str(bank(tmp_path / "bank.json", items)), {"embedder": EMBEDDER}, "run")
    assert found.quarantined == {
        "bad_embedding": 3,
        "bad_label": 2,
        "empty_row": 1,
        "missing_text": 2,
        "missing_dataset": 1,
    }
    assert read("select count(*) from quarantine").item() == 9
    other = bank(tmp_path / "other.json", [item(9, embedding=[1.0, 2.0])])  # 3 numbers are in the cache
    assert ingest_source("smcs-bank", str(other), {"embedder": EMBEDDER}, "run").quarantined == {"bad_embedding": 1}


def test_only_wanted_datasets_are_taken(tmp_path: Path) -> None:
    path = bank(tmp_path / "bank.json", [item(0), item(1, src="AIME")])
    found = ingest_source("smcs-bank", str(path), {"datasets": ["aime"]}, "run")
    assert (found.rows["question"], found.others) == (1, {"gpqa"})


def test_what_another_file_said_of_a_question_before_stays_and_is_not_said_twice(tmp_path: Path) -> None:
    ingest_source("smcs-bank", str(bank(tmp_path / "first.json", [item(0), item(1)])), {}, "run")
    again = [item(0, question="What \n is 0? "), item(1, question="What was 1?"), item(2)]
    found = ingest_source("smcs-bank", str(bank(tmp_path / "second.json", again)), {}, "run")
    assert (found.rows["question"], found.rows["label"], found.quarantined) == (1, 2, {"duplicate_row": 4})
    assert read("select text from question order by source_key limit 2").rows() == [("What is 0?",), ("What is 1?",)]


def test_a_large_bank_is_read_in_little_memory(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    items = [item(number, embedding=rng.normal(size=1024).tolist()) for number in range(600)]
    path = bank(tmp_path / "bank.json", items)
    del items
    tracemalloc.start()
    try:
        found = check_source("smcs-bank", str(path), {"embedder": EMBEDDER})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.rows["embedding"] == 600
    assert path.stat().st_size > 12_000_000
    assert peak < path.stat().st_size / 2
    assert not settings().landing.exists()
