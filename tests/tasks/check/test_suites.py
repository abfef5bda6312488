"""Every expectation holds on sound rows, and fails on rows that break it, naming them."""

from pathlib import Path
from typing import Any

import pytest

from tasks.check.runner import Outcome, run_suite
from tasks.check.suite import STAGES, Check, suite_of
from tests.fill import fill, questions, response, score
from warehouse.published import publish

Rows = dict[str, list[dict[str, Any]]]

RUN = "r1"
_PRICE = {"model": "m1", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "source": "pool"}
_SOUND: Rows = {
    "dataset": [{"dataset": "d", "variant": "test", "source": "s"}],
    "question": questions("q1", "q2", "q3", ground_truth="A"),
    "model": [{"model": "m1", "provider": "openai"}],
    "price": [_PRICE | {"source": "old", "input_usd_per_mtok": 9.0}, _PRICE],
    "response": [
        response(f"a{i}", "q1", sample_index=i, completion_tokens=20 + i, request_key=f"k{i}",
                 cost_source="priced", cost_usd=(10 + 2 * (20 + i)) / 1e6)
        for i in range(12)
    ],
    "call": [
        {"call_id": f"c{i}", "request_key": f"k{i}", "run_id": RUN, "asked_model": "m1", "served_model": "m1",
         "purpose": "answer", "cost_usd": 1e-5}
        for i in range(12)
    ],
    "score": [score("a0", 1.0), score("a0", 1.0, "recorded"), score("a1", 0.0), score("a2", 0.5), score("a3", None)],
    "split": [{"split_id": "s", "question_id": "q1", "part": "train"},
              {"split_id": "s", "question_id": "q2", "part": "test"}],
    "embedding": [{"embedder": "e", "text_hash": "t1", "vector": [0.6, 0.8]}],
    "bank": [{"bank_id": "b", "run_id": RUN, "split_id": "s", "embedder": "e", "n_item": 1, "recall": 0.995},
             {"bank_id": "exact", "run_id": RUN, "split_id": "s", "embedder": "e", "n_item": 1}],
    "bank_item": [{"bank_id": "b", "question_id": "q1", "text_hash": "t1", "content_hash": "content q1"}],
    "bank_label": [{"bank_id": "b", "question_id": "q1", "model": "m1"}],
    "collaboration": [
        {"collaboration_id": "c", "run_id": RUN, "preset": "smcs", "question_id": "q2", "response_id": "a0",
         "probability": 0.9, "prior": '[{"model": "m1", "score": 0.5, "chosen": true}, {"model": "m2", "score": null, '
                                      '"chosen": false}]'},
        {"collaboration_id": "failed", "run_id": RUN, "preset": "smcs", "question_id": "q3"},
    ],
    "candidate": [
        {"collaboration_id": "c", "candidate_index": 0, "response_id": "a0", "chosen": True, "posterior": 1.0},
        {"collaboration_id": "c", "candidate_index": 1, "response_id": "a1", "chosen": False, "posterior": None},
    ],
    "policy": [{"policy_id": "p", "run_id": RUN, "split_id": "s"}],
    "route": [{"policy_id": "p", "question_id": "q2", "model": "m1"}],
    "outcome": [{"run_id": RUN, "system": "oracle", "question_id": key} for key in ("q1", "q2")],
    "metric": [
        {"run_id": RUN, "system": system, "dataset": "d", "metric": "accuracy", "value": value, "ci_low": value - 0.1,
         "ci_high": value + 0.1, "n": n}
        for system, value, n in (("oracle", 0.8, 10), ("knn", 0.8, 10), ("smcs", 0.7, 10), ("lucky", 0.9, 5))
    ],
}  # fmt: skip

