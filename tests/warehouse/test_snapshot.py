from datetime import datetime

import numpy as np
import orjson
import polars as pl
import pytest

from profiles.outcomes import frozen_outcomes, outcome_cells
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.snapshot import load_snapshot, take_snapshot
from warehouse.writer import land, load_landing

NOW = datetime(2026, 1, 1)
MODELS = ["small", "big"]


def put(table, rows, **types):
    land(table, pl.DataFrame(rows, schema_overrides=types))


def put_answers(*answers):
    """Rows of response: (question, model, sample, response, cost, tokens)."""
    rows = [
        {
            "response_id": response,
            "request_key": f"key {response}",
            "question_id": question,
            "model": model,
            "purpose": "answer",
            "sample_index": sample,
            "source": "live",
            "text": response,
            "prompt_tokens": tokens,
            "completion_tokens": tokens,
            "token_source": "billed",
            "cost_usd": cost,
            "cost_source": None if cost is None else "billed",
            "text_hash": response,
            "created_at": NOW,
        }
        for question, model, sample, response, cost, tokens in answers
    ]
    put(
        "response",
        rows,
        sample_index=pl.Int32,
        cost_usd=pl.Float64,
        cost_source=pl.String,
        prompt_tokens=pl.Int64,
        completion_tokens=pl.Int64,
    )


def put_scores(*scores, mode="fixed", scored_at=NOW):
    """Rows of score: (response, score, extracted)."""
    rows = [
        {
            "response_id": response,
            "scorer": "choice" if mode == "fixed" else "recorded",
            "scorer_version": "1",
            "mode": mode,
            "score": score,
            "verdict": "correct" if score == 1 else "wrong",
            "extracted": extracted,
            "scored_at": scored_at,
        }
        for response, score, extracted in scores
    ]
    put("score", rows, score=pl.Float64, extracted=pl.String)


@pytest.fixture
def filled(home):
    put("dataset", [{"dataset": d, "variant": "v1", "source": "test", "synthetic": False} for d in ("a", "b", "other")])
    questions = [("q1", "a"), ("q2", "a"), ("q3", "b"), ("q4", "b"), ("q5", "other")]
    put(
        "question",
        [
            {
                "question_id": key,
                "dataset": dataset,
                "variant": "v1",
                "source_key": key,
                "text": f"text of {key}",
                "content_hash": f"content {key}",
            }
            for key, dataset in questions
        ],
    )
    put_answers(
        ("q1", "big", 0, "r1", 0.4, 10),
        ("q1", "big", 1, "r2", 0.2, 10),
        ("q1", "small", 0, "r3", None, 100),
        ("q2", "big", 0, "r4", 0.4, 10),
        ("q3", "small", 0, "r5", None, None),
        ("q3", "stranger", 0, "r6", 0.1, 10),
        ("q5", "big", 0, "r7", 0.1, 10),
    )
    put_scores(
        ("r1", 1.0, "A"), ("r2", 0.0, "B"), ("r3", 0.0, None), ("r5", None, None), ("r6", 1.0, "A"), ("r7", 1.0, "A")
    )
    put_scores(("r1", 0.0, None), ("r4", 1.0, None), ("r5", 0.5, None), mode="recorded")


def take(verdict="fixed", prices=None, models=MODELS, datasets=("a", "b")):
    load_landing()
    found = outcome_cells(datasets, models, verdict, prices or {})
    return take_snapshot(*found, models, verdict, pool="test", run_id="run")


def taken(verdict="fixed"):
    return frozen_outcomes(take(verdict))


def test_cells_are_means_over_samples_and_missing_ones_are_not_zero(filled):
    matrix = taken()
    assert matrix.question_ids.tolist() == ["q1", "q2", "q3"]  # nobody answered q4
    assert matrix.models == ("small", "big")
    assert matrix.score == pytest.approx(np.array([[0, 0.5], [np.nan, 1], [0.5, np.nan]]), nan_ok=True)
    assert matrix.cost_usd == pytest.approx(np.array([[np.nan, 0.3], [np.nan, 0.4], [np.nan, np.nan]]), nan_ok=True)
    assert matrix.extracted.tolist() == [[None, "A"], [None, None], [None, None]]
    assert matrix.response_id.tolist() == [["r3", "r1"], [None, "r4"], ["r5", None]]
    assert matrix.answered.tolist() == [[True, True], [False, True], [True, False]]


def test_an_array_of_answers_may_begin_with_none(filled):
    matrix = taken()
    rest = matrix.rows(np.array([False, True, False]))
    assert rest.response_id.tolist() == [[None, "r4"]]
    assert rest.answered.tolist() == [[False, True]]
    assert (rest.models, rest.question_ids.tolist()) == (("small", "big"), ["q2"])
    assert matrix.only(["big"]).response_id.tolist() == [["r1"], ["r4"], [None]]


