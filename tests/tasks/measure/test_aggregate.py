"""LLMRouterBench's tables against a slow reckoning of the same, in both forms."""

import random
from datetime import datetime
from itertools import groupby

import numpy as np
import polars as pl
import pytest

from profiles.schema import RunProfile
from tasks.measure.aggregate import aggregate
from warehouse.errors import UserError
from warehouse.runs import start_run
from warehouse.snapshot import take_snapshot
from warehouse.writer import land, load_landing

NOW = datetime(2026, 1, 1)
MODELS = ["gamma", "Alpha", "beta"]
DATASETS = ["aime", "gpqa", "tau2"]
VARIANTS = {"aime": "v1", "gpqa": "v1", "tau2": ""}
RUN = {"title": "t", "source": "questions", "datasets": ["*"], "pool": "p", "routers": []}
RUN |= {"splitter": "reference", "split_options": {"out_of_domain": ["tau2"]}}


def answers():
    """(dataset, question, model, score, cost), in the order of the source; one model knows nothing of one dataset."""
    generator = np.random.default_rng(4)
    for dataset in DATASETS:
        for number in range(12):
            for model in MODELS:
                if (dataset, model) == ("tau2", "beta"):
                    continue
                score = None if generator.random() < 0.1 else float(generator.choice([0, 0.5, 1]))
                cost = None if (dataset, model) == ("gpqa", "gamma") else float(generator.integers(1, 5))
                yield dataset, f"{dataset}-{number}", model, score, cost


CELLS = list(answers())


@pytest.fixture
def routed(home):
    known = {(question, model): (score, cost) for _, question, model, score, cost in CELLS}
    names = [(dataset, f"{dataset}-{number}") for dataset in DATASETS for number in range(12)]
    told = {"dataset": [name for name, _ in names], "question_id": [question for _, question in names]}
    text = {"variant": [VARIANTS[name] for name, _ in names], "text": "t", "content_hash": told["question_id"]}
    keys = {"source_key": [question.split("-")[1] for _, question in names]}
    questions = pl.DataFrame(told | text | keys)
    land("question", questions)
    pairs = [(question, model) for _, question in names for model in MODELS]
    cells = pl.DataFrame(
        {
            "question_id": [question for question, _ in pairs],
            "model": [model for _, model in pairs],
            "score": [known.get(pair, (None,))[0] for pair in pairs],
            "cost_usd": [known.get(pair, (None, None))[1] for pair in pairs],
            "response_id": ["-".join(pair) if pair in known else None for pair in pairs],
        }
    ).with_columns(
        **{name: pl.lit(None, pl.String) for name in ("cost_source", "extracted", "provenance")},
        **{name: pl.lit(None, pl.Float64) for name in ("n_sample", "latency_s", "tokens")},
    )
    snapshot = take_snapshot(questions, cells, MODELS, "fixed", pool="p").snapshot_id
    start_run("one", "run", parameters={}, profile="bench", seeds=[7], synthetic=True)
    policy = {
        "policy_id": "x",
        "snapshot_id": snapshot,
        "split_id": "s",
        "router": "knn",
        "parameters": "{}",
        "seed": 7,
    }
    land("policy", pl.DataFrame([policy | {"created_at": NOW}]))
    place = {"run_id": "one", "policy_id": "x", "system": "knn", "point": "", "cost_weight": 0.0, "position": 0}
    land("run_policy", pl.DataFrame([place | {"created_at": NOW}]))
    parts = ["test" if number % 3 else "train" for number in range(len(names))]
    land("split", pl.DataFrame({"split_id": "s", "question_id": told["question_id"], "part": parts}))
    load_landing()
    return {question for (_, question), part in zip(names, parts, strict=True) if part == "test"}


def mean(values):
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def total(values):
    return None if any(value is None for value in values) or not values else sum(values)


