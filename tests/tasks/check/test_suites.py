"""Every expectation holds on sound rows, and fails on rows that break it, naming them."""

from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from tasks.check.runner import Outcome, run_suite
from tasks.check.suite import STAGES, suite_of
from tests.fill import fill, questions, score
from tests.fill import response as response_row
from warehouse.connect import connection
from warehouse.published import publish
from warehouse.settings import settings

Rows = dict[str, list[dict[str, Any]]]

RUN = "r1"
_samples = count(100)


def response(key: str, question: str = "q3", model: str = "m1", **columns: Any) -> dict[str, Any]:
    return response_row(key, question, model, **{"sample_index": next(_samples), **columns})


def accuracy(system: str, value: float, **columns: Any) -> dict[str, Any]:
    return {"run_id": RUN, "system": system, "dataset": "d", "metric": "accuracy", "value": value, **columns}


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
    "score": [score("a0", 1.0), score("a0", 1.0, "recorded"), score("a1", 0.0), score("a2", 0.5), score("a3", None),
              score("a4", 1.0, scorer="yes_no", scorer_version="1/m1")],
    "label": [{"question_id": "q1", "model": "m1", "provenance": "user", "label": 0.5}],
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
    "policy": [{"policy_id": "p", "split_id": "s"}],
    "run_policy": [{"policy_id": "p", "run_id": RUN}],
    "route": [{"policy_id": "p", "question_id": "q2", "model": "m1"}],
    "system": [{"run_id": RUN, "system": "oracle (any credit)", "kind": "baseline", "name": "oracle",
                "variant": "any credit"}],
    "outcome": [{"run_id": RUN, "system": "oracle", "question_id": key} for key in ("q1", "q2")],
    "metric": [
        accuracy(system, value, ci_low=value - 0.1, ci_high=value + 0.1, n=n)
        for system, value, n in (
            ("oracle", 0.8, 10), ("knn", 0.8, 10), ("smcs", 0.7, 10), ("lucky", 0.9, 5),
            ("oracle (any credit)", 0.9, 10),
        )
    ],
}  # fmt: skip

