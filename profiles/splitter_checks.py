"""What every splitter must do; whoever writes one calls `check_splitter` in a test of their own."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import polars as pl

from profiles.schema import RunProfile
from profiles.split import make_splits
from profiles.splitter import EXCLUDED, splitters
from warehouse.errors import UserError

_SEEDS = [0, 1, 42]


def check_splitter(name: str, questions: pl.DataFrame, *, ordered: bool = False, **options: Any) -> None:
    """Check a registered splitter on questions.

    Args:
        name: of the splitter.
        questions: some dozen rows of `warehouse/reads/split_question.sql`, several of the same content.
        ordered: whether the order of the questions may matter.
        options: as in `split_options`.

    Raises:
        AssertionError: the splitter breaks a promise; the message says which.
    """
    run = RunProfile(
        title="check",
        source="questions",
        datasets=["*"],
        pool="none",
        seeds=_SEEDS,
        splitter=name,
        split_options=options,
    )
    checks = (
        _draws_from_the_seed_alone,
        _no_content_is_in_two_parts,
        _validation_comes_out_of_train,
        _few_are_no_trouble,
    )
    for problem in (*(one for check in checks for one in check(questions, run)), *_places(questions, run, ordered)):
        raise AssertionError(f"splitter '{name}': {problem}")


def _draws_from_the_seed_alone(questions: pl.DataFrame, run: RunProfile) -> Iterator[str]:
    before, first = questions.clone(), make_splits(questions, run)
    np.random.seed(1)  # what others draw must not matter
    again = make_splits(questions, run)
    if first.ids != again.ids or not (first.parts == again.parts).all():
        yield "the same seed must give the same parts"
    if not questions.equals(before):
        yield "the questions must stay as they are"
    if len(set(first.ids)) != len(run.seeds):
        yield "every seed is a split of its own"
    alone = make_splits(questions, run.model_copy(update={"seeds": run.seeds[1:2]}))
    if alone.ids != first.ids[1:2] or not (alone.parts[0] == first.parts[1]).all():
        yield "a seed's parts must not depend on the other seeds"


def _no_content_is_in_two_parts(questions: pl.DataFrame, run: RunProfile) -> Iterator[str]:
    for parts in make_splits(questions, run).parts:
        told = questions.select("content_hash").with_columns(part=pl.Series(parts.tolist(), dtype=pl.String))
        if told.filter(pl.col("part") != EXCLUDED).unique().group_by("content_hash").len()["len"].max() != 1:
            yield "no content may be in two parts"


def _validation_comes_out_of_train(questions: pl.DataFrame, run: RunProfile) -> Iterator[str]:
    shared = run.model_copy(update={"split_options": run.split_options | {"validation_share": 0.4}})
    without, parted = make_splits(questions, run), make_splits(questions, shared)
    if not (parted.parts == "validation").any():
        yield "validation_share must give a validation part (`with_validation`)"
    if (without.tested != parted.tested).any():
        yield "the validation part must come out of the train part"


def _places(questions: pl.DataFrame, run: RunProfile, ordered: bool) -> Iterator[str]:
    """Of other questions, and of the order in which they come."""
    splits = make_splits(questions, run)
    mixed = np.random.default_rng(0).permutation(len(questions))
    shuffled = make_splits(questions[mixed], run)
    if not ordered and (shuffled.ids != splits.ids or (shuffled.parts != splits.parts[:, mixed]).any()):
        yield "the order of the questions must not matter"
    half = make_splits(questions[::2], run)
    moved = (half.parts != splits.parts[:, ::2]).any(axis=1)
    same_id = np.array(half.ids) == np.array(splits.ids)
    if (moved & same_id).any():
        yield "a split by which questions move when others are added needs an id of its own: give no `label`"
    if splitters.get(run.splitter).label and not same_id.all():
        yield "a label must depend on the options alone"


def _few_are_no_trouble(questions: pl.DataFrame, run: RunProfile) -> Iterator[str]:
    for n in (0, 1):
        with suppress(UserError):  # it may say that they are too few
            if make_splits(questions[:n], run).parts.shape != (len(run.seeds), n):
                yield f"{n} questions must be split too"