def test_the_recorded_verdict_wins_where_it_is_asked_for(filled):
    assert taken("recorded").score[0].tolist() == [0, 0]  # r1 recorded 0, r2 has only the fixed 0
    assert take("recorded").snapshot_id != take("fixed").snapshot_id


def test_tokens_are_priced_only_where_no_cost_was_recorded(filled):
    cells = take(prices={"small": (2.0, 3.0), "big": (1000.0, 1000.0)}).cells
    first = cells.filter(pl.col("question_id") == "q1").select("cost_usd", "cost_source").rows()
    assert first[0] == (pytest.approx(100 * 5 / 1e6), "priced")
    assert first[1] == (pytest.approx(0.3), "billed")
    assert cells.filter(pl.col("response_id") == "r5").item(0, "cost_usd") is None  # no tokens


def test_the_same_answer_from_two_sources_counts_once(filled):
    before = take()
    replayed = {
        "response_id": "r4",
        "request_key": "replayed",
        "question_id": "q2",
        "model": "big",
        "purpose": "answer",
        "sample_index": 0,
        "source": "replay",
        "text": "r4",
        "text_hash": "r4",
        "created_at": NOW,
    }
    put("response", [replayed], sample_index=pl.Int32)
    assert take().snapshot_id == before.snapshot_id


def test_same_content_same_id_and_nothing_is_written_twice(filled, home):
    first = take()
    folder = home / "snapshots" / first.snapshot_id
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert take().snapshot_id == first.snapshot_id
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written
    assert [path.name for path in folder.parent.iterdir()] == [first.snapshot_id]
    load_landing()
    rows = read("select snapshot_id, run_id, n_question, n_model, n_missing, verdict from snapshot").rows()
    assert rows == [(first.snapshot_id, "run", 3, 2, 2, "fixed")]


def test_a_changed_score_is_another_snapshot_and_the_old_one_stays(filled):
    first = take()
    put_scores(("r3", 1.0, "A"), scored_at=datetime(2026, 1, 2))
    second = take()
    assert second.snapshot_id != first.snapshot_id
    assert frozen_outcomes(load_snapshot(first.snapshot_id)).score[0, 0] == 0
    assert frozen_outcomes(load_snapshot(second.snapshot_id)).score[0, 0] == 1


def test_pool_order_is_part_of_the_content(filled):
    first = take()
    turned = take(models=MODELS[::-1])
    assert turned.snapshot_id != first.snapshot_id
    assert frozen_outcomes(turned).score[0].tolist() == [0.5, 0]


def test_loading_verifies_the_files(filled, home):
    snapshot = take()
    folder = home / "snapshots" / snapshot.snapshot_id
    cells = pl.read_parquet(folder / "outcome.parquet")
    cells.with_columns(score=pl.lit(1.0)).write_parquet(folder / "outcome.parquet")
    with pytest.raises(UserError, match="not what was written"):
        load_snapshot(snapshot.snapshot_id)
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    manifest["sha256"] = {}
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest))
    with pytest.raises(UserError, match="not what was written"):
        load_snapshot(snapshot.snapshot_id)


@pytest.mark.parametrize("name", ["manifest.json", "question.parquet", "outcome.parquet"])
def test_a_damaged_snapshot_is_told_and_written_anew(filled, home, name):
    first = take()
    path = home / "snapshots" / first.snapshot_id / name
    for damaged in (b"", b"\x00garbage" * 99, path.read_bytes()[:-30]):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match="not what was written; evaluating again writes it anew"):
            load_snapshot(first.snapshot_id)
        assert take().cells.equals(first.cells)


def test_unknown_snapshots_and_empty_ones_are_refused(filled, home, tmp_path, monkeypatch):
    with pytest.raises(UserError, match=rf"'nowhere': it is not in {home}/snapshots; .* evaluate again"):
        load_snapshot("nowhere")
    with monkeypatch.context() as patch:
        patch.setenv("CONCERTINO_STORAGE", f"file://{tmp_path}/shared")
        with pytest.raises(UserError, match=rf"{home}/snapshots or file://{tmp_path}/shared/snapshots; "):
            load_snapshot("nowhere")
    with pytest.raises(UserError, match="run collect and score first"):
        take(models=["stranger"], datasets=["a"])


def test_an_id_is_that_of_the_whole_text_however_many_rows_it_takes(filled, monkeypatch):
    whole = take().snapshot_id
    assert whole == "d879d82a56abf35a5e98"  # published identities never change
    monkeypatch.setattr("warehouse.snapshot._CSV_ROWS", 2)
    assert take().snapshot_id == whole