def slow(cells, compat):
    """(kind, line, column) → value, from the definitions."""
    if compat:
        cells = [(d, q, m, s or 0.0, c or 0.0) for d, q, m, s, c in cells]
    lines = {}  # line → dataset → (accuracy, cost, number of scores)
    for model in MODELS:
        for dataset in DATASETS:
            own = [(s, c) for d, _, m, s, c in cells if (d, m) == (dataset, model)]
            if own:
                scores = [s for s, _ in own]
                n = sum(s is not None for s in scores)
                lines.setdefault(model, {})[dataset] = mean(scores), total([c for _, c in own]), n
    stream, drawn, oracle = random.Random(42), {}, {}
    for (dataset, _), group in groupby(cells, key=lambda cell: cell[:2]):
        records = [(m, s, c) for _, _, m, s, c in sorted(group, key=lambda cell: cell[2])]
        if compat:
            _, score, cost = stream.choice(records)
            right = [c for _, s, c in records if s > 0]
            best = float(bool(right)), min(right or [c for *_, c in records])
        else:
            score = mean([s for _, s, _ in records])
            cost = total([c for *_, c in records])
            cost = None if cost is None else cost / len(records)
            far = float("inf")
            first = min(records, key=lambda r: (-(-1 if r[1] is None else r[1]), far if r[2] is None else r[2], r[0]))
            best = first[1:]
        drawn.setdefault(dataset, []).append((score, cost))
        oracle.setdefault(dataset, []).append(best)
    for name, found in (("Random Router", drawn), ("Oracle", oracle)):
        for dataset, both in found.items():
            scores, costs = zip(*both, strict=True)
            n = sum(s is not None for s in scores)
            lines.setdefault(name, {})[dataset] = mean(scores), total(costs), n
    for dataset in DATASETS:
        most = max(lines[m][dataset][0] for m in MODELS if dataset in lines[m])
        chosen = min(m for m in MODELS if dataset in lines[m] and lines[m][dataset][0] == most)
        lines.setdefault("Max Expert", {})[dataset] = lines[chosen][dataset]
    return _columns(lines, compat)


def _columns(lines, compat):
    found = {}
    parts = {"In-Dist": DATASETS[:2], "OOD": DATASETS[2:], "Dataset": DATASETS}
    for line, own in lines.items():
        for dataset, (accuracy, cost, _) in own.items():
            column = f"{dataset}/v1" if VARIANTS[dataset] else dataset
            found["performance", line, column] = accuracy
            found["cost", line, column] = cost
        for part, names in parts.items():
            here = [own[name] for name in names if name in own]
            micro = "Sample-Avg" if part == "Dataset" else f"{part}-Sample-Avg"
            if here and (compat or len(here) == len(names)):
                found["performance", line, f"{part}-Avg"] = mean([a for a, _, _ in here])
                found["performance", line, micro] = sum(a * n for a, _, n in here) / sum(n for *_, n in here)
                found["cost", line, f"{part}-Sum"] = total([c for _, c, _ in here])
            elif here:
                found["cost", line, f"{part}-Sum"] = None
    if compat:
        for kind, column in (("performance", "In-Dist-Avg"), ("performance", "OOD-Avg")):
            found[kind, "Max Expert", column] = max(found.get((kind, m, column), 0.0) for m in MODELS)
        for part in parts:
            found["cost", "Max Expert", f"{part}-Sum"] = max(found.get(("cost", m, f"{part}-Sum"), 0.0) for m in MODELS)
    for kind, column in {(kind, column) for kind, _, column in found}:
        values = [found[kind, model, column] for model in MODELS if (kind, model, column) in found]
        found[kind, "AVG", column] = None if kind == "cost" and None in values else mean(values)
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.parametrize("compat", [True, False])
@pytest.mark.parametrize("seed", [None, 7])
def test_both_tables_are_those_of_the_definitions(routed, compat, seed):
    tables = aggregate(RunProfile(**RUN, name="bench"), compat, seed)
    judged = {question for _, question, _, score, _ in CELLS if score is not None}  # no snapshot has the others
    cells = [cell for cell in CELLS if cell[1] in judged and (seed is None or cell[1] in routed)]
    wanted = slow(cells, compat)
    for kind, table in (("performance", tables.performance), ("cost", tables.cost)):
        assert table["line"].to_list() == [*sorted(MODELS), "AVG", "Random Router", "Max Expert", "Oracle"]
        found = {
            (kind, row["line"], column): value
            for row in table.iter_rows(named=True)
            for column, value in row.items()
            if column != "line" and value is not None
        }
        assert found == pytest.approx({key: value for key, value in wanted.items() if key[0] == kind})
    averages = ["In-Dist-Avg", "OOD-Avg", "Dataset-Avg", "In-Dist-Sample-Avg", "OOD-Sample-Avg", "Sample-Avg"]
    assert tables.performance.columns == ["line", "aime/v1", "gpqa/v1", "tau2", *averages]
    assert tables.cost.columns[4:] == ["In-Dist-Sum", "OOD-Sum", "Dataset-Sum"]


def test_what_was_not_routed_is_said(routed):
    with pytest.raises(UserError, match="profile 'other' was not routed yet"):
        aggregate(RunProfile(**RUN, name="other"))
    with pytest.raises(UserError, match="not routed with seed 8; choose one of 7"):
        aggregate(RunProfile(**RUN, name="bench"), seed=8)
