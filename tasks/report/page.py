"""The report as one HTML file that needs nothing else: no request, no script."""

from collections.abc import Container, Iterable, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from profiles import readable
from tasks.report import tables
from tasks.report.charts import cost_quality_svg
from tasks.report.contents import Matrix, Page
from tasks.report.further import further_metrics
from tasks.report.html import css, template
from tasks.report.labels import Point, curves, frontier
from tasks.report.nights import scale_of

_GROUPS = {
    "null": "Null models: what any method must beat",
    "router": "Routers: one model per question",
    "collaboration": "Collaboration: several models per question",
}
_LEGEND = {"null": "null model", "router": "router", "collaboration": "collaboration", "model": "single model"}
_WIDE = (940, 450)  # plot sizes in pixels; the narrow one is shown on phones
_NARROW = (270, 430)


def render(page: Page) -> str:
    """The page as HTML; every text that came from a model or a dataset is escaped.

    Same page, same bytes: nothing but `page` is read.
    """
    points, by_cost = tables.chart_points(page)
    apart = {line.system for line in page.result.lines if not page.result.ranked(line)}.union(tables.ORACLES)
    most = max((model.n for model in page.models), default=0)
    partly = {model.name for model in page.models if model.n < most}
    return template("page.html.j2").render(
        page=page,
        result=page.result,
        css=css(),
        headline=tables.headline(page.regression),
        subject=tables.subject(page.result, page.judged, page.regression),
        facts=tables.facts(page.result, page.judged, page.regression),
        groups=_groups(page),
        night_scale=scale_of(page.nights),
        scale=_scale(page),
        best=_best(((line.system, line.macro_accuracy) for line in page.result.lines), apart),
        further=further_metrics(page.result),
        missing=page.result.told_gaps(),
        charts=_charts(page),
        by_cost=by_cost,
        curve_points=_curve_points(points),
        legend=[(kind, name) for kind, name in _LEGEND.items() if kind in {point.kind for point in points}],
        not_on_chart=_not_on_chart(page, {point.label for point in points}),
        shown=_shown_range(page.by_dataset),
        row_best=[_best(zip(page.by_dataset.columns, row, strict=True), apart) for row in page.by_dataset.values],
        apart=apart,
        model_range=_shown_range(page.by_model),
        model_best=[_best(zip(page.by_model.columns, row, strict=True), partly) for row in page.by_model.values],
        model_apart=partly,
        holds=sum(check.success for check in page.checks),
        broken=sum(check.severity == "critical" and not check.success for check in page.checks),
        warnings=sum(check.severity != "critical" and not check.success for check in page.checks),
    )


def _groups(page: Page) -> list[dict[str, Any]]:
    """The leaderboard's parts in their order, without empty ones."""
    lines = [
        {"kind": page.kind(line.system), "line": line, "pair": tables.against_best(page.result, line.system)}
        for line in page.result.lines
    ]
    parts = [
        {"kind": kind, "title": title, "lines": [one for one in lines if one["kind"] == kind]}
        for kind, title in _GROUPS.items()
    ]
    return [part for part in parts if part["lines"]]


def _scale(page: Page) -> dict[str, float | None]:
    """The leaderboard's drawn axis, on which oracles need not be; the best single model is the line on it."""
    lines = [line for line in page.result.lines if line.system not in tables.ORACLES]
    best = page.result.system("best-single")
    ends = (end for one in lines for end in (one.macro_accuracy, one.ci_low, one.ci_high))
    return tables.accuracy_axis(ends, best.macro_accuracy if best else None)


def _best(accuracies: Iterable[tuple[str, float | None]], apart: Container[str]) -> float | None:
    """Best accuracy of a system, but for those that stand apart: they know the truth, or answered other questions."""
    return max((value for system, value in accuracies if value is not None and system not in apart), default=None)


def _shown_range(table: Matrix) -> tuple[float, float]:
    """Ends of a heat table's colours; an oracle may be beyond."""
    fair = [place for place, system in enumerate(table.columns) if system not in tables.ORACLES]
    values = [value for row in table.values for place in fair if (value := row[place]) is not None] or [0.0]
    return min(values), max(max(values), min(values) + 1e-9)


def _charts(page: Page) -> list[tuple[str, Markup]]:
    """The chart for wide and for narrow screens; empty without a point."""
    points, by_cost = tables.chart_points(page)
    if not points:
        return []
    title = "US dollars per 1,000 questions" if by_cost else "model calls per question"
    show = readable.dollars if by_cost else partial(readable.number, digits=1)
    systems = [point for point in points if point.kind != "model" and point.own]
    told = "; ".join(f"{point.label} {readable.percent(point.accuracy)} % at {show(point.x)}" for point in systems)
    best = dict.fromkeys(point.label if point.own else f"points of {point.curve}" for point in frontier(points))
    efficient = ", ".join(best)
    description = f"Macro accuracy over {title}. {told}. Nothing beats these in both: {efficient}."
    sizes = {"wide": _WIDE, "narrow": _NARROW}
    return [(name, Markup(cost_quality_svg(points, title, *size, description))) for name, size in sizes.items()]


def _curve_points(points: Sequence[Point]) -> list[tuple[Point, bool]]:
    """The points of every curve by growing cost, and whether nothing beats it in both cost and accuracy."""
    best = set(frontier(points))
    return [(point, point in best) for curve in curves(points).values() for point in curve]


def _not_on_chart(page: Page, shown: set[str]) -> list[str]:
    names = [line.system for line in page.result.lines] + [model.name for model in page.models]
    return [name for name in names if name not in shown and name not in tables.ORACLES]
