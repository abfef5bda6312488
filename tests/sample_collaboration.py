"""A collaboration report made by hand: three presets on known answers, with hostile names and texts in it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from tasks.measure.collaboration import calibration_of, effort_of, line_of, shares_of
from tasks.measure.outcomes import Outcomes
from tasks.report.contents import Chosen, CollaborationPage, Matrix, PresetReport
from tests.sample_page import DATASETS, HOSTILE, MODELS, sample_page

_N = 60  # questions of each dataset
_SEEDS = 2
_WHERE = np.repeat(np.array(DATASETS, dtype=object), _N)
_HARD = np.random.default_rng(0).random(len(_WHERE))
_RESAMPLES = 100


def _system(name: str, skill: float, calls: float, cost: float | None, probabilities: bool = False) -> Outcomes:
    generator = np.random.default_rng(len(name))
    chance = np.clip(skill + 0.5 - _HARD, 0.02, 0.98)
    scores = (generator.random((_SEEDS, len(_WHERE))) < chance).astype(float)
    whole = np.ones_like(scores)
    stated = np.tile(chance, (_SEEDS, 1)).round(3) if probabilities else None
    costs = whole * (np.nan if cost is None else cost)
    return Outcomes(name, scores, costs, whole * calls, np.full(scores.shape, "r", dtype=object), stated)


def sample_collaboration(*, known_cost: bool = True, synthetic: bool = False, **changes: Any) -> CollaborationPage:
    """A whole report; `changes` replace any of its fields."""
    cost = 0.002 if known_cost else None
    baselines = [
        _system("oracle", 0.95, 1, cost),
        _system("best-single", 0.55, 1, cost),
        _system("majority", 0.6, 10, cost),
        _system("top-7 vote", 0.61, 7, cost),
    ]
    made = [
        _system("smcs-select", 0.72, 10, cost, probabilities=True),
        _system("smcs", 0.75, 13, cost, probabilities=True),
        _system(f"paper {HOSTILE}", 0.5, 15, cost),
    ]
    everything = np.ones((_SEEDS, len(_WHERE)), dtype=bool)
    example = sample_page().examples[0]
    kinds = ("right and confident", "wrong and confident", "stopped early", "right against the majority")
    page = CollaborationPage(
        run_id="20261123T023000-1a2b3c",
        profile="mmlu-pro-open",
        title="15 mid-size open models on MMLU-Pro",
        synthetic=synthetic,
        score_mode="recorded",
        pool="mmlu-pro-open",
        n_model=len(MODELS),
        embedder="minilm",
        code_version="0.1.0+b88aef5",
        seeds=(0, 1),
        datasets=dict.fromkeys(DATASETS, _N),
        baselines=tuple(line_of(one, baselines, everything, _WHERE, _RESAMPLES) for one in baselines),
        presets=tuple(_preset(one, baselines) for one in made),
        failures={("answer", "rate_limit"): 7, ("aggregate", f"server {HOSTILE}"): 2, ("judge", "unknown"): 1},
        examples=tuple(
            replace(
                example,
                kind=kind,
                majority=f"B {HOSTILE}",
                stopped_early=kind == "stopped early",
                score=float("wrong" not in kind),
            )
            for kind in kinds
        ),
        basis="missing: common",
        resamples=_RESAMPLES,
        alpha=0.05,
        created=datetime(2026, 11, 23, 2, 47, 5),
    )
    return replace(page, **changes)


def _preset(one: Outcomes, baselines: list[Outcomes]) -> PresetReport:
    generator = np.random.default_rng(2)
    shape = one.scores.shape
    saved = 5.0 * (generator.random(shape) < 0.4) if one.system == "smcs" else np.full(shape, np.nan)
    calls = one.calls - np.nan_to_num(saved)
    one = replace(one, calls=calls)
    picked = (generator.random((len(_WHERE), len(MODELS))) < np.linspace(1, 0.1, len(MODELS))).astype(float)
    picked = np.ones_like(picked) if one.system == "smcs-select" else picked
    datasets, shares, overall = shares_of(picked, _WHERE, _RESAMPLES)
    chosen = Chosen(Matrix(MODELS, datasets, tuple(map(tuple, shares.T.tolist()))), tuple(overall), bool(picked.all()))
    return PresetReport(
        line=line_of(one, baselines, ~np.isnan(calls), _WHERE, _RESAMPLES),
        effort=effort_of(one, saved, np.zeros(shape), _WHERE, _RESAMPLES),
        calibration=calibration_of(one, _WHERE, _RESAMPLES),
        chosen=chosen,
    )
