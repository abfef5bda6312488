"""Stated probability against accuracy as inline SVG, in the page's own colours."""

from typing import Any

from tasks.measure.calibration import Calibration
from tasks.report.charts import svg_of

_SIDE = 250  # px of the plot


def calibration_svg(calibration: Calibration, description: str) -> str:
    """The chart as an `<svg>` element: a point per bin with its interval, and the line of a kept word.

    Args:
        calibration: with at least one bin.
        description: what a reader who cannot see it is told.
    """
    import altair as alt

    points = [
        {"x": one.stated, "y": one.accuracy.value, "low": one.accuracy.low, "high": one.accuracy.high}
        for one in calibration.bins
    ]
    marks = alt.Chart(alt.Data(values=points))
    x, y = _axis(alt.X("x:Q"), "stated probability"), _axis(alt.Y("y:Q"), "accuracy")
    ideal = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
    chart = alt.layer(
        ideal.mark_line(color="var(--muted)", strokeWidth=1.2, strokeDash=[4, 3]).encode(x=x, y=y),
        marks.mark_rule(color="var(--team)", strokeWidth=1.8, opacity=0.55).encode(x=x, y="low:Q", y2="high:Q"),
        marks.mark_line(color="var(--team)", strokeWidth=1.2, opacity=0.7).encode(x=x, y=y),
        marks.mark_point(shape="diamond", size=60, filled=True, color="var(--team)", opacity=1).encode(x=x, y=y),
        background="transparent",
    )
    return svg_of(chart, _SIDE, _SIDE, description)


def _axis(channel: Any, title: str) -> Any:
    import altair as alt

    scale = alt.Scale(domain=[0, 1], nice=False)
    return channel.scale(scale).axis(alt.Axis(title=title, format=".0%", values=[0, 0.25, 0.5, 0.75, 1]))
