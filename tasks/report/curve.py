"""A study's accuracies over what is varied, as inline SVG in the page's own colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.report.charts import svg_of

COLOURS = ("var(--team)", "var(--router)", "var(--null)", "var(--model)")
_SHAPES = ("diamond", "square", "circle", "circle")
_LOG_FROM = 20  # ratio of the ends of an axis that reads better with a logarithmic scale


@dataclass(frozen=True, slots=True)
class Spot:
    """A setting on the curve: accuracy in [0, 1] with the ends of its 95 % interval."""

    x: float
    accuracy: float
    low: float
    high: float
    series: int
    base: bool


def curve_svg(spots: Sequence[Spot], axis: str, width: int, height: int, description: str) -> str:
    """The chart as an `<svg>` element: a line per series, intervals, a ring around the base.

    Args:
        spots: at least one; at most four series, counted from 0.
        axis: what the x axis measures.
        width: of the plot without its axes, in pixels; `height` likewise.
        description: what a reader who cannot see it is told.
    """
    import altair as alt

    rows = [
        {"x": one.x, "y": one.accuracy, "low": one.low, "high": one.high, "series": str(one.series), "base": one.base}
        for one in spots
    ]
    x, frame = _axes(alt, spots, axis, width)
    y, low = alt.Y("y:Q", **frame), alt.Y("low:Q", **frame)
    names = [str(at) for at in range(len(COLOURS))]
    colour = alt.Color("series:N", scale=alt.Scale(domain=names, range=list(COLOURS)), legend=None)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=list(_SHAPES)), legend=None)
    marks = alt.Chart(alt.Data(values=rows))
    ring = alt.Chart(alt.Data(values=[row for row in rows if row["base"]]))
    chart = alt.layer(
        marks.mark_rule(strokeWidth=1.6, opacity=0.45).encode(x=x, y=low, y2="high:Q", color=colour),
        marks.mark_line(strokeWidth=1.4, opacity=0.8).encode(x=x, y=y, color=colour),
        marks.mark_point(size=55, filled=True, opacity=1).encode(x=x, y=y, color=colour, shape=shape),
        ring.mark_point(size=260, strokeWidth=1.5, shape="circle", color="var(--ink)", opacity=1).encode(x=x, y=y),
        background="transparent",
    )
    return svg_of(chart, width, height, description)


def _axes(alt: Any, spots: Sequence[Spot], title: str, width: int) -> tuple[Any, dict[str, Any]]:
    xs = sorted({one.x for one in spots})
    log = xs[0] > 0 and xs[-1] / xs[0] >= _LOG_FROM
    air = 0.05 * (xs[-1] - xs[0]) or 0.5
    ends = [xs[0] / 1.2, xs[-1] * 1.2] if log else [xs[0] - air, xs[-1] + air]
    room = {"values": xs} if log else {"tickCount": min(len(xs), width // 70)}
    step = {"tickMinStep": 1} if all(x == round(x) for x in xs) else {}
    low, high = min(one.low for one in spots), max(one.high for one in spots)
    margin = max(0.08 * (high - low), 0.002)
    x_axis = alt.Axis(title=title, grid=False, format="~g", labelOverlap=True, **room, **step)
    y_axis = alt.Axis(title="macro accuracy", format=".1%" if high - low < 0.06 else ".0%", tickCount=5)
    x_scale = alt.Scale(type="log" if log else "linear", domain=ends, nice=False, zero=False)
    y_scale = alt.Scale(domain=[low - margin, high + margin], nice=False, zero=False)
    return alt.X("x:Q", scale=x_scale, axis=x_axis), {"scale": y_scale, "axis": y_axis}
