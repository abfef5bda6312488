"""The packaged dataset specifications and the price book."""

from datetime import date
from pathlib import Path

from profiles.load import dataset_of, load_datasets, load_price_book, load_prices
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


def test_a_supposed_price_book_counts_for_what_if_alone(home: Path) -> None:
    before = load_prices()
    folder = home / "profiles" / "prices"
    folder.mkdir(parents=True)
    book = "date: 2099-01-01\nmodels: {m: {input_usd_per_mtok: 1, output_usd_per_mtok: 1, source: me}}\n"
    (folder / "half-price.yaml").write_text(book)
    assert load_prices() == before
    assert load_price_book("half-price").models["m"].input_usd_per_mtok == 1
    (folder / "2099-01-01.yaml").write_text(book)
    assert list(load_prices().models) == ["m"]
