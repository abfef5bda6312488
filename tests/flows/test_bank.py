"""A bank that grows: published vectors, a model more, a dataset more, questions of people."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.bank import bank
from flows.ingest import ingest
from profiles.bank import newest_bank
from tests.fill import MOMENT, fill, questions
from warehouse.connect import read
from warehouse.errors import ContractViolation
from warehouse.identity import text_hash
from warehouse.settings import settings

EMBEDDER = "someone/embeds-well"


def published(path: Path, dataset: str, numbers: range, models: str) -> dict[str, Any]:
    rng = np.random.default_rng(len(dataset))
    items = {
        str(n): {
            "question": f"{dataset} {n}?",
            "src_question_id": n,
            "src": dataset,
            "model_res": {model: {"is_correct": bool((n + at) % 3)} for at, model in enumerate(models)},
            "embedding": rng.normal(size=8).tolist(),
        }
        for n in numbers
    }
    path.write_text(json.dumps(items))
    return {"source": "smcs-bank", "path": str(path), "options": {"embedder": EMBEDDER}}


@pytest.fixture
def run(tmp_path: Path, home: Path) -> str:
    folder = home / "profiles" / "pools"
    folder.mkdir(parents=True)
    models = "\n".join(f"  - {{model_name: {name}, litellm_params: {{model: replay/{name}}}}}" for name in "abc")
    (folder / "abc.yaml").write_text(f"model_list:\n{models}\n")
    path = tmp_path / "mine.yaml"
    path.write_text(
        "title: mine\nsource: smcs-bank\ndatasets: ['sums', 'poems']\npool: abc\nscore_mode: recorded\nseeds: [0, 1]\n"
        f"embedder: {EMBEDDER}\n"
    )
    return str(path)


def newest(run_id: str = "", split: str = "all"):
    return newest_bank(split, "abc", EMBEDDER, run_id)


@pytest.mark.usefixtures("prefect_server")
def test_growth_touches_nothing_that_is_there(tmp_path: Path, run: str) -> None:
    ingest(**published(tmp_path / "one.json", "sums", range(40), "ab"))
    counts = bank(profile=run)  # every text has its published vector: no model is loaded
    assert counts["bank"] == 3
    first = newest()
    assert (first.labels.shape, np.isnan(first.labels[:, 2]).all()) == ((40, 3), True)
    split = read("select split_id from bank where split_id <> 'all' order by 1 limit 1").item()
    assert (
        len(newest(split=split).question_ids)
        == read("select count(*) from split where split_id = $split and part <> 'test'", {"split": split}).item()
    )
    assert read("select distinct provenance from bank_label").rows() == [("imported:one",)]
    vectors, labels = read("from embedding order by all").rows(), read("from label order by all").rows()

    again = {"question": 0, "embedding": 40}  # the vectors came again and were not kept again
    more = ingest(**published(tmp_path / "two.json", "sums", range(40), "c"))
    assert {name: more.get(name, 0) for name in again} == again
    ingest(**published(tmp_path / "three.json", "poems", range(20), "abc"))
    bank(profile=run)
    grown = newest()
    assert not np.isnan(grown.labels).any()
    same = np.isin(grown.question_ids, first.question_ids)
    np.testing.assert_array_equal(grown.labels[same][:, :2], first.labels[:, :2])
    np.testing.assert_array_equal(grown.vectors[same], first.vectors)
    now = read("from embedding").rows()
    assert all(row in now for row in vectors)
    assert set(labels) <= set(read("from label").rows())
    assert read("select count(*) from embedding").item() == 60
    np.testing.assert_array_equal(newest(read("select min(run_id) from bank").item()).labels, first.labels)

    fill(
        dataset=[{"dataset": "live", "variant": ""}],
        question=questions("asked", "unlabelled", dataset="live", variant=""),
        label=[
            {"question_id": "asked", "model": "b", "label": 1.0, "provenance": "user", "created_at": MOMENT},
        ],
        embedding=[
            {"embedder": EMBEDDER, "text_hash": text_hash(f"What is {key}?"), "vector": [1.0] + [0.0] * 7}
            for key in ("asked", "unlabelled")
        ],
    )
    bank(profile=run)
    live = newest()
    assert ("asked" in live.question_ids, "unlabelled" in live.question_ids) == (True, False)
    assert read("select count(*) from split where question_id = 'asked'").item() == 0
    assert "asked" not in newest(split=split).question_ids
    assert read("select provenance from bank_label where question_id = 'asked'").item() == "user"
    look_into_the_collection()


def look_into_the_collection() -> None:
    """As any Chroma client can: the newest bank's questions, with their texts, parts and whose their labels are."""
    import chromadb

    name = read("select collection from bank where split_id = 'all' order by created_at desc limit 1").item()
    collection = chromadb.PersistentClient(str(settings().index / "chroma")).get_collection(name)
    assert (collection.count(), collection.metadata["pool"], collection.metadata["profile"]) == (61, "abc", "mine")
    found = collection.get(ids=["asked"])
    assert found["documents"] == ["What is asked?"]
    assert found["metadatas"][0] == found["metadatas"][0] | {"dataset": "live", "part": "train", "provenance": ["user"]}
    split = collection.metadata["split"]
    tested = read("select question_id from split where split_id = $split and part = 'test'", {"split": split})
    assert set(collection.get(where={"part": "test"})["ids"]) == set(tested["question_id"])
    near = collection.query(query_embeddings=[[1.0] + [0.0] * 7], n_results=1, where={"dataset": "live"})
    assert near["ids"] == [["asked"]]


@pytest.mark.usefixtures("prefect_server")
def test_too_few_questions_for_a_test_part_still_make_a_bank(tmp_path: Path, run: str) -> None:
    path = tmp_path / "one.json"
    ingest(**published(path, "sums", range(2), "abc"))
    whole = Path(run)
    whole.write_text(whole.read_text() + "train_share: 0.999999\n")
    bank(profile=run)
    assert len(newest().question_ids) == 2
    assert read("select distinct part from split").rows() == [("train",)]


@pytest.mark.usefixtures("prefect_server")
def test_a_dry_run_leaves_no_trace(tmp_path: Path, absent_home: Path) -> None:
    asked = published(tmp_path / "one.json", "sums", range(5), "ab")
    found = ingest(**asked, dry_run=True)
    assert (found["label"], found["quarantined"]) == (10, 0)
    assert [(row["model"], row["n_answered"]) for row in found["coverage"]] == [("a", 5), ("b", 5)]
    assert not absent_home.exists()


@pytest.mark.usefixtures("prefect_server")
def test_a_label_out_of_bounds_stops_ingest(tmp_path: Path, run: str) -> None:
    ingest(**published(tmp_path / "one.json", "sums", range(5), "ab"))
    key = read("select question_id from question limit 1").item()
    fill(label=[{"question_id": key, "model": "a", "label": 2.0, "provenance": "user", "created_at": MOMENT}])
    with pytest.raises(ContractViolation, match="labels lie between 0 and 1"):
        ingest(**published(tmp_path / "two.json", "sums", range(6), "ab"))
