"""Every mart, row by row, on the warehouse of `filled`."""

from pathlib import Path
from typing import Any

import pytest

from tests.fill import fill, questions, response
from warehouse.connect import read
from warehouse.migrate import sql_files

pytestmark = pytest.mark.usefixtures("filled")


def test_staging_takes_the_newest_verdict_of_each_mode() -> None:
    found = read("select response_id, verdict, fixed_score, recorded_score from stg_answer order by response_id").rows()
    assert found == [("a1", "correct", 1.0, 0.0), ("a2", "no_answer", 0.0, None), ("a3", None, None, 1.0)]


def test_evaluations_are_ranked_by_time() -> None:
    assert read("select run_id, recency from stg_evaluation order by recency").rows() == [("r2", 1), ("r1", 2)]


def test_leaderboard_is_of_the_runs_last_evaluation() -> None:
    columns = "run_id, system, dataset, accuracy, ci_low, ci_high, spread, n_question, n_call, cost_usd, recency"
    assert read(f"select {columns} from leaderboard order by run_id, dataset").rows() == [
        ("r1", "knn", "*", 0.6, 0.5, 0.7, 0.01, 4, 4.0, None, 2),
        ("r2", "knn", "*", 0.9, None, None, None, 4, None, None, 1),
        ("r2", "knn", "d", 0.8, None, None, None, 4, None, None, 1),
    ]


def test_model_leaderboard_keeps_both_verdicts_apart() -> None:
    columns = "model, n_answer, n_fixed, accuracy_fixed, accuracy_recorded, no_answer_share, cost_usd_per_answer"
    assert read(f"select {columns}, latency_s_median from model_leaderboard order by model").rows() == [
        ("m1", 2, 2, 0.5, 0.0, 0.5, 0.03, 2.0),
        ("m2", 1, 0, None, 1.0, None, None, None),
    ]


def test_an_answer_costs_what_its_failed_attempts_cost_too() -> None:
    columns = "response_id, n_attempt, n_failed, cost_usd, failed_cost_usd, total_cost_usd"
    assert read(f"select {columns} from answer_cost order by response_id").rows() == [
        ("a1", 2, 1, 0.02, 0.01, 0.03),
        ("a2", 1, 0, 0.04, None, 0.04),
        ("a3", None, None, None, None, None),
        ("a4", 1, 0, 0.5, None, 0.5),
    ]


def test_calls_are_counted_by_provider_and_error() -> None:
    columns = "provider, asked_model, purpose, error_kind, n_call, n_retry, cost_usd, n_unknown_cost, last_message"
    assert read(f"select {columns} from call_error order by asked_model, purpose desc, error_kind").rows() == [
        ("openai", "m1", "answer", "none", 2, 1, 0.06, 0, None),
        ("openai", "m1", "answer", "timeout", 1, 0, 0.01, 0, "slow"),
        ("openai", "m1", "aggregate", "none", 1, 0, None, 1, None),
        ("unknown", "m3", "answer", "auth", 1, 0, None, 0, "no key"),
    ]


def test_coverage_shows_models_that_never_answered() -> None:
    columns = "dataset, model, n_expected, n_answered, n_fixed, n_recorded, answered_share"
    assert read(f"select {columns} from coverage order by dataset, model").rows() == [
        ("d", "m1", 2, 2, 2, 1, 1.0),
        ("d", "m2", 2, 1, 0, 1, 0.5),
        ("e", "m3", 1, 0, 0, 0, 0.0),
    ]


def test_dq_history_knows_what_was_before() -> None:
    columns = "run_id, profile, success, success_before, unexpected_share"
    assert read(f"select {columns} from dq_history order by run_id").rows() == [
        ("r1", "p", True, None, 0.0),
        ("r2", "p", False, True, 0.5),
    ]


def test_lineage_lists_runs_without_a_finished_stage_too() -> None:
    columns = "run_id, status, stage, seconds, n_row::varchar"
    assert read(f"select {columns} from run_lineage order by run_id").rows() == [
        ("r1", "completed", "score", 2.0, '{"score": 3}'),
        ("r2", "failed", None, None, None),
    ]


def test_an_explanation_has_one_row_per_candidate_with_its_models_prior() -> None:
    columns = "collaboration_id, candidate_index, model, chosen, extracted, model_prior, posterior, reference_models"
    assert read(f"select {columns} from explanation order by all").rows() == [
        ("c", 0, "m1", True, "A", 0.75, 0.9, ["m1", "m2"]),
        ("c", 1, "m2", False, "B", None, 0.1, None),
        ("f", None, None, None, None, None, None, None),
        ("g", None, None, None, None, None, None, None),
    ]


def test_collaboration_cost_is_per_answer_and_its_accuracy_per_question() -> None:
    columns = "preset, dataset, n_answer, accuracy, calls_per_answer, cost_usd_per_answer, cost_usd_per_right_answer"
    found = read(f"select {columns}, stopped_early_share from collaboration_cost").rows()
    assert found == [("smcs", "d", 3, 0.25, 4.0, pytest.approx(0.4), pytest.approx(1.2), pytest.approx(1 / 3))]


