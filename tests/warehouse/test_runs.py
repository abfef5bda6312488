import json
from pathlib import Path

from warehouse.connect import read
from warehouse.runs import code_version, finish_run, new_run_id, record_stage, start_run


def test_a_run_is_running_until_it_is_finished(home: Path) -> None:
    run = new_run_id()
    start_run(run, "run", parameters={"profile": "demo"}, profile="demo", seeds=[0, 1], synthetic=True)
    row = read("from run").row(0, named=True)
    assert (row["status"], row["finished_at"], row["seeds"], row["code_version"]) == (
        "running", None, [0, 1], code_version(),
    )  # fmt: skip
    assert json.loads(row["parameters"]) == {"profile": "demo"}
    finish_run(run, "failed", "no key")
    after = read("from run").row(0, named=True)
    assert (after["status"], after["message"]) == ("failed", "no key")
    assert after["finished_at"] >= after["started_at"] == row["started_at"]
    assert after["profile"] == "demo"


def test_a_stage_that_runs_again_replaces_its_lineage(home: Path) -> None:
    for rows in ({"response": 3}, {"response": 5}):
        record_stage("r1", "collect", input_hash=None, output_hash="h", rows=rows, seconds=1.5)
    record_stage("r1", "score", input_hash=None, output_hash=None, rows={}, seconds=0.1)
    found = read("select stage, n_row from lineage order by stage").rows()
    assert [(stage, json.loads(n)) for stage, n in found] == [("collect", {"response": 5}), ("score", {})]


def test_run_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_run_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert [one[:15] for one in ids] == sorted(one[:15] for one in ids)
