"""Texts as people read them, and the rows and lines that artifacts and messages show."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from profiles.readable import MISSING, interval, number, p_value, percent, points
from tasks.measure.comparison import Comparison
from tasks.measure.result import RunResult, SystemResult
from tasks.report.contents import Page, Regression
from tasks.report.labels import Point, frontier

ORACLES = ("oracle", "dataset-oracle")
"""Null baselines that look at the truth: bounds, not methods."""
_COVERED = 0.95  # a model below this share of the questions was not measured on the same ones as the systems
_MARKDOWN = re.compile(r"([\\`*_\[\]#!|~])")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def one_line(text: str, limit: int = 200) -> str:
    """A text on one line, cut at `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


def markdown(text: str, limit: int = 200) -> str:
    """Untrusted text as Markdown that shows it as it is: no markup, no HTML, one line."""
    plain = one_line(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", plain)


def accuracy_axis(ends: Iterable[float | None], reference: float | None) -> dict[str, float | None]:
    """A drawn axis, in steps of 5 %, on which all ends have room; the reference is the line on it."""
    known = [end for end in ends if end is not None] or [0.0, 1.0]
    low, high = math.floor(min(known) * 20) / 20, math.ceil(max(known) * 20) / 20
    return {"low": low, "high": max(high, low + 0.05), "reference": reference}


def against_best(result: RunResult, system: str) -> Comparison | None:
    """The paired comparison of a system with the best single model."""
    pairs = (pair for pair in result.comparisons if (pair.system, pair.baseline) == (system, "best-single"))
    return next(pairs, None)


def headline(regression: Regression | None) -> str:
    """The verdict in a word or three."""
    return "No baseline yet" if regression is None else regression.verdict.capitalize()


def subject(result: RunResult, judged: str | None, regression: Regression | None) -> str:
    """One sentence: what is compared with what."""
    if regression is not None:
        return f"{regression.system} against baseline run {regression.baseline_run_id}."
    if judged is None or against_best(result, judged) is None:
        return "There is no earlier run to compare with."
    return f"There is no earlier run to compare with; this is {judged} against the best single model."


def statement(result: RunResult, judged: str | None, regression: Regression | None) -> str:
    """The subject and its figures in one line."""
    figures = ", ".join(f"{name} {value}" for name, value in facts(result, judged, regression))
    return f"{subject(result, judged, regression)} {figures.capitalize()}."


def _change(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:+.0f} %".replace("-", "−")


def facts(result: RunResult, judged: str | None, regression: Regression | None) -> list[tuple[str, str]]:
    """Name and value of the figures behind the verdict; without a baseline run, against the best single model."""
    if regression is not None:
        return [
            ("points", points(regression.difference)),
            ("95 % interval", interval(regression.ci_low, regression.ci_high, signed=True)),
            ("p", p_value(regression.p_value)),
            ("cost", _change(regression.cost_change)),
            ("questions", number(regression.n)),
        ]
    pair = against_best(result, judged) if judged else None
    if pair is None:
        return [("questions", number(result.n_questions))]
    return [
        ("points", points(pair.difference)),
        ("95 % interval", interval(pair.ci_low, pair.ci_high, signed=True)),
        ("p", p_value(pair.p_value)),
        ("p, Holm", p_value(pair.p_holm)),
        ("won and lost", MISSING if pair.won is None else f"{number(pair.won)} : {number(pair.lost)}"),
        ("p, McNemar", p_value(pair.p_mcnemar)),
        ("questions", number(pair.n)),
    ]


def cost_per_thousand(line: SystemResult) -> float | None:
    """US dollars for a thousand questions, by those whose cost is known; None when that of none is."""
    return None if line.cost_usd is None or not line.n_cost else 1000 * line.cost_usd / line.n_cost


def cost_note(line: SystemResult) -> str:
    """How many of a system's questions its cost is of, where that is not all; else nothing."""
    asked = round(line.calls / line.calls_per_question) if line.calls and line.calls_per_question else line.n
    return f"{number(line.n_cost)} of {number(asked)}" if 0 < line.n_cost < asked else ""


def chart_points(page: Page) -> tuple[list[Point], bool]:
    """Points of the cost-quality chart, and whether their x is cost (US dollars per thousand questions) or calls.

    Oracles are left out, and so is what was measured, or has a known cost, on fewer than 95 % of the questions. Calls
    stand in where no system has a known cost.
    """
    least = _COVERED * page.result.n_questions
    systems = [line for line in page.result.systems if line.system not in ORACLES and line.macro_accuracy is not None]
    by_cost = any(line.cost_usd is not None and line.n_cost >= least for line in systems)
    found = []
    for model in page.models:  # drawn first: a null baseline that is always the same model stays visible on top of it
        spent = model.cost_usd_per_question
        x = 1.0 if not by_cost else None if spent is None else 1000 * spent
        enough = model.n >= least and (not by_cost or model.n_cost >= least)
        if x is not None and model.macro_accuracy is not None and enough:
            found.append(Point(model.name, "model", x, model.macro_accuracy, model.ci_low, model.ci_high))
    for line in systems:
        x = cost_per_thousand(line) if by_cost else line.calls_per_question
        enough = line.n >= least and (not by_cost or line.n_cost >= least)
        if x is not None and line.macro_accuracy is not None and enough:
            place = x, line.macro_accuracy, line.ci_low, line.ci_high
            found.append(Point(line.system, page.kind(line.system), *place, line.name, not line.point))
    return found, by_cost


def pareto_rows(page: Page) -> list[dict[str, Any]]:
    """Rows of the `pareto` artifact: every point of the chart, and whether it is on the efficient frontier."""
    found, by_cost = chart_points(page)
    efficient = frontier(found)
    unit = "USD per 1,000 questions" if by_cost else "calls per question"
    return [
        {
            "system": point.label,
            "kind": point.kind,
            unit: round(point.x, 6),
            "macro accuracy %": round(100 * point.accuracy, 2),
            "efficient": point in efficient,
        }
        for point in sorted(found, key=lambda point: (point.x, -point.accuracy))
    ]


def verdict_markdown(page: Page) -> str:
    """The `verdict` artifact."""
    lines = [f"# {headline(page.regression)}", ""]
    if page.result.synthetic:
        lines += ["**Synthetic:** simulated models; the figures say nothing about real ones.", ""]
    lines += [markdown(statement(page.result, page.judged, page.regression), 500), ""]
    if page.regression is not None:
        lines += [markdown(page.regression.reason, 500), "", f"Answers: {markdown(page.regression.answers)}.", ""]
    lines += [f"{page.result.basis}.", ""]
    lines += [f"- Missing: {markdown(text, 500)}" for text in page.result.told_gaps()]
    lines += ["", "| system | macro accuracy % | 95 % interval | n |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {markdown(line.system)} | {percent(line.macro_accuracy)} | {interval(line.ci_low, line.ci_high)} "
        f"| {number(line.n)} |"
        for line in page.result.lines
    ]
    return "\n".join(lines)