def test_a_flip_has_both_answers() -> None:
    columns = "question_id, direction, model_before, text_before, model_after, text_after"
    assert read(f"select {columns} from flip_detail order by question_id").rows() == [
        ("q1", "lost", "m1", "text a1", "m2", "text a3"),
        ("q2", "gained", None, None, None, None),
    ]


def test_disagreement_is_between_our_and_the_recorded_verdict() -> None:
    assert read("select response_id, cause, ground_truth from verdict_disagreement").rows() == [
        ("a1", "right here, wrong there", "A")
    ]


def test_a_changed_verdict_has_both_and_their_modes() -> None:
    columns = "response_id, mode, other_mode, score, other_score, cause"
    assert read(f"select {columns} from verdict_change").rows() == [
        ("a1", "fixed", "recorded", 1.0, 0.0, "an answer that is not told")
    ]


def test_a_scorer_is_measured_by_the_recorded_verdicts() -> None:
    columns = "dataset, scorer, n_answer, agreement_share, kappa, says_one_thing"
    assert read(f"select {columns} from scorer_agreement").rows() == [("d", "exact", 1, 0.0, 0.0, True)]


def test_spending_is_by_run_purpose_and_model() -> None:
    columns = "run_id, profile, purpose, asked_model, n_call, n_failed, cost_usd, failed_cost_usd, n_unknown_cost"
    assert read(f"select {columns}, estimated_cost_usd from spending order by asked_model, purpose").rows() == [
        ("r1", "p", "aggregate", "m1", 1, 0, None, None, 1, None),
        ("r1", "p", "answer", "m1", 3, 1, pytest.approx(0.07), 0.01, 0, 0.04),
        ("r1", "p", "answer", "m3", 1, 1, None, None, 0, None),
    ]
    tokens = "cache_read_tokens, cache_write_tokens, reasoning_tokens"
    assert read(f"select {tokens} from spending where asked_model = 'm1' order by purpose").rows() == [
        (None, None, None),
        (700, None, 30),
    ]


def test_every_mart_has_a_test_here() -> None:
    told = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*marts.py"))
    assert [name for name in sql_files("marts") if name not in told] == []


def test_a_night_tells_its_change_its_answers_and_who_got_worse() -> None:
    columns = "run_id, verdict, points, points_low, n_question, n_new, n_reused, worse_models, cost_usd, recency"
    assert read(f"select {columns} from decision_history order by run_id").rows() == [
        ("r1", "hold", None, None, None, 3, None, None, pytest.approx(0.07), 1),
        ("r2", "regress", -25, -40, 40, 9, 31, "m1", 0, 1),
    ]


def test_a_run_costs_what_all_its_calls_cost() -> None:
    columns = "run_id, flow, status, n_call, n_failed, cost_usd, n_unknown_cost"
    found = read(f"select {columns} from run_cost").rows()
    assert found == [("r1", "run", "completed", 5, 2, pytest.approx(0.07), 1)]


def test_what_lost_calls_can_have_cost_is_told_beside_what_is_known(home: Path) -> None:
    row = {"run_id": "lost", "purpose": "answer", "asked_model": "m", "attempt": 1, "sample_index": 0}
    told: list[dict[str, Any]] = [
        {"cost_usd": 0.01},
        {"error_kind": "unknown", "cost_usd": 0.01},  # its host was lost with the answer
        {"error_kind": "unknown", "bound_usd": 0.05},  # it was under way
        {"error_kind": "timeout"},  # nobody knows the model's price
        {"error_kind": "auth"},
    ]
    fill(call=[row | {"call_id": str(at)} | one for at, one in enumerate(told)])
    known = ("lost", 5, pytest.approx(0.02), pytest.approx(0.07), 2)
    for view in ("spending", "run_cost"):
        assert read(f"select run_id, n_call, cost_usd, at_most_usd, n_unknown_cost from {view}").row(0) == known
    by_kind = "select error_kind, at_most_usd, n_unknown_cost from call_error order by all"
    unknown = ("unknown", pytest.approx(0.06), 1)
    assert read(by_kind).rows() == [("auth", None, 0), ("none", 0.01, 0), ("timeout", None, 1), unknown]


def test_an_answer_that_was_paid_twice_as_a_host_was_lost_costs_both(home: Path) -> None:
    row = {"request_key": "k", "run_id": "r", "asked_model": "m", "cost_usd": 0.01}
    back = row | {"call_id": "back", "error_message": "its host was lost with the answer"}
    fill(
        question=questions("q"),
        response=[response("a", "q", request_key="k", cost_usd=0.01)],
        call=[back, row | {"call_id": "again"}],
    )
    costs = "select cost_usd, total_cost_usd from answer_cost"
    assert read(costs).row(0) == (0.01, pytest.approx(0.02))
    fill(call=[row | {"call_id": "unpriced", "cost_usd": None}])
    assert read(costs).row(0) == (0.01, None)
