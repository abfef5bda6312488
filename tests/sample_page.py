"""A report page made by hand: the shape of a real run, with hostile names and answers in it."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tasks.measure.comparison import Comparison
from tasks.measure.result import RunResult, SystemResult
from tasks.report.contents import (
    Candidate,
    Check,
    Example,
    Flip,
    Matrix,
    Model,
    Neighbour,
    Page,
    Prior,
    Regression,
)
from tasks.report.nights import Night

HOSTILE = '<script>document.title = "owned"</script>'
DATASETS = ("mmlu-pro-biology", "mmlu-pro-business", "mmlu-pro-computer-science", "mmlu-pro-law", "mmlu-pro-math")
MODELS = (
    "Meta-Llama-3-70B",
    "Qwen1.5-110B",
    "Qwen1.5-72B-Chat",
    "Yi-34B",
    "Phi-3-mini-4k-instruct",
    "Mixtral-8x7B-Instruct-v0.1",
    "mathstral-7B",
    f"c4ai-{HOSTILE}",
    "Llama-2-70b-hf",
    "Meta-Llama-3_1-8B",
)
_SYSTEMS = (  # accuracy, half the interval, calls per question
    ("best-single", 0.544, 0.015, 1.0),
    ("random", 0.413, 0.009, 1.0),
    ("oracle", 0.878, 0.010, 1.0),
    ("dataset-oracle", 0.551, 0.015, 1.0),
    ("majority", 0.595, 0.014, 15.0),
    ("smcs-select", 0.605, 0.014, 7.0),
    ("smcs-paper (select)", 0.603, 0.014, 7.0),
    ("avengers", 0.552, 0.015, 1.0),
    ("knn", 0.549, 0.015, 1.0),
)
_NULLS = {"best-single", "random", "oracle", "dataset-oracle", "majority"}


def _of_smcs_select(accuracy: float) -> dict[str, float]:
    closed = (accuracy - 0.544) / (0.878 - 0.544)
    ends = {"gap_closed_low": closed - 0.05, "gap_closed_high": closed + 0.05}
    return {"gap_closed": closed, **ends, "brier": 0.19, "calibration_error": 0.021, "n_stated": 3400}


def _line(name: str, accuracy: float, half: float, calls: float, known_cost: bool) -> SystemResult:
    return SystemResult(
        system=name,
        macro_accuracy=accuracy,
        ci_low=accuracy - half,
        ci_high=accuracy + half,
        spread=0.007,
        n=3513,
        calls=3513 * calls,
        calls_per_question=calls,
        cost_usd=3.513 * calls * (1 + accuracy) if known_cost and name != "random" else None,
        n_cost=3513 if known_cost and name != "random" else 0,
        gain_at_random=0.2,
        gain_at_best=0.1,
        gap_at_oracle=0.3,
        is_null=name in _NULLS,
        **_of_smcs_select(accuracy) if name == "smcs-select" else {},
    )


def _result(known_cost: bool, synthetic: bool) -> RunResult:
    best = 0.544
    return RunResult(
        run_id="20261123T023000-1a2b3c",
        profile="mmlu-pro-open",
        title="15 mid-size open models on MMLU-Pro, recorded answers",
        synthetic=synthetic,
        score_mode="recorded",
        pool="mmlu-pro-open",
        snapshot_id="0f3c9d2a7b61e4558c1d",
        price_date=date(2026, 11, 1),
        code_version="0.1.0+b88aef5",
        embedder="all-MiniLM-L6-v2@8b3219a",
        seeds=(0, 1, 2, 3, 4),
        n_questions=3513,
        systems=tuple(_line(*system, known_cost=known_cost) for system in _SYSTEMS),
        comparisons=tuple(
            Comparison(
                name,
                "best-single",
                accuracy - best,
                accuracy - best - 0.011,
                accuracy - best + 0.012,
                0.00005,
                0.0004,
                3513,
            )
            for name, accuracy, _, _ in _SYSTEMS
            if name != "best-single"
        ),
    )


def _example(score: float, **changes: Any) -> Example:
    names = ("Meta-Llama-3-70B", "Qwen1.5-110B", MODELS[7], "Yi-34B")
    example = Example(
        preset="smcs-select",
        dataset="mmlu-pro-law",
        question="A seller promised to keep an offer open for ten days.\nMay she revoke it on day three?\n\n"
        "A) Yes, always\nB) No, a merchant's firm offer\nC) Only in writing",
        ground_truth="B",
        answer="B" if score else "A",
        text=f"The offer is firm. {HOSTILE}\n\nThe answer is (B).",
        score=score,
        probability=0.83,
        n_call=7,
        cost_usd=None,
        n_model_right=4,
        n_model=10,
        neighbours=tuple(
            Neighbour(0.81 - 0.04 * i, "mmlu-pro-law", f"When is an offer final? Case {i}, where a buyer relied on it")
            for i in range(5)
        ),
        prior=tuple(Prior(name, 0.9 - 0.05 * i, i < 4) for i, name in enumerate(MODELS)),
        candidates=tuple(
            Candidate(name, (), "BA"[i // 3], 0.75 - 0.5 * (i // 3), 0.9 - 0.1 * i, None, 0.8 - 0.2 * i, i == 0)
            for i, name in enumerate(names)
        ),
    )
    return replace(example, **changes)


def _nights() -> tuple[Night, ...]:
    """Two nights: one better than the baseline, one that was refused."""
    baseline = "20261122T023000-9f8e7d"
    return (
        Night(
            "20261123T023000-1a2b3c",
            datetime(2026, 11, 23, 2, 46),
            "promote",
            "smcs-select",
            0.021,
            0.012,
            0.03,
            3513,
            412,
            2468,
            HOSTILE,
            0.0123,
            baseline,
        ),
        Night(
            baseline,
            datetime(2026, 11, 22, 2, 46),
            "refused",
            "smcs-select",
            None,
            None,
            None,
            None,
            0,
            2880,
            None,
            None,
            None,
        ),
    )


def sample_page(*, known_cost: bool = True, synthetic: bool = False, baseline: bool = True, **changes: Any) -> Page:
    """A whole page; `changes` replace any of its fields."""
    regression = Regression(
        "promote",
        "the interval excludes zero and the gain is beyond the minimum effect of 1.0 point",
        "20261122T023000-9f8e7d",
        "smcs-select",
        0.021,
        0.012,
        0.03,
        0.0004,
        -0.034,
        3513,
        "412 new, 2,468 reused, oldest 12 days",
    )
    flips = (
        Flip(DATASETS[3], f"Which court hears it? {HOSTILE}", "C", 1.0, 0.0, "The answer is (C).", f"(D) {HOSTILE}"),
        Flip(DATASETS[4], "What is 7 × 8?", "56", 0.0, 1.0, "54", "7 × 8 = 56, so the answer is (H)."),
    )
    systems = tuple(name for name, *_ in _SYSTEMS)
    values = tuple(
        tuple(
            max(0.05, accuracy - 0.17 + 0.03 * row + 0.012 * ((row * 7 + column * 3) % 5))
            for column, (_, accuracy, _, _) in enumerate(_SYSTEMS)
        )
        for row in range(len(DATASETS))
    )
    coverage = tuple(
        tuple(
            0.0 if (row, column) == (2, 3) else 0.62 if column == 5 else 0.9996 if column == 6 else 1.0
            for column in range(len(MODELS))
        )
        for row in range(len(DATASETS))
    )
    checks = (
        Check("collect", "response", "truncated_share", "warning", False, "0.034", 52695, 1790),
        Check("ingest", "question", "question_id is unique", "critical", True, None, 3513, 0),
        Check("score", "score", "score between 0 and 1", "critical", True, None, 52695, 0),
    )
    page = Page(
        result=_result(known_cost, synthetic),
        judged="smcs-select",
        collaboration=frozenset({"smcs-select", "smcs-paper (select)"}),
        regression=regression if baseline else None,
        models=tuple(
            Model(
                name,
                0.544 - 0.028 * i,
                3513 if i != 5 else 2178,
                (0.0012 * 0.71**i) if known_cost else None,
                3513 if known_cost else 0,
                0.53 - 0.028 * i,
                0.56 - 0.028 * i,
                0.8 + 0.3 * i,
                4.1 + i,
                0.004 * i,
                0.012 if i == 2 else 0.0,
            )
            for i, name in enumerate(MODELS)
        ),
        by_model=Matrix(DATASETS, MODELS, tuple(row + row[:1] for row in values)),
        questions=dict.fromkeys(DATASETS, 702),
        by_dataset=Matrix(DATASETS, systems, values),
        coverage=Matrix(DATASETS, MODELS, coverage),
        checks=checks,
        quarantined={"null_score": 12, "unparsable_file": 1},
        flips=flips if baseline else (),
        n_lost=61 if baseline else 0,
        n_gained=135 if baseline else 0,
        examples=(_example(1.0), _example(0.0, dataset="mmlu-pro-math", cost_usd=0.0031)),
        created=datetime(2026, 11, 23, 2, 47, 5),
        nights=_nights() if baseline else (),
    )
    return replace(page, **changes)


def with_curves(page: Page) -> Page:
    """The page with a router of 101 operating points and one of 12, whose names are hostile."""
    curves = {"avengers-pro": (101, 0.30, 0.27), f"routellm-{HOSTILE}": (12, 0.33, 0.22)}
    lines = []
    for name, (n, low, gain) in curves.items():
        for at in range(n):
            share = at / (n - 1)
            accuracy = low + gain * share**0.4 - 0.02 * max(share - 0.9, 0)
            line = _line(name, accuracy, 0.015, 1.0, known_cost=True)
            own = at == round(0.7 * (n - 1))
            point = "" if own else f"{share:.2f}"
            system = name if own else f"{name} [{point}]"
            cost = 3.513 * (0.1 + 1.6 * share**1.5)
            lines.append(replace(line, system=system, name=name, point=point, kind="router", cost_usd=cost))
    systems = (*page.result.systems, *lines)
    return replace(page, result=replace(page.result, systems=systems))
