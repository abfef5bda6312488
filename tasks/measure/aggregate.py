"""LLMRouterBench's two tables, performance and cost, of what a run profile was last routed on."""

import random
from dataclasses import dataclass

import polars as pl

from profiles.schema import RunProfile
from warehouse.connect import connection, rows
from warehouse.errors import UserError
from warehouse.snapshot import snapshot_files

DEFECTS = (
    "an answer without a verdict is wrong",
    "an unknown cost is nothing",
    "random is one draw, not its expectation",
    "any credit solves a question for the oracle",
    "the oracle pays the cheapest model with any credit, not the best one",
    "a model that lacks a dataset is averaged over the others",
    "Max Expert's averages in and out of the distribution are those of one model",
    "Max Expert's costs over several datasets are those of the dearest model",
)
"""What `compat` keeps of the reference and `fixed` mends, numbered in `warehouse/reads/aggregate.sql`."""
_DRAWN = 42  # the reference forgets to hand its seed on


@dataclass(frozen=True, slots=True)
class Tables:
    """A line per model, then AVG, Random Router, Max Expert and Oracle; a column per dataset, then averages or sums.

    Args:
        performance: accuracies, fractions in [0, 1]; null where there is none.
        cost: US dollars; null where any part of it is unknown.
    """

    performance: pl.DataFrame
    cost: pl.DataFrame


@connection("aggregating")  # opened once for what it reads
def aggregate(run: RunProfile, compat: bool = False, seed: int | None = None) -> Tables:
    """The tables. A question that no model has a verdict for is in neither.

    Args:
        run: the profile; of it, only what the splitter holds out of the distribution counts beside its last routing.
        compat: as the reference reckons, with its `DEFECTS`.
        seed: of the test part that is looked at; None: all questions.

    Raises:
        UserError: the profile was not routed yet, or not with this seed.
    """
    routed = rows("routed_snapshot", profile=run.name)
    if routed.is_empty():
        raise UserError(
            f"profile '{run.name}' was not routed yet; run `concertino evaluate --profile {run.name}` first"
        )
    splits = dict(routed.select("seed", "split_id").iter_rows())
    if seed is not None and seed not in splits:
        raise UserError(
            f"profile '{run.name}' was not routed with seed {seed}; choose one of {', '.join(map(str, splits))}"
        )
    questions, cells = map(str, snapshot_files(routed["snapshot_id"][0]))
    given = {"questions": questions, "cells": cells, "split": None if seed is None else splits[seed]}
    drawn = _drawn(rows("aggregate_answer", **given)) if compat else pl.DataFrame({"question_id": [], "model": []})
    found = rows(
        "aggregate",
        **given,
        compat=compat,
        out_of_domain=getattr(run.split_with(), "out_of_domain", []),
        drawn_questions=drawn["question_id"].to_list(),
        drawn_models=drawn["model"].to_list(),
    )
    return Tables(*(_wide(found.filter(kind=kind)) for kind in ("performance", "cost")))


def _drawn(answers: pl.DataFrame) -> pl.DataFrame:
    """A model for every question, drawn as the reference does: one stream, in the order of the questions."""
    stream = random.Random(_DRAWN)
    return answers.select(
        "question_id", model=pl.Series([stream.choice(models) for models in answers["models"].to_list()])
    )


def _wide(found: pl.DataFrame) -> pl.DataFrame:
    names = found.select("name", "name_place").unique().sort("name_place", "name")["name"]
    lines = found.pivot("name", index=["place", "line"], values="told", maintain_order=True)
    return lines.sort("place", "line").select("line", *names)
