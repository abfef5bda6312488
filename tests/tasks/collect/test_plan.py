from collections.abc import Callable

import polars as pl
import pytest

from profiles.schema import Pool, RunProfile
from tasks.collect.plan import nothing_to_ask, questions_of, requests_for
from warehouse.errors import UserError

Ask = Callable[..., pl.DataFrame]


def pool(*models: str) -> Pool:
    listed = [{"model_name": model, "litellm_params": {"model": model}} for model in models]
    return Pool.model_validate({"name": "p", "model_list": listed})


def run(**more: object) -> RunProfile:
    return RunProfile.model_validate(
        {"name": "r", "title": "", "source": "synthetic", "datasets": ["*"], "pool": "p", **more}
    )


def test_a_replayed_pool_or_a_profile_that_does_not_collect_asks_nothing() -> None:
    live, replayed = pool("synthetic/a", "replay/b"), pool("replay/a", "replay/b")
    assert "replayed" in str(nothing_to_ask(run(collect=True), replayed, pool_chosen=True))
    assert "collect: false" in str(nothing_to_ask(run(), live, pool_chosen=False))
    assert nothing_to_ask(run(collect=True), live, pool_chosen=False) is None
    assert nothing_to_ask(run(), live, pool_chosen=True) is None


def test_every_live_model_is_asked_every_question_and_sample(ask_questions: Ask) -> None:
    ask_questions(3)
    asked = requests_for(questions_of(["synthetic-*"]), pool("synthetic/a", "replay/b", "synthetic/c"), samples=2)
    assert len(asked) == len({(r.question_id, r.model, r.sample_index) for r in asked}) == 3 * 2 * 2
    assert {request.model for request in asked} == {"synthetic/a", "synthetic/c"}
    assert len({request.question_id for request in asked[:4]}) == 1  # a question's answers come together
    assert asked[0].messages == [{"role": "user", "content": "What is 0 plus 1?"}]


def test_a_limit_holds_per_dataset(ask_questions: Ask) -> None:
    ask_questions(5, "synthetic-a")
    ask_questions(2, "synthetic-b")
    limited = questions_of(["synthetic-*"], limit=3)
    assert limited["dataset"].to_list() == ["synthetic-a"] * 3 + ["synthetic-b"] * 2
    assert limited["source_key"].to_list() == ["0000", "0001", "0002", "0000", "0001"]


def test_no_questions_is_an_error_that_says_what_to_do(ask_questions: Ask) -> None:
    ask_questions(1)
    with pytest.raises(UserError, match="ingest"):
        questions_of(["nothing-*"])
