"""Splits are rows: written once, read by every stage, one set of them a run."""

import json

import duckdb
import numpy as np
import polars as pl
import pytest

from profiles.bank import build_bank
from profiles.outcomes import OutcomeMatrix
from profiles.schema import RunProfile
from profiles.split import refuse_empty_parts, splits_of
from profiles.splits.hash import hash_split
from profiles.splits.reference import reference_split
from tests.fill import fill, questions
from warehouse.connect import read, rows
from warehouse.errors import UserError
from warehouse.identity import content_hash
from warehouse.migrate import sql_files
from warehouse.settings import settings


def run_of(**given: object) -> RunProfile:
    return RunProfile.model_validate({"title": "t", "source": "s", "datasets": ["*"], "pool": "p", **given})


def put(dataset: str, numbers: range, **more: object) -> list[str]:
    """Questions of a dataset, in the order in which splitters see them."""
    keys = [f"{dataset} {n}" for n in numbers]
    rows = questions(*keys, dataset=dataset, variant="v", **more)
    fill(dataset=[{"dataset": dataset, "variant": "v"}], question=rows)
    return sorted(keys)


@pytest.mark.usefixtures("home")
def test_rows_are_written_once_and_are_what_every_stage_reads() -> None:
    ids = put("sums", range(20))
    run = run_of(seeds=[0, 4], train_share=0.6)
    first = splits_of("r1", run, ids)
    assert first.ids == ["hash-0.6-0-s0", "hash-0.6-0-s4"], "the names that banks of older versions have"
    contents = [f"content {one}" for one in ids]
    assert (first.parts == [hash_split(contents, seed, 0.6, 0.0) for seed in (0, 4)]).all()
    spec = read("select kind, seed, options from split_spec where split_id = 'hash-0.6-0-s4'").row(0)
    assert (*spec[:2], json.loads(spec[2])) == ("hash", 4, {"train_share": 0.6, "validation_share": 0.0})
    files = read("select * from landing_file where table_name = 'split'")
    some = splits_of("r1", run, ids[:3:-1])
    assert (some.parts == first.parts[:, :3:-1]).all()
    splits_of("r2", run, ids)
    assert read("select * from landing_file where table_name = 'split'").equals(files)


@pytest.mark.usefixtures("home")
def test_by_hash_nothing_moves_when_questions_come_and_a_run_takes_them_in() -> None:
    old, run = put("sums", range(20)), run_of()
    before = splits_of("r", run, old)
    new = put("poems", range(20))
    after = splits_of("r", run, [*new, *old])
    assert after.ids == before.ids
    assert (after.parts[:, 20:] == before.parts).all()
    assert set(after.parts[0, :20]) == {"train", "test"}


@pytest.mark.usefixtures("home")
def test_a_variant_that_the_profile_does_not_name_moves_nothing() -> None:
    own = put("sums", range(20))
    run = run_of(datasets=["sums/v"], splitter="reference")
    before = splits_of("r1", run, own)
    other = questions(*(f"other {n}" for n in range(30)), dataset="sums", variant="w")
    fill(dataset=[{"dataset": "sums", "variant": "w"}], question=other)
    after = splits_of("r2", run, [*own, "other 1"])
    assert after.ids == before.ids
    assert after.parts[:, :-1].tolist() == before.parts.tolist()
    assert after.parts[0, -1] == "excluded"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("pattern", "taken"),
    [("*v", []), ("s*", ["sums"]), ("sums/v", ["sums"]), ("*/v", ["sums"]), ("sums/w", [])],
)
def test_a_variant_is_looked_at_only_where_a_glob_names_one(pattern: str, taken: list[str]) -> None:
    put("sums", range(1))
    assert rows("question", datasets=[pattern])["dataset"].to_list() == taken


