"""Judged again from their text, recorded answers of real models get the verdict that was recorded."""

from pathlib import Path

import polars as pl
import pytest

from profiles.load import dataset_of, load_datasets
from tasks.score.judge import judge
from tasks.score.verdict import Item

EVERY = 25


@pytest.mark.recorded
@pytest.mark.parametrize("name", ["mmlu_pro", "zeroeval"])
def test_agreement_with_the_recorded_scores(recorded: Path, name: str) -> None:
    rows = pl.read_parquet(recorded / f"{name}.parquet").gather_every(EVERY)
    specifications = load_datasets()
    items = []
    for dataset, text, truth in rows.select("dataset", "response", "ground_truth").iter_rows():
        known = dataset_of(dataset, specifications)
        assert known is not None
        assert known.scorer is not None
        items.append(Item(known.scorer, text, truth, known.scorer_options))
    verdicts = judge(items)
    agree = [
        (verdict.score == 1.0) == (score >= 0.5)
        for verdict, score in zip(verdicts, rows["score"], strict=True)
        if verdict.verdict != "no_answer"
    ]
    assert len(agree) > 0.9 * len(items)
    assert sum(agree) / len(agree) >= 0.98
