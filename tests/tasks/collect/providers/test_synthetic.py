"""Simulated models through LiteLLM and our client, as the demo uses them."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import polars as pl
import pytest

from profiles.load import load_pool
from profiles.schema import Pool
from tasks.collect.client import Client
from tasks.collect.plan import requests_for
from tasks.collect.providers.truths import load_truths
from tasks.collect.record import Answer, Request
from warehouse.connect import read
from warehouse.errors import ProviderError
from warehouse.writer import load_landing

Ask = Callable[..., pl.DataFrame]


def pool(**models: dict[str, Any]) -> Pool:
    listed = [
        {
            "model_name": name,
            "litellm_params": {"model": f"synthetic/{name}", "simulation": options},
            "model_info": {"logprobs": True, "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
        }
        for name, options in models.items()
    ]
    return Pool.model_validate({"name": "simulated", "model_list": listed})


def taught(questions: pl.DataFrame, scorer: str = "math") -> pl.DataFrame:
    shown = questions.with_columns(scorer=pl.lit(scorer), prompt=pl.lit(None, pl.String))
    load_truths(shown)
    return shown


def ask(models: Pool, wanted: Sequence[Request]) -> list[Answer | ProviderError]:
    async def run() -> list[Answer | ProviderError]:
        async with Client(models, "run", 10.0, 64) as client:
            return await client.ask_all(wanted)

    return asyncio.run(run())


def texts(answers: Sequence[Answer | ProviderError]) -> list[str]:
    return [answer.text for answer in answers if isinstance(answer, Answer)]


def right(questions: pl.DataFrame, answers: Sequence[str]) -> list[bool]:
    truths = questions["ground_truth"].to_list()
    return [text.endswith(f"Answer: {truth}") for text, truth in zip(answers, truths, strict=True)]


def test_the_same_question_gives_the_same_answer_everywhere(ask_questions: Ask, home: Path) -> None:
    questions = taught(ask_questions(12))
    models = pool(a={"skill": {"default": 0.5}}, b={"skill": {"default": 0.5}})
    wanted = requests_for(questions, models)
    once, again = texts(ask(models, wanted)), texts(ask(models, wanted))
    assert once == again
    assert once[0::2] != once[1::2]  # two models differ
    other = pool(a={"skill": {"default": 0.5}, "seed": 1}, b={"skill": {"default": 0.5}})
    assert texts(ask(other, wanted))[0::2] != once[0::2]
    load_landing()
    tokens = read("select completion_tokens, prompt_tokens, latency_s from call")
    assert tokens["completion_tokens"].n_unique() > 3  # not constant


def test_samples_differ_only_with_a_temperature(ask_questions: Ask) -> None:
    questions = taught(ask_questions(1))
    models = pool(a={"skill": {"default": 0.5}})
    words = [{"role": "user", "content": questions["text"][0]}]

    def samples(temperature: float) -> set[str]:
        wanted = [Request("q", "a", words, sample_index=i, temperature=temperature) for i in range(6)]
        return set(texts(ask(models, wanted)))

    assert len(samples(0.7)) > 2
    assert len(samples(0.0)) == 1


def test_skill_is_the_share_of_right_answers(ask_questions: Ask) -> None:
    questions = taught(ask_questions(120))
    models = pool(
        good={"skill": {"default": 0.1, "arithmetic": 0.85}},
        bad={"skill": {"default": 0.9, "arithmetic": 0.3}},
        topical={"skill": {"arithmetic": 0.1, "arithmetic/sums": 0.6}},
    )
    answers = texts(ask(models, requests_for(questions, models)))
    shares = [mean(right(questions, answers[start::3])) for start in range(3)]
    assert shares == pytest.approx([0.85, 0.3, 0.6], abs=0.12)


def test_models_share_difficulty_and_popular_mistakes(ask_questions: Ask) -> None:
    questions = taught(ask_questions(150))
    models = pool(a={"skill": {"default": 0.5}}, b={"skill": {"default": 0.5}})
    answers = texts(ask(models, requests_for(questions, models)))
    a, b = right(questions, answers[0::2]), right(questions, answers[1::2])
    both = mean(x and y for x, y in zip(a, b, strict=True))
    assert both > mean(a) * mean(b) + 0.02
    wrong = [
        (one.rsplit("Answer: ")[-1], other.rsplit("Answer: ")[-1])
        for one, other, x, y in zip(answers[0::2], answers[1::2], a, b, strict=True)
        if not x and not y
    ]
    assert mean(one == other for one, other in wrong) > 0.25


def test_right_answers_are_surer_but_not_always(ask_questions: Ask) -> None:
    questions = taught(ask_questions(150))
    models = pool(a={"skill": {"default": 0.5}})
    answers = [answer for answer in ask(models, requests_for(questions, models)) if isinstance(answer, Answer)]
    sure = [answer.mean_logprob for answer in answers]
    assert all(value is not None and value < 0 for value in sure)
    flags = right(questions, [answer.text for answer in answers])
    good = [value for value, flag in zip(sure, flags, strict=True) if flag and value is not None]
    bad = [value for value, flag in zip(sure, flags, strict=True) if not flag and value is not None]
    better = mean(one > other for one in good for other in bad)
    assert 0.6 < better < 0.95


def test_faults_hit_attempts_and_trying_again_helps(ask_questions: Ask) -> None:
    questions = taught(ask_questions(120))
    shares = {"rate_limit": 0.1, "server": 0.1, "timeout": 0.05, "garbage": 0.1}
    models = pool(flaky={"skill": {"default": 0.5}, "faults": shares})
    answers = ask(models, requests_for(questions, models))
    load_landing()
    calls = read("select error_kind, count(*) as n from call group by all")
    met = dict(calls.iter_rows())
    assert set(met) == {None, *shares}
    assert sum(isinstance(answer, Answer) for answer in answers) == met[None] >= 117
    for kind, share in shares.items():
        assert met[kind] / calls["n"].sum() == pytest.approx(share, abs=0.07)
    assert read("select count(*) from response where text = ''").item() == 0


def test_an_aggregator_reads_its_references(ask_questions: Ask) -> None:
    questions = taught(ask_questions(80))
    models = pool(chief={"skill": {"default": 0.5}})

    def share_right(n_right: int) -> float:
        wanted = []
        for row in questions.iter_rows(named=True):
            given = [row["ground_truth"]] * n_right + [str(int(row["ground_truth"]) + 5)] * (4 - n_right)
            listed = "\n\n".join(f"{place}. I think so.\n\nAnswer: {one}" for place, one in enumerate(given, 1))
            messages = [
                {"role": "system", "content": f"You have these answers:\n{listed}"},
                {"role": "user", "content": row["text"]},
            ]
            wanted.append(Request(row["question_id"], "chief", messages, "aggregate"))
        return mean(right(questions, texts(ask(models, wanted))))

    alone = mean(right(questions, texts(ask(models, requests_for(questions, models)))))
    none, some, most = share_right(0), share_right(1), share_right(3)
    assert none < alone < some < most
    assert most > 0.8


def test_a_question_nobody_taught_gets_an_invented_answer(home: Path) -> None:
    models = pool(a={})
    (answer,) = ask(models, [Request("q", "a", [{"role": "user", "content": "Who are you, never taught?"}])])
    assert isinstance(answer, Answer)
    assert "Answer: " in answer.text


def test_the_packaged_pool_is_varied(home: Path) -> None:
    packaged = load_pool("synthetic")
    assert len(packaged.models) == 8
    assert packaged.aggregator in packaged.models
    assert packaged.synthetic
    assert sum(not model.model_info.logprobs for model in packaged.model_list) == 1
    assert sum(bool(model.litellm_params["simulation"].get("faults")) for model in packaged.model_list) == 1
    assert all(model.litellm_params["simulation"]["latency_s"] <= 0.005 for model in packaged.model_list)
    assert len({model.model_info.output_cost_per_token for model in packaged.model_list}) == 8