@pytest.mark.usefixtures("home")
def test_a_split_of_its_questions_has_another_name_when_questions_come() -> None:
    old, run = put("sums", range(20)), run_of(splitter="reference", seeds=[42])
    before = splits_of("r1", run, old)
    wanted = reference_split(["sums"] * 20, [f"What is {one}?" for one in old], range(20), seed=42)
    assert before.tested.nonzero()[1].tolist() == sorted(wanted.test)
    new = put("poems", range(20))
    assert (splits_of("r1", run, [*old, *new]).parts[0, 20:] == "excluded").all(), "its run keeps its split"
    after = splits_of("r2", run, old)
    assert after.ids != before.ids
    assert (after.parts != before.parts).any(), "one random stream runs over all datasets"
    assert len(read("select * from split")) == 20 + 40


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "changed",
    [
        {"train_share": 0.5},
        {"seeds": [0, 1]},
        {"splitter": "leave-dataset-out"},
        {"split_options": {"train_share": 0.6}},
    ],
)
def test_a_run_has_one_split(changed: dict[str, object]) -> None:
    ids = put("sums", range(20)) + put("poems", range(20))
    splits_of("r", run_of(), ids)
    with pytest.raises(UserError, match=r"run r is split as hash-0\.7-0-s0, but its profile now says .*start another"):
        splits_of("r", run_of(**changed), ids)
    splits_of("another run", run_of(**changed), ids)
    other = run_of(splitter="leave-dataset-out", split_options={"test": ["sums"]})
    splits_of("r3", other, ids)
    assert splits_of("r3", other, ids).tested[0].tolist() == [True] * 20 + [False] * 20
    with pytest.raises(UserError, match=r"run r3 is split as leave-dataset-out-.*start another run"):
        splits_of("r3", run_of(splitter="leave-dataset-out", split_options={"test": ["poems"]}), ids)


@pytest.mark.usefixtures("home")
def test_a_run_of_an_older_version_keeps_the_split_it_has_a_bank_of() -> None:
    ids = put("sums", range(9))
    made = {"pool": "p", "models": ["m"], "embedder": "e", "dimension": 1}
    fill(bank=[{"bank_id": split, "run_id": "old", "split_id": split, **made} for split in ("all", "hash-0.5-0-s3")])
    with duckdb.connect(str(settings().warehouse)) as con:
        con.execute(sql_files("migrations")["0093_run_split_known"])
    assert splits_of("old", run_of(seeds=[3], train_share=0.5), ids).ids == ["hash-0.5-0-s3"]
    with pytest.raises(UserError, match=r"run old is split as hash-0\.5-0-s3"):
        splits_of("old", run_of(seeds=[3]), ids)


@pytest.mark.usefixtures("home")
def test_what_is_tested_is_not_learned_from_in_other_words(caplog: pytest.LogCaptureFixture) -> None:
    shared = content_hash("the same question")
    learned, tested = put("sums", range(9)), put("poems", range(9))
    copies = [*put("more-sums", range(2), content_hash=shared), *put("more-poems", range(1), content_hash=shared)]
    run = run_of(splitter="leave-dataset-out", split_options={"test": ["*poems"]})
    with caplog.at_level("WARNING", "concertino"):
        splits = splits_of("r", run, [*learned, *tested, *copies])
    assert splits.parts[0].tolist() == ["train"] * 9 + ["test"] * 9 + ["excluded"] * 2 + ["test"]
    assert "2 questions are neither learned from nor tested" in caplog.text
    assert read("select count(*) from split where part = 'excluded'").item() == 2


@pytest.mark.usefixtures("home")
def test_an_empty_part_is_refused_whatever_splits() -> None:
    put("sums", range(9), metadata='{"part": "train"}')
    refuse_empty_parts("r", run_of(train_share=0.5))
    with pytest.raises(UserError, match="none of the 9 questions is in the train part of seed 0"):
        refuse_empty_parts("r2", run_of(train_share=1e-9))
    with pytest.raises(UserError, match="none of the 9 questions is in the test part of seed 7"):
        refuse_empty_parts("r3", run_of(splitter="file", seeds=[7]))
    refuse_empty_parts("r4", run_of(datasets=["nothing"]))


def test_a_bank_takes_no_excluded_question() -> None:
    asked = pl.DataFrame(questions("a", "b", "c"))
    matrix = OutcomeMatrix.of(asked, ("m",), score=np.ones((3, 1)))
    parts = np.array(["train", "excluded", "test"], dtype=object)
    assert build_bank(matrix, np.eye(3, dtype=np.float32), parts, "s", "e").question_ids.tolist() == ["a"]
