"""What a night asks anew: shares, strata, rotation, age, and a night that was cut off."""

import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from profiles.schema import Pool, Refresh
from tasks.collect.chunk import Chunk, ask_chunk, wanted_rows
from tasks.collect.ledger import recover
from tasks.collect.plan import requests_for
from tasks.collect.refresh import refresh_requests
from tasks.collect.shares import Share
from tests.fill import fill
from warehouse.connect import read
from warehouse.writer import load_landing, now

NOW = datetime(2026, 11, 25, 2, 30)
REFRESH = """
import sys
from profiles.load import load_pool
from profiles.schema import RunProfile
from tasks.collect.plan import questions_of
from tasks.collect.task import refresh_answers

run = RunProfile(name="p", title="t", source="questions", datasets=["synthetic-*"], pool="two", collect=True,
          refresh={"share": 0.5, "at_least": 0})
refresh_answers(sys.argv[2], questions_of(run.datasets), run, run.refresh, load_pool(sys.argv[1]), budget_usd=10.0,
                concurrency=4)
"""
SIZES = {"small": 10, "large": 90}
QUESTIONS = pl.DataFrame(
    [
        {"question_id": f"{dataset}-{i}", "dataset": dataset, "text": f"{i}?", "prompt": None}
        for dataset, size in SIZES.items()
        for i in range(size)
    ],
    schema_overrides={"prompt": pl.String},
)
POOL = Pool.model_validate(
    {
        "model_list": [
            {"model_name": name, "litellm_params": {"model": model}}
            for name, model in (("a", "openai/a"), ("b", "openai/b"), ("r", "replay/r"))
        ]
    }
)


def known(days=3.0, models=("a", "b", "r")):
    return pl.concat(
        QUESTIONS.select("question_id", "dataset").with_columns(
            model=pl.lit(name), refresh=pl.lit(0), asked_at=pl.lit(NOW - timedelta(days=days))
        )
        for name in models
    )


def asked_of(answers, since=NOW, today=NOW, **rule):
    return refresh_requests(QUESTIONS, POOL, Refresh(**rule), answers, since=since, today=today)


def answered(answers, requests, when):
    """The known answers after some of them were asked anew."""
    done = pl.DataFrame(
        [{"question_id": one.question_id, "model": one.model, "anew": one.refresh} for one in requests],
        schema={"question_id": pl.String, "model": pl.String, "anew": pl.Int32},
    )
    return (
        answers.join(done, on=["question_id", "model"], how="left")
        .with_columns(
            refresh=pl.coalesce("anew", "refresh"),
            asked_at=pl.when(pl.col("anew").is_null()).then("asked_at").otherwise(pl.lit(when)),
        )
        .drop("anew")
    )


def test_a_share_of_every_model_stratified_by_dataset_and_never_of_recorded_ones():
    requests = asked_of(known(), share=0.2, at_least=0)
    counts = Counter((one.model, one.question_id.split("-")[0]) for one in requests)
    assert counts == {("a", "small"): 2, ("a", "large"): 18, ("b", "small"): 2, ("b", "large"): 18}
    assert {one.refresh for one in requests} == {1}
    of_model = {name: {one.question_id for one in requests if one.model == name} for name in "ab"}
    assert of_model["a"] == of_model["b"]  # whole questions, so that systems see them


def test_wherever_a_budget_ends_it_the_sample_is_stratified():
    first = asked_of(known(), share=1.0)[:60]
    assert Counter(one.model for one in first) == {"a": 30, "b": 30}
    assert sum(one.question_id.startswith("small") for one in first) == 6


def test_at_least_is_of_each_model_as_far_as_it_has_answers():
    assert Counter(one.model for one in asked_of(known(), share=0.01, at_least=50)) == {"a": 50, "b": 50}
    assert len(asked_of(known(models=("a",)), share=0.01, at_least=500)) == 100
    assert asked_of(known().clear(), share=1.0) == []


def test_five_nights_of_a_fifth_ask_everything_once_also_on_one_day():
    answers, seen = known(), Counter()
    for night in range(5):
        tonight = NOW + timedelta(minutes=night)
        requests = asked_of(answers, since=tonight, today=tonight, share=0.2, at_least=0)
        seen.update((one.question_id, one.model) for one in requests)
        answers = answered(answers, requests, tonight)
    assert len(seen) == 200
    assert set(seen.values()) == {1}
    again = asked_of(answers, since=NOW + timedelta(hours=1), share=0.2, at_least=0)
    assert {one.refresh for one in again} == {2}


def test_what_is_too_old_is_asked_in_any_case():
    old = known(days=31).head(30)
    answers = pl.concat([old, known().slice(30)])
    requests = asked_of(answers, share=0.0, at_least=0, max_age_days=30)
    assert {(one.question_id, one.model) for one in requests} == set(old.select("question_id", "model").iter_rows())


def test_answers_that_a_clock_that_was_ahead_has_dated_are_not_tonights():
    ahead, before = (asked_of(known(days), share=0.2, at_least=0) for days in (-30, 3))
    assert len(ahead) == len(before) == 40
    skewed = known(-1 / 48)  # asked by a host whose clock is half an hour ahead: not again
    assert asked_of(skewed, share=0.2, at_least=0) == []


def test_a_night_that_was_cut_off_is_gone_on_with():
    answers = known()
    whole = asked_of(answers, share=0.2, at_least=0)
    answers = answered(answers, whole[:25], NOW + timedelta(minutes=5))
    rest = asked_of(answers, today=NOW + timedelta(hours=1), share=0.2, at_least=0)
    paid = {(one.question_id, one.model) for one in whole[:25]}
    assert len(rest) == 15
    assert not paid & {(one.question_id, one.model) for one in rest}


def test_a_refresh_killed_in_the_middle_asks_the_rest_and_nothing_twice(ask_questions, http_pool, server, tmp_path):
    pool, path = http_pool("m", "n"), tmp_path / "two.yaml"
    path.write_text(pool.model_dump_json())
    questions = ask_questions(40)
    ask_chunk(Chunk(Share("first", pool, 10.0), questions, wanted_rows(requests_for(questions, pool))))
    fill(decision=[{"run_id": "first", "profile": "p", "created_at": now()}])
    server.reset()
    server.latency_s = 0.1
    command = [sys.executable, "-c", REFRESH, str(path), "night"]
    killed = subprocess.Popen(command, cwd=Path(__file__).parents[3])
    while server.answered.total() < 10:
        assert killed.poll() is None
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    server.latency_s = 0.0
    subprocess.run(command, cwd=Path(__file__).parents[3], check=True, timeout=300)
    recover()
    load_landing()
    anew = "select count(*), count(distinct (question_id, model)), max(refresh) from response where refresh > 0"
    assert read(anew).row(0) == (40, 40, 1)
    assert read("select count(*) - count(distinct request_key) from call where error_kind is null").item() == 0
    assert 40 <= server.asked.total() <= 40 + 4  # what was in flight at the kill
