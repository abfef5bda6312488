"""LLMRouterBench's train/test split, bit for bit."""

import random
from collections.abc import Collection, Sequence
from typing import NamedTuple


class ReferenceSplit(NamedTuple):
    """Positions of records, in the order in which the reference hands them on (which moves k-means)."""

    train: list[int]
    test: list[int]


def reference_split(
    datasets: Sequence[str],
    identities: Sequence[str],
    indices: Sequence[int],
    *,
    seed: int,
    train_share: float = 0.7,
    out_of_domain: Collection[str] = (),
) -> ReferenceSplit:
    """Split records as LLMRouterBench does (LLMRouterBench reference, section 3).

    One random stream runs over all datasets, so a dataset's split depends on those before it; for a split that does
    not move when a dataset is added, see `profiles.split.hash_split`.

    Args:
        datasets: dataset name per record (not the variant), in loader order.
        identities: what makes records the same question: the exact prompt; the reference's ArenaHard needs the
            index as text instead, because one of its prompts differs between models.
        indices: the record's index in its file; prompts are ordered by their smallest one.
        seed: of Python's own Mersenne Twister; the published runs use 42, 999, 2024, 2025 and 3407.
        train_share: share of the distinct prompts of a dataset; the product is truncated, so 0.7 of 700 is 489.
        out_of_domain: datasets that are wholly test; they consume no random numbers.

    Returns:
        Positions into the three sequences; every record of a prompt is in the same part.
    """
    generator = random.Random(seed)
    split = ReferenceSplit([], [])
    by_dataset: dict[str, list[int]] = {}
    for position, dataset in enumerate(datasets):
        by_dataset.setdefault(dataset, []).append(position)
    for dataset, positions in by_dataset.items():
        if dataset in out_of_domain:
            split.test.extend(positions)
            continue
        prompts: dict[str, list[int]] = {}
        for position in positions:
            prompts.setdefault(identities[position], []).append(position)
        ordered = sorted(prompts.values(), key=lambda records: min(indices[r] for r in records))
        shuffled = list(range(len(ordered)))
        generator.shuffle(shuffled)
        train = set(shuffled[: int(len(ordered) * train_share)])
        for place, records in enumerate(ordered):
            (split.train if place in train else split.test).extend(records)
    return split
