import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import warehouse.writer
from tests.fill import MOMENT, fill, questions, response
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.landing import Together
from warehouse.settings import settings as paths
from warehouse.writer import land, load_landing, move_landed, write

_FINGERPRINT = "select count(*) as n, count(distinct embedder || text_hash) as keys from embedding"


def _vectors(embedder: str, rows: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"embedder": embedder, "text_hash": list(rows), "vector": [[value] for value in rows.values()]},
        schema_overrides={"vector": pl.List(pl.Float32)},
    )


def _parts(split: str, rows: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame({"split_id": split, "question_id": list(rows), "part": [str(v) for v in rows.values()]})


def _waiting() -> list[Path]:
    return sorted(paths().landing.glob("*/*.parquet"))


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {"CONCERTINO_HOME": str(home), "CONCERTINO_LOCK_WAIT_S": "60"}


def _python(code: str, home: Path) -> int:
    """What a process that runs `code` ends with."""
    return subprocess.run([sys.executable, "-c", code], env=_environment(home), timeout=300, check=False).returncode


def test_landing_waits_for_nobody_and_is_seen_after_loading(absent_home: Path) -> None:
    land("split", _parts("s", {"q1": 1, "q2": 2}))
    assert not paths().warehouse.exists()
    assert load_landing() == {"split": 2}
    assert read("select * from split order by question_id").rows() == [("s", "q1", "1"), ("s", "q2", "2")]
    assert _waiting() == []
    assert load_landing() == {}


def test_nothing_lands_for_an_empty_frame_or_an_unknown_table(home: Path) -> None:
    assert land("split", _parts("s", {})) is None
    with pytest.raises(UserError, match="nothing"):
        land("nothing", _parts("s", {"q": 1}))
    assert not paths().landing.exists()


def test_only_the_named_tables_are_loaded(home: Path) -> None:
    land("split", _parts("s", {"q1": 1}))
    land("embedding", _vectors("e", {"h": 1}))
    assert load_landing(("embedding",)) == {"embedding": 1}
    assert [path.parent.name for path in _waiting()] == ["split"]


def test_a_nullable_key_column_may_be_left_out_and_null_equals_null(home: Path) -> None:
    answer = {"question_id": "q", "model": "m", "text": "old"}
    fill(response=[answer])
    fill(response=[answer | {"text": "new"}])
    assert read("select text, request_key from response").rows() == [("new", None)]


def test_a_file_that_a_dead_process_did_not_remove_is_not_loaded_again(home: Path) -> None:
    path = land("split", _parts("s", {"q1": 1}))
    assert path is not None
    copy = path.read_bytes()
    load_landing()
    write("split", _parts("s", {"q1": 2}))
    path.write_bytes(copy)
    assert load_landing() == {"split": 0}
    assert read("select part from split").rows() == [("2",)]
    assert not path.exists()


def test_a_misfit_names_itself_once_and_keeps_nobody_waiting(home: Path) -> None:
    land("split", _parts("s", {"q1": 1}))
    bad = land("split", pl.DataFrame({"split_id": ["s"], "question_id": ["q2"], "part": ["test"], "colour": ["red"]}))
    missing = land("split", pl.DataFrame({"split_id": ["s"], "question_id": ["q3"]}))
    land("split", _parts("s", {"q4": 1}))
    land("embedding", _vectors("e", {"h": 1}))
    with pytest.raises(UserError, match=str(bad)):
        load_landing()
    assert read("select question_id from split order by all").to_series().to_list() == ["q1", "q4"]
    assert read("select count(*) from embedding").item() == 1
    assert _waiting() == []
    assert bad is not None
    assert missing is not None
    assert {path.name for path in (home / "quarantine" / "split").glob("*.parquet")} == {bad.name, missing.name}
    told = read("select reason, detail from quarantine order by source").rows()
    assert [reason for reason, _ in told] == ["unloadable_batch"] * 2
    assert "colour" in told[0][1]
    land("split", _parts("s", {"q5": 1}))
    assert load_landing() == {"split": 1}


def test_what_was_set_aside_on_the_way_is_told_at_the_end(home: Path) -> None:
    bad = land("split", pl.DataFrame({"split_id": ["s"], "question_id": ["q"]}))
    land("split", _parts("s", {"q1": 1}))
    assert move_landed(("split",)) == {"split": 1}
    with pytest.raises(UserError, match=str(bad)):
        load_landing()


def test_what_another_process_landed_and_does_not_fit_does_not_stop_this_one(home: Path) -> None:
    code = """
import polars as pl
from warehouse.writer import land
land("split", pl.DataFrame({"split_id": ["s"]}))
"""
    assert _python(code, home) == 0
    land("split", _parts("s", {"q1": 1}))
    assert load_landing() == {"split": 1}
    assert len(list((home / "quarantine" / "split").glob("*.parquet"))) == 1


def test_what_belongs_together_goes_in_whole_or_not_at_all(home: Path) -> None:
    good, bad = Together(), Together()
    for key, together in (("good", good), ("bad", bad)):
        together.add("embedding", _vectors("e", {key: 1}))
        together.add("split", _parts(key, {"q1": 1}))
        together.add("split", _parts(key, {"q2": 1}))
    bad.add("ingest_file", pl.DataFrame({"path": ["file"]}))
    load_landing()
    assert len(_waiting()) == 7, "nothing of what did not land is loaded"
    good.land()
    bad.land()
    with pytest.raises(UserError, match="ingest_file"):
        load_landing(("embedding",))
    assert read("select distinct split_id from split").rows() == [("good",)]
    assert read("select text_hash from embedding").rows() == [("good",)]
    assert _waiting() == []


def test_what_a_dead_process_did_not_land_is_swept(home: Path) -> None:
    code = """
import os, signal
import polars as pl
from warehouse.landing import Together
together = Together()
together.add("split", pl.DataFrame({"split_id": ["s"], "question_id": ["q"], "part": ["test"]}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert _python(code, home) == -signal.SIGKILL
    assert len(_waiting()) == 1
    land("split", _parts("s", {"q1": 1}))
    assert load_landing() == {"split": 1}
    assert _waiting() == []


def test_a_question_keeps_what_a_later_row_of_the_same_text_lacks(home: Path) -> None:
    asked = questions("q1", "q2", ground_truth="4", metadata='{"options":["3","4"],"level":{"of":1}}')
    fill(question=asked)
    bare = {"ground_truth": None, "metadata": None}
    fill(question=[asked[0] | bare, asked[1] | bare | {"content_hash": "another text"}])
    found = read("select question_id, ground_truth, metadata from question order by all").rows()
    assert found == [("q1", "4", asked[0]["metadata"]), ("q2", None, None)]
    fill(question=[asked[0] | {"ground_truth": "5", "metadata": '{"index":7,"options":["4","5"]}'}])
    truth, metadata = read("select ground_truth, metadata from question where question_id = 'q1'").row(0)
    assert (truth, json.loads(metadata)) == ("5", {"options": ["4", "5"], "level": {"of": 1}, "index": 7})


def test_an_answer_keeps_what_a_later_row_of_the_same_text_lacks_also_where_they_are_loaded_at_once(home: Path) -> None:
    answer = {"question_id": "q", "model": "m", "response_id": "r", "source": "imported", "text": "4"}
    fill(response=[answer | {"cost_usd": 0.001}, answer | {"latency_s": 1.5}, answer | {"cost_usd": 0.002}])
    assert read("select cost_usd, latency_s from response").rows() == [(0.002, 1.5)]
    assert read("select n_row, n_replaced from landing_file where table_name = 'response'").rows() == [(3, 0)]
    fill(response=[answer, answer | {"response_id": "s", "text": "5"}])
    assert read("select text, cost_usd, latency_s from response").rows() == [("5", None, None)]


def test_what_a_lost_host_brings_late_takes_no_place_of_what_others_made_since(home: Path) -> None:
    def made(minute: int) -> dict[str, list[dict[str, Any]]]:
        known = {"run_id": "r", "created_at": MOMENT + timedelta(minutes=minute)}
        asked = {"request_key": "k", "text": f"made at {minute}", "created_at": known["created_at"]}
        return {
            "response": [response(f"{minute}", "q", **asked), response("i", "q", **asked | {"source": "imported"})],
            "collaboration": [known | {"collaboration_id": f"{minute}", "preset": "p", "split_id": "s"}],
            "metric": [known | {"system": "s", "dataset": "d", "metric": "accuracy", "value": float(minute)}],
        }

    for minute in (1, 5, 3):
        fill(**made(minute))
    assert read("select text from response where source = 'live'").rows() == [("made at 5",)]
    assert read("select text from response where source = 'imported'").rows() == [("made at 3",)], "it is told anew"
    assert read("select collaboration_id from collaboration").rows() == [("5",)]
    assert read("select value from metric").rows() == [(5.0,)]


_rows = st.dictionaries(st.sampled_from(["q1", "q2", "q3"]), st.integers(0, 9).map(float), min_size=1)
_steps = st.lists(st.one_of(_rows, st.sampled_from(["load", "again"])), max_size=6)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps, group_bytes=st.sampled_from([1, 10**9]))
def test_any_order_and_repetition_of_landing_and_loading_gives_the_same_tables(
    home: Path, monkeypatch: pytest.MonkeyPatch, steps: list[dict[str, float] | str], group_bytes: int
) -> None:
    monkeypatch.setattr(warehouse.writer, "_GROUP_BYTES", group_bytes)
    name = f"example {time.monotonic_ns()}"
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    landed: dict[Path, bytes] = {}
    for step in steps:
        if step == "load":
            load_landing()
        elif step == "again":
            for path, content in landed.items():
                path.write_bytes(content)
        elif isinstance(step, dict):
            for path in (land("split", _parts(name, step)), land("embedding", _vectors(name, step))):
                assert path is not None
                landed[path] = path.read_bytes()
            first = step | first
            last = last | step
    load_landing()
    kept = read("select text_hash, vector[1] from embedding where embedder = $name", {"name": name}).rows()
    replaced = read("select question_id, part::double from split where split_id = $name", {"name": name}).rows()
    assert dict(kept) == first
    assert dict(replaced) == last
    assert (len(kept), len(replaced)) == (len(first), len(last))


def test_a_killed_loader_loses_and_doubles_nothing(home: Path) -> None:
    files, each = 16, 2_000
    for number in range(files):
        land("embedding", _vectors("e", {f"{number}-{i}": 1.0 for i in range(each)}))
    code = """
import os, signal, sys
import warehouse.writer as w
remove, left = w.Batch.remove, int(sys.argv[1])

def killed(batch):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)  # its rows are in, its file is there
    remove(batch)

