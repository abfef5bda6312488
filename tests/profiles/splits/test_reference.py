import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.splits.reference import reference_split

# (distinct prompts, train part) of LLMRouterBench's datasets at 0.7 (LLMRouterBench reference, sections 2.1 and 2.2)
PUBLISHED = [
    (60, 42),
    (500, 350),
    (150, 105),
    (164, 114),
    (974, 681),
    (1055, 738),
    (1080, 756),
    (1250, 875),
    (700, 489),
    (1001, 700),
    (198, 138),
    (1147, 802),
    (1273, 891),
    (697, 487),
    (1232, 862),
    (121, 84),
    (2158, 1510),
    (3000, 2100),
    (4326, 3028),
    (750, 525),
    (278, 194),
]


def fisher_yates(values, generator):
    """CPython's shuffle written out: from the top index down, each draw by rejection on getrandbits."""
    for top in range(len(values) - 1, 0, -1):
        bits = (top + 1).bit_length()
        drawn = generator.getrandbits(bits)
        while drawn > top:
            drawn = generator.getrandbits(bits)
        values[top], values[drawn] = values[drawn], values[top]


def slow_split(records, seed, share, out_of_domain):
    """The reference's splitter step by step over (dataset, prompt, index) records."""
    generator = random.Random(seed)
    train, test = [], []
    for dataset in list(dict.fromkeys(record[0] for record in records)):
        mine = [place for place, record in enumerate(records) if record[0] == dataset]
        if dataset in out_of_domain:
            test += mine
            continue
        prompts = list(dict.fromkeys(records[place][1] for place in mine))
        smallest = {p: min(records[place][2] for place in mine if records[place][1] == p) for p in prompts}
        prompts.sort(key=smallest.get)
        places = list(range(len(prompts)))
        fisher_yates(places, generator)
        chosen = places[: int(len(prompts) * share)]
        for position, prompt in enumerate(prompts):
            part = train if position in chosen else test
            part += [place for place in mine if records[place][1] == prompt]
    return train, test


records = st.lists(
    st.tuples(st.sampled_from(["aime", "bbh", "gpqa"]), st.sampled_from("abcdefghij"), st.integers(1, 9)), max_size=60
)


@given(records, st.integers(0, 5000), st.sampled_from([0.5, 0.7, 0.8]), st.sets(st.sampled_from(["bbh", "gpqa"])))
def test_equals_the_slow_splitter(rows, seed, share, out_of_domain):
    datasets, prompts, indices = zip(*rows, strict=True) if rows else ((), (), ())
    split = reference_split(datasets, prompts, indices, seed=seed, train_share=share, out_of_domain=out_of_domain)
    assert (split.train, split.test) == slow_split(rows, seed, share, out_of_domain)


def test_a_known_split():
    prompts = [f"question {number}" for number in range(10)]
    # random.seed(42); shuffle(range(10)) is [7, 3, 2, 8, 5, 6, 9, 4, 0, 1] in every CPython since 3.2
    assert reference_split(["bbh"] * 10, prompts, range(10), seed=42) == ([2, 3, 5, 6, 7, 8, 9], [0, 1, 4])


@pytest.mark.parametrize(("n", "n_train"), PUBLISHED)
def test_sizes_are_the_published_ones(n, n_train):
    split = reference_split(["d"] * n, [str(number) for number in range(n)], range(n), seed=3407)
    assert len(split.train) == n_train
    assert sorted(split.train + split.test) == list(range(n))


def test_one_stream_runs_over_all_datasets_and_skips_those_out_of_domain():
    first, second = ["a"] * 20, ["b"] * 20
    prompts = [str(number) for number in range(40)]
    alone = reference_split(second, prompts[20:], range(20), seed=42)
    after = reference_split(first + second, prompts, [*range(20), *range(20)], seed=42)
    skipped = reference_split(first + second, prompts, [*range(20), *range(20)], seed=42, out_of_domain={"a"})
    of_second = [place - 20 for place in after.train if place >= 20]
    assert of_second != alone.train
    assert [place - 20 for place in skipped.train] == alone.train
    assert skipped.test[:20] == list(range(20))