_BROKEN: list[tuple[str, str, str, Rows]] = [
    ("ingest", "every question has a text", "q9", {"question": questions("q9", text=" \n")}),
    ("ingest", "a question has one truth per dataset", "q1",
     {"question": questions("q9", ground_truth="B", content_hash="content q1")}),
    ("ingest", "no question occurs in two datasets or variants", "q1",
     {"question": questions("q9", dataset="d2", ground_truth="A", content_hash="content q1")}),
    ("ingest", "every answering model is known", "m9", {"response": [response("a99", "q1", "m9")]}),
    ("ingest", "response keys are unique", "a0", {"response": [response("a0", "q1", source="imported")]}),
    ("collect", "response keys are unique", "a0", {"response": [response("a0", "q1", source="imported")]}),
    *(
        ("collect", "no answer is an error text", "a99", {"response": [response("a99", "q1", text=text)]})
        for text in (
            "litellm.RateLimitError: slow down", "\n Traceback (most recent call last):\n  File", "RateLimitError: 429",
            "openai.APITimeoutError: Request timed out.", "Error code: 429 - {'error'", '{"error": {"message": "no"}}',
        )
    ),
    ("collect", "cost is tokens times price, within 1 %", "a99",
     {"response": [response("a99", "q1", cost_source="priced", cost_usd=5.2e-5)]}),
    ("collect", "answers have token counts", "m1 (imported)",
     {"response": [response("a99", "q1", source="imported", completion_tokens=None)]}),
    ("collect", "token counts differ between answers", "m2 (live)",
     {"response": [response(f"b{i}", "q1", "m2", sample_index=i) for i in range(10)]}),
    ("collect", "at most 5 % of a model's answers are empty", "m2 (live)",
     {"response": [response("a99", "q1", "m2", text=" \n")]}),
    ("collect", "at most 5 % of a model's answers are cut off", "m2 (live)",
     {"response": [response("a99", "q1", "m2", finish_reason="length")]}),
    ("collect", "the served model is the asked one", "m1 served by m0",
     {"call": [{"call_id": "c99", "run_id": RUN, "asked_model": "m1", "served_model": "m0"}]}),
    ("collect", "no request is paid for twice", "k1",
     {"call": [{"call_id": "c99", "run_id": "r0", "request_key": "k1", "asked_model": "m1"}]}),
    ("score", "scores lie between 0 and 1", "a9 exact fixed",
     {"response": [response("a9", "q1")], "score": [score("a9", 1.5)]}),
    ("score", "scores lie between 0 and 1", "a9 exact fixed",
     {"response": [response("a9", "q1")], "score": [score("a9", float("nan"))]}),
    ("score", "verdicts have known names", "a9 exact fixed",
     {"response": [response("a9", "q1")], "score": [score("a9", 1.0, verdict="maybe")]}),
    ("score", "an answer is found in at least 80 % of a model's responses", "m2",
     {"response": [response(f"b{i}", f"q{i}", "m2") for i in (1, 2, 3)],
      "score": [score("b1", 0.0, verdict="no_answer"), score("b2", 1.0), score("b3", 1.0)]}),
    ("profile", "vectors have unit length, within 0.001", "e t9",
     {"embedding": [{"embedder": "e", "text_hash": "t9", "vector": [0.6, 0.9]}],
      "bank_item": [{"bank_id": "b", "question_id": "q3", "text_hash": "t9"}]}),
    ("profile", "vectors have unit length, within 0.001", "e t9",
     {"embedding": [{"embedder": "e", "text_hash": "t9", "vector": [float("nan"), 1.0]}],
      "bank_item": [{"bank_id": "b", "question_id": "q3", "text_hash": "t9"}]}),
    ("profile", "the index finds 99 % of the neighbours", "b9", {"bank": [{"bank_id": "b9", "run_id": RUN, "recall": 0.9}]}),
    ("profile", "a model has labels for half of the bank", "b9 m1",
     {"bank": [{"bank_id": "b9", "run_id": RUN, "n_item": 3}],
      "bank_label": [{"bank_id": "b9", "question_id": "q1", "model": "m1"}]}),
    ("profile", "no bank question is in the test part", "b q9",
     {"bank_item": [{"bank_id": "b", "question_id": "q9", "content_hash": "content q2"}]}),
    ("collaborate", "exactly one candidate is chosen where there is an answer", "c",
     {"candidate": [{"collaboration_id": "c", "candidate_index": 2, "response_id": "a0", "chosen": True}]}),
    ("collaborate", "exactly one candidate is chosen where there is an answer", "failed",
     {"candidate": [{"collaboration_id": "failed", "candidate_index": 0, "response_id": "a0", "chosen": True}]}),
    ("collaborate", "exactly one candidate is chosen where there is an answer", "none",
     {"collaboration": [{"collaboration_id": "none", "run_id": RUN, "response_id": "a0"}]}),
    ("collaborate", "the answer is the chosen candidate's", "other",
     {"collaboration": [{"collaboration_id": "other", "run_id": RUN, "response_id": "a0"}],
      "candidate": [{"collaboration_id": "other", "candidate_index": 0, "response_id": "a1", "chosen": True}]}),
    ("collaborate", "stated probabilities are finite", "odd",
     {"collaboration": [{"collaboration_id": "odd", "run_id": RUN, "probability": float("nan")}]}),
    ("collaborate", "stated probabilities lie between 0 and 1", "odd",
     {"collaboration": [{"collaboration_id": "odd", "run_id": RUN, "probability": 1.01}]}),
    ("collaborate", "chosen models have a finite prior", "odd",
     {"collaboration": [{"collaboration_id": "odd", "run_id": RUN, "prior": '[{"score": null, "chosen": true}]'}]}),
    ("collaborate", "posteriors are finite", "c 2",
     {"candidate": [{"collaboration_id": "c", "candidate_index": 2, "posterior": float("nan")}]}),
    ("collaborate", "the cost of every successful call is known", "m1 aggregate",
     {"call": [{"call_id": "c99", "run_id": RUN, "asked_model": "m1", "purpose": "aggregate"}]}),
    ("evaluate", "every test question is routed once per policy, no other question is", "lazy q2",
     {"policy": [{"policy_id": "lazy", "run_id": RUN, "split_id": "s"}]}),
    ("evaluate", "every test question is routed once per policy, no other question is", "p q1",
     {"route": [{"policy_id": "p", "question_id": "q1", "model": "m1"}]}),
    ("evaluate", "accuracies lie between 0 and 1", "knn d",
     {"metric": [{"run_id": RUN, "system": "knn", "dataset": "d", "metric": "accuracy", "value": 1.1}]}),
    ("evaluate", "intervals begin at or below their value", "knn d",
     {"metric": [{"run_id": RUN, "system": "knn", "dataset": "d", "metric": "accuracy", "value": 0.5, "ci_low": 0.6}]}),
    ("evaluate", "intervals end at or above their value", "knn d",
     {"metric": [{"run_id": RUN, "system": "knn", "dataset": "d", "metric": "accuracy", "value": 0.5, "ci_high": 0.4}]}),
    ("evaluate", "no router or single model beats the oracle", "knn d",
     {"metric": [{"run_id": RUN, "system": "knn", "dataset": "d", "metric": "accuracy", "value": 0.9, "n": 10}]}),
    ("evaluate", "no collaboration beats the oracle", "smcs d",
     {"metric": [{"run_id": RUN, "system": "smcs", "dataset": "d", "metric": "accuracy", "value": 0.9, "n": 10}]}),
]  # fmt: skip

