"""The packaged dataset specifications and the price book."""

from datetime import date

from profiles.load import dataset_of, load_datasets, load_prices
from tasks.score.registry import scorers


def test_every_specification_names_a_scorer_that_exists() -> None:
    named = {specification.scorer for specification in load_datasets()} - {None}
    assert named <= set(scorers.names())
    assert {"choice", "json_answer", "math"} <= named


def test_no_dataset_is_claimed_by_two_specifications() -> None:
    specifications = load_datasets()
    for specification in specifications:
        name = specification.match.replace("*", "law")
        assert [one.match for one in specifications if dataset_of(name, [one])] == [specification.match]


def test_the_price_book_is_the_published_one() -> None:
    book = load_prices()
    assert book.date >= date(2025, 11, 1)
    assert len(book.models) >= 33
    gpt, free = book.models["gpt-5"], book.models["glm-4-9b-chat"]
    assert (gpt.input_usd_per_mtok, gpt.output_usd_per_mtok) == (1.25, 10.0)
    assert (free.input_usd_per_mtok, free.output_usd_per_mtok) == (0.0, 0.0)
