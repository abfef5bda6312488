"""What every registered metric keeps, whoever brought it."""

import re
from dataclasses import replace
from importlib.metadata import entry_points

import numpy as np
import polars as pl
import pytest

from profiles.registry import METRICS
from tasks.measure.leaderboard import figures_of, leaderboard
from tasks.measure.metric import every_metric, metrics
from tasks.measure.outcomes import Outcomes
from warehouse.connect import published
from warehouse.published import publish

SYSTEMS = ("best-single", "random", "oracle", "dataset-oracle", "cheapest", "majority", "mine", "yours")
NAMES = metrics.names()
HINDSIGHT = {"oracle", "dataset-oracle", "oracle (any credit)"}
KEYS = ["metric", "system", "dataset"]


def outcomes(seed=0, n=90, missing=0.0, unknown=0.0):
    """Graded scores, costs, calls and probabilities of every system on `n` questions, two seeds; and their datasets."""
    generator = np.random.default_rng(seed)
    tested = np.ones((2, n), dtype=bool)
    tested[1, generator.random(n) < 0.4] = False
    found = []
    for place, system in enumerate(SYSTEMS):
        scores = np.where(tested, generator.integers(0, 5, (2, n)) / 4, np.nan)
        scores[:, generator.random(n) < missing] = np.nan
        costs = np.where(tested, generator.random((2, n)) * (1 + place), np.nan)
        costs[:, generator.random(n) < unknown] = np.nan
        stated = np.where(tested, generator.random((2, n)), np.nan) if system in ("mine", "yours") else None
        calls = np.where(tested, 1.0 + place, np.nan)
        found.append(Outcomes(system, scores, costs, calls, np.full((2, n), None, dtype=object), stated))
    found[-1] = replace(found[-1], role="model")
    found.append(replace(found[-2], system="mine [cheap]", role="point", method="mine", costs=found[-2].costs / 2))
    found.append(replace(found[2], system="oracle (any credit)", role="flavour"))
    return found, np.array([f"d{i % 3}" for i in range(n)], dtype=object)


def board(found, datasets, resamples=60):
    made = leaderboard(found, datasets, resamples, np.random.default_rng(5))
    assert made.gaps == []
    return made.metrics.sort(KEYS)


@pytest.fixture(scope="module")
def rows():
    return board(*outcomes())


def test_all_can_be_loaded():
    kinds, gaps = every_metric()
    assert gaps == []
    assert [kind.name for kind in kinds] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_states_level_unit_and_direction(name):
    kind = metrics.get(name)
    assert kind.level in ("system", "pair", "method", "field")
    assert kind.better in ("higher", "lower", "neither")
    assert kind.unit
    assert (kind.compute.__doc__ or "").strip()
    assert kind.level != "pair" or kind.against, "a pair is measured against something"
    assert not kind.per_dataset or kind.level == "system"


@pytest.mark.parametrize("name", NAMES)
def test_its_rows_say_what_it_is_of_and_their_intervals_hold_the_value(name, rows):
    own, kind = rows.filter(metric=name), metrics.get(name)
    assert len(own) > 0
    assert own["level"].unique().to_list() == [kind.level]
    assert own["unit"].unique().to_list() == [kind.unit]
    assert (own["point_set"].null_count() == 0) == (kind.level in ("method", "field"))
    assert kind.level == "field" or "*" not in set(own["system"])
    assert not HINDSIGHT & set(own["system"]) or kind.level in ("system", "pair")
    assert "mine [cheap]" not in set(own["system"]) or kind.level != "method", "a method is all its points"
    known = own.drop_nulls(["value", "ci_low"])
    assert (known["ci_low"] <= known["ci_high"]).all()
    assert ((known["ci_low"] - 1e-9 <= known["value"]) | (known["n"] >= 30)).all()


@pytest.mark.parametrize("name", NAMES)
def test_its_values_have_a_place_for_every_resample_and_its_operands_stay_as_they_were(name):
    kind, shapes = metrics.get(name), []

    def watched(*operands):
        for one in operands:
            for part in (one.score, one.n, one.paid, one.n_paid, one.calls, one.costs):
                part.flags.writeable = False
        figure = kind.compute(*operands)
        figures = figure.values() if isinstance(figure, dict) else [figure]
        shapes.extend(one.shape if isinstance(one, np.ndarray) else None for one in figures)
        return figure

    figures_of(*outcomes(), 60, np.random.default_rng(5), [kind.against]).rows(replace(kind, compute=watched))
    assert shapes
    assert set(shapes) <= {(61,), (1,), None}


def test_the_order_of_questions_is_irrelevant(rows):
    found, datasets = outcomes()
    order = np.random.default_rng(1).permutation(len(datasets))
    moved = board([_reordered(one, order) for one in found], datasets[order])
    assert rows.select(KEYS).equals(moved.select(KEYS))
    assert rows["value"].to_numpy() == pytest.approx(moved["value"].to_numpy(), nan_ok=True, abs=1e-9)
    assert rows["n"].equals(moved["n"])


def _reordered(one, order):
    names = ["scores", "costs", "calls", "response_ids", *(["probabilities"] if one.probabilities is not None else [])]
    return replace(one, **{name: getattr(one, name)[:, order] for name in names})


def test_the_order_of_systems_is_irrelevant(rows):
    found, datasets = outcomes()
    moved = board(found[::-1], datasets)
    assert rows.select(KEYS).equals(moved.select(KEYS))
    assert rows["value"].to_numpy() == pytest.approx(moved["value"].to_numpy(), nan_ok=True, abs=1e-9)


@pytest.mark.parametrize("missing", [0.3, 1.0])
def test_what_is_not_known_is_never_counted(missing):
    found = board(*outcomes(missing=missing, unknown=missing))
    assert found.filter(pl.col("value").is_nan() | pl.col("ci_low").is_nan()).is_empty()
    if missing == 1:
        assert found.filter(pl.col("metric") != "calls")["value"].null_count() == (found["metric"] != "calls").sum()


@pytest.mark.parametrize("n", [1, 3, 40])
def test_few_questions_and_a_single_one_are_measured(n):
    assert board(*outcomes(n=n))["metric"].n_unique() == len(NAMES)


def test_the_copys_readers_find_every_metric_and_unit_of_ours_named(home):
    ours = [point.name for point in entry_points(group=METRICS) if point.value.startswith("tasks.")]
    publish()
    told = "select column_name, comment from duckdb_columns() where table_name = 'metric' and comment is not null"
    with published() as con:
        comments = dict(con.execute(told).fetchall())
    assert set(ours) <= set(re.findall(r"\w+", comments["metric"]))
    assert {metrics.get(name).unit for name in ours} <= set(re.findall(r"\w+", comments["unit"]))