_WARNINGS = {
    "a question has one truth per dataset", "no question occurs in two datasets or variants",
    "every answering model is known", "answers have token counts", "token counts differ between answers",
    "at most 5 % of a model's answers are empty", "at most 5 % of a model's answers are cut off",
    "the served model is the asked one", "an answer is found in at least 80 % of a model's responses",
    "the index finds 99 % of the neighbours", "a model has labels for half of the bank",
    "the cost of every successful call is known", "no collaboration beats the oracle",
}  # fmt: skip


def _check(stage: str, expectation: str) -> Check:
    return next(check for check in suite_of(stage) if expectation in {one.name for one in check.expectations})


def _outcome(stage: str, expectation: str) -> Outcome:
    outcomes = run_suite([_check(stage, expectation)], RUN, ["d*"])
    return next(outcome for outcome in outcomes if outcome.expectation.name == expectation)


def test_sound_rows_pass_every_gate_and_every_check_looks_at_rows(home: Path) -> None:
    fill(**_SOUND)
    publish()
    outcomes = [(stage, outcome) for stage in STAGES for outcome in run_suite(suite_of(stage), RUN, ["d*"])]
    assert [f"{stage}: {outcome}" for stage, outcome in outcomes if not outcome.success] == []
    assert [f"{stage}: {outcome}" for stage, outcome in outcomes if outcome.n_checked == 0] == []


@pytest.mark.parametrize(("stage", "expectation", "key", "rows"), _BROKEN, ids=[f"{b[0]}-{b[1]}-{b[2]}" for b in _BROKEN])
def test_a_row_that_breaks_an_expectation_is_named(
    home: Path, stage: str, expectation: str, key: str, rows: Rows
) -> None:
    fill(**{table: _SOUND.get(table, []) + rows.get(table, []) for table in [*_SOUND, *rows]})
    outcome = _outcome(stage, expectation)
    assert outcome.keys == (key,)
    assert outcome.n_unexpected >= 1
    assert outcome.critical == (expectation not in _WARNINGS)


def test_two_verdicts_under_one_key_are_found_however_they_came(home: Path) -> None:
    from warehouse.connect import connection

    fill(**_SOUND)
    with connection("breaking the loader's promise") as con:
        con.execute("insert into score select * from score where response_id = 'a0' and mode = 'fixed'")
        con.execute("insert into question select * from question where question_id = 'q1'")
    assert _outcome("score", "one verdict per response, scorer, version and mode").keys == ("a0 exact 1 fixed",)
    assert _outcome("ingest", "question keys are unique").keys == ("q1",)


def test_a_table_that_is_not_fully_published_is_found(home: Path) -> None:
    import duckdb

    from warehouse.settings import settings

    fill(**_SOUND)
    publish()
    with duckdb.connect(str(settings().published)) as con:
        con.execute("delete from question where question_id = 'q1'")
    assert _outcome("publish", "every table has as many rows as its source").keys == ("question",)


def test_every_expectation_is_broken_by_some_test() -> None:
    told = Path(__file__).read_text()
    names = {expectation.name for stage in STAGES for check in suite_of(stage) for expectation in check.expectations}
    assert sorted(name for name in names if told.count(f'"{name}"') == 0) == []


def test_other_datasets_and_other_runs_are_left_alone(home: Path) -> None:
    fill(**_SOUND)
    fill(
        question=questions("z1", dataset="other", text=""),
        response=[response("z", "z1", text="litellm.Timeout: too slow")],
        collaboration=[{"collaboration_id": "z", "run_id": "r0", "probability": 7.0}],
    )
    for stage, expectation in (
        ("ingest", "every question has a text"),
        ("collect", "no answer is an error text"),
        ("collaborate", "stated probabilities lie between 0 and 1"),
    ):
        assert _outcome(stage, expectation).success