# Stage, expectation, keys of the offenders, rows that offend.
_BROKEN: list[tuple[str, str, set[str], Rows]] = [
    ("ingest", "every question has a text", {"blank"}, {"question": questions("blank", text=" \n")}),
    ("ingest", "a question has one truth per dataset", {"q0"},
     {"question": [*questions("q0", ground_truth="A", content_hash="twice"),
                   *questions("q0b", ground_truth="B", content_hash="twice")]}),
    ("ingest", "no question occurs in two datasets or variants", {"q4", "q5"},
     {"question": [*questions("q4", content_hash="here and there"), *questions("q5", content_hash="two variants"),
                   *questions("q6", dataset="d2", content_hash="here and there"),
                   *questions("q7", variant="dev", content_hash="two variants")]}),
    ("ingest", "every answering model is known", {"m9"}, {"response": [response("stranger", model="m9")]}),
    ("ingest", "labels lie between 0 and 1", {"q1 m1 judge", "q1 m1 tests"},
     {"label": [{"question_id": "q1", "model": "m1", "provenance": "judge", "label": 1.5},
                {"question_id": "q1", "model": "m1", "provenance": "tests", "label": float("nan")}]}),
    ("ingest", "response keys are unique", {"double"},
     {"response": [response("double"), response("double", source="imported")]}),
    ("collect", "response keys are unique", {"double"}, {}),
    ("collect", "no answer is an error text", {f"error{i}" for i in range(6)},
     {"response": [
         response(f"error{i}", text=text)
         for i, text in enumerate((
             "litellm.RateLimitError: slow", "\n Traceback (most recent call last):\n  File", "RateLimitError: 429",
             "openai.APITimeoutError: Request timed out.", "Error code: 429 - {'error'", '{"error": {"message": ""}}',
         ))
     ]}),
    ("collect", "cost is tokens times price, within 1 %", {"dear", "cheap"},
     {"response": [response("dear", cost_source="priced", cost_usd=50.6e-6),
                   response("cheap", cost_source="priced", cost_usd=49.4e-6),
                   response("near", cost_source="priced", cost_usd=50.4e-6),
                   response("said", cost_source="billed", cost_usd=1.0),
                   response("cached", cost_source="priced", cost_usd=42.8e-6, request_key="k cached")],
      "price": [{"model": "m1", "source": "cached", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0,
                 "cache_read_usd_per_mtok": 0.1}],
      "call": [{"call_id": "cached", "asked_model": "m1", "request_key": "k cached", "cost_source": "priced",
                "cache_read_tokens": 8, "cost_usd": 42.8e-6}]}),
    ("collect", "answers have token counts", {"m1 (imported)"},
     {"response": [response("uncounted", source="imported", completion_tokens=None)]}),
    ("collect", "token counts differ between answers", {"m2 (live)"},
     {"response": [response(f"constant{i}", model="m2") for i in range(10)]}),
    ("collect", "at most 5 % of a model's answers are empty", {"m3 (live)"},
     {"response": [response("empty", model="m3", text=" \n")]}),
    ("collect", "at most 5 % of a model's answers are cut off", {"m4 (live)"},
     {"response": [response("cut", model="m4", finish_reason="length")]}),
    ("collect", "the served model is the asked one", {"m1 served by m0"},
     {"call": [{"call_id": "other", "run_id": RUN, "asked_model": "m1", "served_model": "m0", "cost_usd": 0.0}]}),
    ("collect", "no request is paid for twice", {"k1"},
     {"call": [{"call_id": "again", "run_id": "r0", "request_key": "k1", "asked_model": "m1", "cost_usd": 1.0},
               {"call_id": "back", "run_id": RUN, "request_key": "k2", "asked_model": "m1", "cost_usd": 1.0,
                "error_message": "its host was lost with the answer"},
               {"call_id": "lost", "run_id": RUN, "request_key": "k2", "asked_model": "m1", "error_kind": "timeout"}]}),
    ("score", "scores lie between 0 and 1", {"high exact fixed", "nan exact fixed"},
     {"response": [response("high"), response("nan")], "score": [score("high", 1.5), score("nan", float("nan"))]}),
    ("score", "verdicts have known names", {"odd exact fixed"},
     {"response": [response("odd")], "score": [score("odd", 1.0, verdict="maybe")]}),
    ("score", "an answer is found in at least 80 % of a model's responses", {"m2"},
     {"score": [score("constant1", 0.0, verdict="no_answer"), score("constant2", 1.0), score("constant3", 1.0)]}),
    ("score", "a judge does not say the same of every answer", {"d yes_no 1/m1"},
     {"response": [response(f"judged{i}", sample_index=i) for i in range(20)],
      "score": [score(f"judged{i}", 1.0, verdict="correct", scorer="yes_no", scorer_version="1/m1")
                for i in range(20)]}),
    ("bank", "vectors have unit length, within 0.001", {"e long", "e nan"},
     {"embedding": [{"embedder": "e", "text_hash": "long", "vector": [0.6, 0.9]},
                    {"embedder": "e", "text_hash": "nan", "vector": [float("nan"), 1.0]}],
      "bank_item": [{"bank_id": "b", "question_id": key, "text_hash": key} for key in ("long", "nan")]}),
    ("bank", "the index finds 99 % of the neighbours", {"lossy"},
     {"bank": [{"bank_id": "lossy", "run_id": RUN, "recall": 0.9}]}),
    ("bank", "a model has labels for half of the bank", {"bare m1"},
     {"bank": [{"bank_id": "bare", "run_id": RUN, "n_item": 3}],
      "bank_label": [{"bank_id": "bare", "question_id": "q1", "model": "m1"}]}),
    ("bank", "no bank question is in the test part", {"b leak"},
     {"bank_item": [{"bank_id": "b", "question_id": "leak", "content_hash": "content q2"}]}),
    ("collaborate", "exactly one candidate is chosen where there is an answer", {"both", "ghost", "none"},
     {"collaboration": [{"collaboration_id": "both", "question_id": "both", "run_id": RUN, "response_id": "a0"},
                        {"collaboration_id": "ghost", "question_id": "ghost", "run_id": RUN},
                        {"collaboration_id": "none", "question_id": "none", "run_id": RUN, "response_id": "a0"}],
      "candidate": [{"collaboration_id": "both", "candidate_index": i, "response_id": "a0", "chosen": True}
                    for i in (0, 1)] + [{"collaboration_id": "ghost", "response_id": "a0", "chosen": True}]}),
    ("collaborate", "the answer is the chosen candidate's", {"ghost", "swapped"},
     {"collaboration": [{"collaboration_id": "swapped", "question_id": "swapped", "run_id": RUN, "response_id": "a0"}],
      "candidate": [{"collaboration_id": "swapped", "candidate_index": 0, "response_id": "a1", "chosen": True}]}),
    ("collaborate", "stated probabilities are finite", {"nan"},
     {"collaboration": [{"collaboration_id": "nan", "question_id": "nan", "run_id": RUN,
                         "probability": float("nan")}]}),
    ("collaborate", "stated probabilities lie between 0 and 1", {"nan", "sure"},
     {"collaboration": [{"collaboration_id": "sure", "question_id": "sure", "run_id": RUN, "probability": 1.01}]}),
    ("collaborate", "chosen models have a finite prior", {"blind"},
     {"collaboration": [{"collaboration_id": "blind", "question_id": "blind", "run_id": RUN,
                         "prior": '[{"score": null, "chosen": true}]'}]}),
    ("collaborate", "posteriors are finite", {"c 2"},
     {"candidate": [{"collaboration_id": "c", "candidate_index": 2, "posterior": float("nan")}]}),
    ("collaborate", "the cost of every successful call is known", {"m1 aggregate"},
     {"call": [{"call_id": "free", "run_id": RUN, "asked_model": "m1", "served_model": "m1", "purpose": "aggregate"}]}),
    ("evaluate", "every test question is routed once per policy, no other question is", {"lazy q2", "p q1"},
     {"policy": [{"policy_id": "lazy", "split_id": "s"}], "run_policy": [{"policy_id": "lazy", "run_id": RUN}],
      "route": [{"policy_id": "p", "question_id": "q1", "model": "m1"}]}),
    ("evaluate", "accuracies lie between 0 and 1", {"over d"}, {"metric": [accuracy("over", 1.1)]}),
    ("evaluate", "intervals begin at or below their value", {"low d"}, {"metric": [accuracy("low", 0.5, ci_low=0.6)]}),
    ("evaluate", "intervals end at or above their value", {"top d"}, {"metric": [accuracy("top", 0.5, ci_high=0.4)]}),
    ("evaluate", "no router or single model beats the oracle", {"seer d"}, {"metric": [accuracy("seer", 0.9, n=10)]}),
    ("evaluate", "no collaboration beats the oracle", {"moa d"},
     {"metric": [accuracy("moa", 0.9, n=10)],
      "collaboration": [{"collaboration_id": "moa", "question_id": "moa", "run_id": RUN, "preset": "moa"}]}),
]  # fmt: skip

