import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import Summary, ingest_source
from tests.result_tree import record, result, slow_loader
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")

CELLS = """
select question.dataset, question.variant, response.model, question.source_key, score.score
from response
inner join question using (question_id)
left join score using (response_id)
order by all
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    (tmp_path / "bench").mkdir()
    return tmp_path / "bench"


def ingest(root: Path, **options: Any) -> Summary:
    return ingest_source("llmrouterbench", str(root), options, "run-1")


def response(model: str = "gpt-5") -> dict[str, Any]:
    rows = read("select * from response where model = $model", {"model": model}).to_dicts()
    assert len(rows) == 1
    return rows[0]


def reasons() -> dict[str, int]:
    return dict(read("select reason, count(*) from quarantine group by reason").iter_rows())


def test_keeps_what_the_reference_loader_keeps(bench: Path) -> None:
    rng = random.Random(3)
    for dataset, model in ((d, m) for d in ("aime", "bbh", "gpqa") for m in ("B", "a", "c")):
        for stamp in rng.sample(["20250101_000000", "20250101_000001", "20241231_235959", "latest"], 3):
            records = [record(index, score=rng.choice([0.0, 0.5, 1.0])) for index in range(1, rng.randint(3, 6))]
            path = result(bench, dataset, "test", model, records, stamp, demo=rng.random() < 0.2)
            if rng.random() < 0.15:
                path.write_text(path.read_text()[:-20])
    ingest(bench)
    assert set(read(CELLS).iter_rows()) == slow_loader(bench)


def test_takes_identity_from_the_body_not_from_the_path(bench: Path) -> None:
    path = result(bench, "gpqa", "test", "gpt-5")
    moved = bench / "external" / "anything.json"
    moved.parent.mkdir()
    path.rename(moved)
    ingest(bench)
    assert read("select distinct dataset, variant, model from response join question using (question_id)").rows() == [
        ("gpqa", "test", "gpt-5")
    ]


def test_reads_members_that_come_after_the_records_or_hide_in_strings(bench: Path) -> None:
    late = {"records": [record(1)], "model_name": "late", "dataset_name": "gpqa", "split": "test", "demo": True}
    (bench / "late.json").write_text(json.dumps(late))
    tricky = {"extra_metrics": {"records": 1, "text": '"records"'}, "model_name": "m", "dataset_name": "gpqa"}
    (bench / "m.json").write_text(json.dumps(tricky | {"split": "test", "demo": False, "records": [record(1)]}))
    summary = ingest(bench)
    assert summary.quarantined == {"demo_file": 1}
    assert read("select model from response").rows() == [("m",)]


def test_names_and_counts_every_file_that_it_passes_over(bench: Path) -> None:
    result(bench, model="kept")
    result(bench, model="kept", stamp="20240101_000000")
    result(bench, model="partial", demo=True)
    broken = result(bench, model="broken")
    broken.write_text(broken.read_text()[:-30])
    (bench / "config.json").write_text('{"datasets": []}')
    no_list = result(bench, model="no-list")
    no_list.write_text(no_list.read_text().replace('"records": [', '"records": {"a": [').removesuffix("}") + "}}")
    unnamed = result(bench, model="unnamed")
    unnamed.write_text(unnamed.read_text().replace('"split": "test"', '"split": " "'))
    summary = ingest(bench)
    wanted = {"superseded_file": 1, "demo_file": 1, "unparsable_file": 1, "not_a_result": 3}
    assert summary.quarantined == reasons() == wanted
    assert list(summary.counts().items())[-1] == ("quarantined", 6)


def test_a_folder_of_which_nothing_is_taken_is_refused(bench: Path) -> None:
    result(bench, model="partial", demo=True)
    with pytest.raises(UserError, match=r"could be taken \(demo_file 1\); `concertino publish`, then"):
        ingest(bench)


def test_falls_back_to_the_older_file_when_the_newest_is_cut_off(bench: Path) -> None:
    result(bench, records=2, stamp="20250101_000000")
    newest = result(bench, records=5, stamp="20250601_000000")
    newest.write_text(newest.read_text()[:-40])
    summary = ingest(bench)
    assert summary.quarantined == {"unparsable_file": 1}
    assert len(read("select * from response")) == 2


def test_a_name_without_stamp_is_older_than_any_stamp(bench: Path) -> None:
    path = result(bench, records=4)
    unstamped = path.with_name("gpqa-test-gpt-5.json")
    unstamped.write_text(json.dumps(json.loads(path.read_text()) | {"records": [record(1)]}))
    os.utime(unstamped, (4_000_000_000, 4_000_000_000))
    assert ingest(bench).quarantined == {"superseded_file": 1}
    assert len(read("select * from response")) == 4


def test_a_newer_file_replaces_the_rows_of_the_older(bench: Path) -> None:
    result(bench, records=[record(1, score=0.0)], stamp="20250101_000000")
    ingest(bench)
    newer = result(bench, records=[record(1, score=1.0, raw_output="Better.")], stamp="20250201_000000")
    ingest(bench)
    assert read(CELLS)["score"].to_list() == [1.0]
    assert response()["text"] == "Better."
    newer.unlink()
    ingest(bench)
    assert read(CELLS)["score"].to_list() == [0.0]


def test_refuses_several_variants_until_one_is_chosen(bench: Path) -> None:
    result(bench, "mmlupro", "test", "a")
    result(bench, "mmlupro", "test_3000", "a")
    result(bench, "gpqa", "test", "a")
    with pytest.raises(UserError, match="mmlupro has test, test_3000"):
        ingest(bench)
    assert read("select * from response").is_empty()
    summary = ingest(bench, variants=["mmlupro/test_3000"])
    assert summary.quarantined == {"variant_not_chosen": 1}
    assert set(read("select dataset, variant from dataset").iter_rows()) == {("gpqa", "test"), ("mmlupro", "test_3000")}


def test_counts_a_clash_that_was_chosen_and_keeps_the_variants_apart(bench: Path) -> None:
    result(bench, "mmlupro", "test", "a")
    result(bench, "mmlupro", "test_3000", "a")
    summary = ingest(bench, variants=["test", "test_3000"])
    assert summary.notes["variant_clash"] == 1
    assert len(read("select distinct question_id from response")) == 6


def test_a_null_score_is_missing_not_zero(bench: Path) -> None:
    result(bench, records=[record(1, score=None), record(2, score=...), record(3, score=0.0)])
    summary = ingest(bench)
    assert summary.quarantined == {"null_score": 2}
    assert read(CELLS)["score"].to_list() == [None, None, 0.0]
    assert summary.coverage["n_scored"].to_list() == [1]


def test_a_verdict_that_was_withdrawn_does_not_stay(bench: Path) -> None:
    result(bench, records=[record(1, score=1.0)])
    ingest(bench)
    result(bench, records=[record(1, score=None)])
    ingest(bench)
    assert read("select score, verdict from score").rows() == [(None, "unjudged")]


@pytest.mark.parametrize("score", [1.5, -0.1, "good", [1], float("nan")])
def test_a_score_that_is_none_is_named_and_the_answer_kept(bench: Path, score: Any) -> None:
    result(bench, records=[record(1, score=score), record(2, score=1)])
    assert ingest(bench).quarantined == {"bad_score": 1}
    assert read(CELLS)["score"].to_list() == [None, 1.0]


def test_the_first_of_two_records_with_one_index_counts(bench: Path) -> None:
    result(bench, records=[record(1, score=1.0), record(1, score=0.0), record(2)])
    assert ingest(bench).quarantined == {"duplicate_row": 1}
    assert read(CELLS)["score"].to_list() == [1.0, 0.0]


def test_files_that_land_together_keep_their_own_counts(bench: Path) -> None:
    paths = [result(bench, model=model, records=[record(1), record(1), record(2)]) for model in ("a", "b")]
    paths.append(result(bench, model="c", records=[record(1, ground_truth="another"), record(2, score=7.0)]))
    assert ingest(bench).quarantined == {"duplicate_row": 2, "truth_clash": 1, "bad_score": 1}
    counts = "select n_row, n_quarantined from ingest_file where path = $path"
    assert [read(counts, {"path": str(path)}).rows() for path in paths] == [[(2, 1)], [(2, 1)], [(2, 2)]]
    assert set(read("select source from quarantine")["source"]) == {str(path) for path in paths}


def test_one_bad_record_does_not_take_the_rest_of_its_file_with_it(bench: Path) -> None:
    nothing = record(4, origin_query=None, prompt=None)
    result(bench, records=[record(1), "oops", record(3) | {"index": None}, nothing, record(5)])
    assert ingest(bench).quarantined == {"malformed_record": 1, "missing_key": 1, "missing_text": 1}
    assert read(CELLS)["source_key"].to_list() == ["1", "5"]


def test_lists_become_json_and_nothing_becomes_an_empty_text(bench: Path) -> None:
    one = record(1, ground_truth=["Ada is a knight", "Bo is a knave"], raw_output=[{"text": "é"}], prediction=[[0, 1]])
    result(bench, records=[one])
    ingest(bench)
    assert response()["text"] == '[{"text":"é"}]'
    assert read("select ground_truth from question").item() == '["Ada is a knight","Bo is a knave"]'
    assert read("select extracted from score").item() is None


def test_counts_missing_cells_and_missing_runs(bench: Path) -> None:
    result(bench, "aime", model="a", records=4)
    result(bench, "aime", model="b", records=[record(1), record(3)])
    result(bench, "tau2", model="a", records=2)
    summary = ingest(bench)
    assert (summary.notes["missing_cell"], summary.notes["missing_run"]) == (2, 1)
    assert summary.coverage.select("dataset", "model", "n_question", "n_answered").rows() == [
        ("aime", "a", 4, 4),
        ("aime", "b", 4, 2),
        ("tau2", "a", 2, 2),
    ]


def test_another_prompt_under_one_index_is_one_question_by_index_and_two_by_prompt(bench: Path) -> None:
    result(bench, "arenahard", model="a", records=2)
    result(bench, "arenahard", model="b", records=[record(1), record(2, prompt="Another text")])
    by_index = ingest(bench)
    assert by_index.quarantined == {"prompt_clash": 1}
    assert len(read("select * from question")) == 2
    assert len(read("select * from response")) == 4
    by_prompt = ingest(bench, identity="prompt")
    assert not by_prompt.quarantined
    assert by_prompt.coverage["n_question"].max() == 2 + 3  # those by index are still there under their own keys


def test_keeps_the_index_for_the_reference_split(bench: Path) -> None:
    result(bench, records=[record(7)])
    ingest(bench, identity="prompt")
    assert json.loads(read("select metadata from question").item()) == {"index": 7}


def test_passes_over_datasets_that_were_not_asked_for(bench: Path) -> None:
    result(bench, "aime")
    result(bench, "gpqa")
    assert ingest(bench, datasets=["gp*"]).others == {"aime"}
    assert read("select distinct dataset from question").rows() == [("gpqa",)]
    with pytest.raises(UserError, match=r"belongs to datasets hle; it has aime, gpqa"):
        ingest(bench, datasets=["hle"])


def test_says_what_is_wrong_with_path_and_options(bench: Path) -> None:
    with pytest.raises(UserError, match="there is no LLMRouterBench result below"):
        ingest(bench)
    with pytest.raises(UserError, match="there is nothing at"):
        ingest(bench / "nowhere")
    with pytest.raises(UserError, match=r"options are: synthetic, variants, identity"):
        ingest(bench, variant="test")


def test_odd_characters_reach_the_warehouse_or_are_replaced(bench: Path) -> None:
    odd = record(2, raw_output=["\ud800"], prediction=2**70, score=None)
    result(bench, records=[record(1, raw_output="nul \x00, lone \ud800 and 𝛑")])
    result(bench, model="other", records=[odd, ["\ud800"]])
    assert ingest(bench).quarantined == {"null_score": 1, "malformed_record": 1}
    assert response()["text"] == "nul \x00, lone ? and 𝛑"
