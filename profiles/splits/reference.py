"""LLMRouterBench's train/test split, bit for bit."""

import random
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import orjson
import polars as pl
from pydantic import Field

from profiles.splitter import SplitOptions, splitter, with_validation


class ReferenceOptions(SplitOptions):
    """Options of the splitter `reference`."""

    train_share: float = Field(0.7, gt=0, lt=1, description="of the distinct prompts of a dataset, rounded down")
    validation_share: float = Field(0.0, ge=0, lt=1, description="expected, of all questions; out of the train share")
    out_of_domain: list[str] = Field(
        default_factory=list, description="datasets that are wholly test; they draw no random numbers"
    )


@splitter("reference", options=ReferenceOptions)
def split(questions: pl.DataFrame, seed: int, options: ReferenceOptions) -> np.ndarray:
    """See `reference_split`; datasets in the order of their names, as the published results' paths have them."""
    found = reference_split(
        questions["dataset"].to_list(),
        questions["prompt"].to_list(),
        _indices(questions),
        seed=seed,
        train_share=options.train_share,
        out_of_domain=options.out_of_domain,
    )
    parts = np.full(len(questions), "train", dtype=object)
    parts[found.test] = "test"
    return with_validation(parts, questions["content_hash"], seed, options.validation_share / options.train_share)


def _indices(questions: pl.DataFrame) -> list[int]:
    """A question's index in its file: the metadata's, else the key where that is a number, else its place here."""
    rows = zip(questions["metadata"], questions["source_key"], strict=True)
    told = [str((orjson.loads(metadata) or {}).get("index", key) if metadata else key) for metadata, key in rows]
    return [int(index) if index.isdecimal() else place for place, index in enumerate(told)]


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
    not move when a dataset is added, see `profiles.splits.hash`.

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