_ELSEWHERE: Rows = {
    "model": [{"model": model} for model in ("m2", "m3", "m4")],
    "question": questions("elsewhere", dataset="other", text=""),
    "response": [response("elsewhere", "elsewhere", text="litellm.Timeout: too slow")],
    "collaboration": [{"collaboration_id": "elsewhere", "run_id": "r0", "probability": 7.0}],
    "metric": [accuracy("elsewhere", 7.0) | {"run_id": "r0"}],
}

_WARNINGS = {
    "a question has one truth per dataset", "no question occurs in two datasets or variants",
    "every answering model is known", "answers have token counts", "token counts differ between answers",
    "at most 5 % of a model's answers are empty", "at most 5 % of a model's answers are cut off",
    "the served model is the asked one", "a judge does not say the same of every answer",
    "an answer is found in at least 80 % of a model's responses",
    "the index finds 99 % of the neighbours", "a model has labels for half of the bank",
    "the cost of every successful call is known", "no collaboration beats the oracle",
}  # fmt: skip


def _all_outcomes() -> list[tuple[str, Outcome]]:
    return [(stage, outcome) for stage in STAGES for outcome in run_suite(suite_of(stage), RUN, ["d*"])]


def _keys(stage: str, expectation: str) -> tuple[str, ...]:
    return next(one.keys for one in run_suite(suite_of(stage), RUN, ["d*"]) if one.expectation.name == expectation)


def test_sound_rows_pass_every_gate_and_every_check_looks_at_rows(home: Path) -> None:
    fill(**_SOUND)
    publish()
    outcomes = _all_outcomes()
    assert [f"{stage}: {outcome}" for stage, outcome in outcomes if not outcome.success] == []
    assert [f"{stage}: {outcome}" for stage, outcome in outcomes if outcome.n_checked == 0] == []


def test_every_expectation_names_exactly_the_rows_that_break_it(home: Path) -> None:
    parts = [_SOUND, *(rows for _, _, _, rows in _BROKEN), _ELSEWHERE]
    fill(**{table: [row for part in parts for row in part.get(table, [])] for part in parts for table in part})
    publish()
    failed = {(stage, one.expectation.name): one for stage, one in _all_outcomes() if not one.success}
    assert {key: set(one.keys) for key, one in failed.items()} == {(s, e): keys for s, e, keys, _ in _BROKEN}
    assert {name for (_, name), one in failed.items() if not one.critical} == _WARNINGS
    assert all(one.n_unexpected >= len(one.keys) for one in failed.values())


def test_what_the_loader_promises_is_checked_too(home: Path) -> None:
    fill(**_SOUND)
    publish()
    with connection("breaking promises") as con:
        con.execute("insert into score select * from score where response_id = 'a0' and mode = 'fixed'")
        con.execute("insert into question select * from question where question_id = 'q1'")
    assert _keys("score", "one verdict per response, scorer, version and mode") == ("a0 exact 1 fixed",)
    assert _keys("ingest", "question keys are unique") == ("q1",)
    with duckdb.connect(str(settings().published)) as con:
        con.execute("delete from question where question_id = 'q1'")
    assert _keys("publish", "every table has as many rows as its source") == ("question",)


def test_every_expectation_is_broken_by_some_test() -> None:
    told = Path(__file__).read_text()
    names = {expectation.name for stage in STAGES for check in suite_of(stage) for expectation in check.expectations}
    assert sorted(name for name in names if f'"{name}"' not in told) == []