w._GROUP_BYTES, w.Batch.remove = 1, killed
w.load_landing()
"""
    for loaded, waiting in ((0, files), (3, files - 3)):
        loader = subprocess.run([sys.executable, "-c", code, str(loaded)], env=_environment(home), check=False)
        assert (loader.returncode, len(_waiting())) == (-signal.SIGKILL, waiting)
    load_landing()
    assert read(_FINGERPRINT).rows() == [(files * each, files * each)]
    assert _waiting() == []


def test_two_processes_land_and_load_at_once(home: Path) -> None:
    code = """
import sys
import polars as pl
from warehouse.writer import land, load_landing
for number in range(5):
    keys = [f"{sys.argv[1] if i % 2 else 'both'}-{number}-{i}" for i in range(50)]
    land("embedding", pl.DataFrame({"embedder": "e", "text_hash": keys, "vector": [[1.0]] * 50}))
    load_landing()
"""
    loaders = [subprocess.Popen([sys.executable, "-c", code, name], env=_environment(home)) for name in ("one", "two")]
    assert [loader.wait(timeout=300) for loader in loaders] == [0, 0]
    load_landing()
    assert read(_FINGERPRINT).rows() == [(5 * 75, 5 * 75)]
    assert read("select sum(n_row)::integer from landing_file").item() == 2 * 5 * 50
    assert _waiting() == []
