"""A model that is asked with other parameters is not averaged with what it was before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from profiles.schema import Pool
from tasks.collect.chunk import Chunk, ask_chunk, wanted_rows
from tasks.collect.plan import questions_of, requests_for
from tasks.collect.shares import Share
from tasks.collect.task import collect_answers
from tests.local_openai import LocalOpenAI
from warehouse.connect import read
from warehouse.writer import land, load_landing

DATASETS = ["synthetic-*"]


@pytest.fixture
def collect(
    ask_questions: Callable[..., pl.DataFrame], http_pool: Callable[..., Pool], server: LocalOpenAI
) -> Callable[..., int]:
    """Ask two models for what is missing; what they say tells how they were asked. How many calls it took."""
    ask_questions(2)
    server.says = lambda body: f"{body['temperature']} {len(server.bodies)}"

    def run(temperature: float, samples: int = 1, **parameters: Any) -> int:
        before = len(server.bodies)
        pool = http_pool("m", temperature=temperature, **parameters)
        pool.model_list.extend(http_pool("n").model_list)
        spend: Any = {"budget_usd": 1.0, "concurrency": 2}
        with temporary_settings(restore_defaults={PREFECT_API_URL}):
            collect_answers("run", questions_of(DATASETS), pool, DATASETS, samples=samples, **spend)
        load_landing()
        return len(server.bodies) - before

    return run


def counting(model: str = "m") -> list[str]:
    """The answers that count."""
    found = read(
        "select response.text from stg_current inner join response on stg_current.response_id = response.response_id "
        "where response.model = $model order by response.text",
        {"model": model},
    )
    return found["text"].to_list()


def temperatures(model: str = "m") -> list[str]:
    """What they were asked with."""
    return [text.split()[0] for text in counting(model)]


def test_what_a_model_says_with_other_parameters_counts_instead(collect: Callable[..., int]) -> None:
    assert (collect(0.7), temperatures()) == (4, ["0.7"] * 2)
    assert (collect(0.2), temperatures()) == (2, ["0.2"] * 2)
    assert (collect(0.7), temperatures()) == (0, ["0.7"] * 2), "paid for before"
    assert (collect(0.7), temperatures()) == (0, ["0.7"] * 2)
    assert (collect(0.2, top_p=0.5), temperatures()) == (2, ["0.2"] * 2)
    assert temperatures("n") == ["0.7"] * 2
    assert read("select count(*) from response").item() == 8, "and nothing is lost"


def test_all_samples_of_one_way_to_ask_count(collect: Callable[..., int]) -> None:
    assert (collect(0.7), collect(0.7, 3), temperatures()) == (4, 8, ["0.7"] * 6)
    assert (collect(0.2, 2), temperatures()) == (4, ["0.2"] * 4)
    assert (collect(0.2, 3), temperatures()) == (2, ["0.2"] * 6)
    assert (collect(0.7), temperatures()) == (0, ["0.7"] * 6)
    assert (collect(0.9), temperatures()) == (2, ["0.9"] * 2)
    assert (collect(0.7), temperatures()) == (0, ["0.7"] * 6), "also those that the way in between had not"


def test_words_known_from_another_question_do_not_bring_an_older_answer_back(
    collect: Callable[..., int], http_pool: Callable[..., Pool]
) -> None:
    first = read("select * from question order by question_id")
    twins = first.with_columns(dataset=pl.lit("synthetic-twin"), question_id="twin of " + pl.col("question_id"))
    land("question", twins)
    load_landing()
    assert collect(0.7) == 4, "the same words are asked once"
    pool = http_pool("m", temperature=0.7)
    for questions in (first, twins):  # whichever of two is known by these words
        anew = wanted_rows([replace(one, refresh=3) for one in requests_for(questions, pool)])
        ask_chunk(Chunk(Share("run", pool, 1.0), questions, anew))
    load_landing()
    refreshed = counting()
    assert (collect(0.7), counting()) == (0, refreshed)
    assert (collect(0.2), collect(0.7), counting()) == (2, 0, refreshed)


def test_what_was_asked_anew_gives_way_as_well_and_comes_back(
    collect: Callable[..., int], http_pool: Callable[..., Pool], server: LocalOpenAI
) -> None:
    assert collect(0.7) == 4
    questions, pool = questions_of(DATASETS), http_pool("m", temperature=0.7)
    anew = wanted_rows([replace(one, refresh=1) for one in requests_for(questions, pool)])
    ask_chunk(Chunk(Share("run", pool, 1.0), questions, anew))
    load_landing()
    refreshed = counting()
    assert (len(refreshed), len(server.bodies)) == (2, 6)
    assert (collect(0.7), counting()) == (0, refreshed)
    assert collect(0.2) == 2
    assert {text.split()[0] for text in counting()} == {"0.2"}
    assert (collect(0.7), counting()) == (0, refreshed), "the last that it said"


def test_answers_in_two_ways_that_count_together_are_told_apart(collect: Callable[..., int]) -> None:
    collect(0.7)
    collect(0.2)
    land("response", read("select * replace (null as refresh) from response"))  # as releases before this one left it
    load_landing()
    assert (collect(0.2), temperatures()) == (0, ["0.2"] * 2)
