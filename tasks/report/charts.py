"""The cost-quality chart as inline SVG that takes its colours from the page, so that it is right in light and dark."""

import html
import math
import mmap
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import cycle
from typing import Any

from tasks.report.labels import FONT, Frame, Kind, Point, curves, frame_of, free_of_cost, frontier, place

_ADDRESSES_GIB = 65  # what Vega's engine (V8) reserves, and does not use
_SHAPES: dict[Kind, str] = {"null": "circle", "router": "square", "collaboration": "diamond", "model": "circle"}


def ticks(low: float, high: float, room: int) -> list[float]:
    """1-2-5 ticks of a logarithmic axis, or only its powers of ten when more than `room` would stand on it."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    full = [float(f"{step}e{power}") for power in powers for step in (1, 2, 5)]
    fine = [tick for tick in full if low <= tick <= high]
    tens = [float(f"1e{power}") for power in powers if low <= 10.0**power <= high]
    return fine if len(fine) <= room or len(tens) < 2 else tens


def cost_quality_svg(points: Sequence[Point], x_title: str, width: int, height: int, description: str) -> str:
    """The chart as an `<svg>` element: accuracy over cost, intervals, the efficient frontier, curves, direct labels.

    Colours are the page's custom properties (`--ink`, `--null`, ...); texts are escaped by Vega's SVG renderer.

    Args:
        points: at least one.
        x_title: what the x axis measures, with its unit.
        width: of the plot without its axes, in pixels; `height` likewise.
        description: what a reader who cannot see it is told.
    """
    import altair as alt

    nothing = free_of_cost(points)
    points = [replace(point, x=point.x or nothing or 0.0) for point in points]
    frame = frame_of(points, width, height)
    x, y = _axes(alt, frame, x_title, nothing)
    colour, shape, fill = (_by_kind(alt, channel) for channel in ("stroke", "shape", "fill"))
    steps = alt.Chart(alt.Data(values=[{"x": point.x, "accuracy": point.accuracy} for point in frontier(points)]))
    marks, labels, further = (alt.Chart(alt.Data(values=rows)) for rows in _rows(points, frame))
    dashes = {"interpolate": "step-after", "strokeDash": [4, 3], "strokeWidth": 1.2}
    text = {"fontSize": FONT, "baseline": "middle", "align": alt.expr("datum.align")}
    shade = alt.Stroke("shade:N", scale=None)
    chart = alt.layer(
        further.mark_area(opacity=0.13).encode(x=x, y="low:Q", y2="high:Q", fill=fill, detail="curve:N"),
        further.mark_line(strokeWidth=1.5).encode(x=x, y=y, stroke=shade, detail="curve:N"),
        further.mark_point(size=10, strokeWidth=1.5).encode(x=x, y=y, stroke=shade),
        steps.mark_line(color="var(--muted)", **dashes).encode(x=x, y=y),
        labels.mark_rule(color="var(--muted)", strokeWidth=0.8).encode(x=x, y=y, x2="from_x:Q", y2="from_y:Q"),
        marks.mark_rule(strokeWidth=1.6, opacity=0.55).encode(x=x, y="low:Q", y2="high:Q", stroke=colour),
        marks.mark_point(size=70, strokeWidth=1.8, opacity=1).encode(x=x, y=y, stroke=colour, fill=fill, shape=shape),
        labels.mark_text(color="var(--ink)", **text).encode(x=x, y=y, text="label:N"),
        background="transparent",
    )
    return svg_of(chart, width, height, description)


_AXIS = {
    "labelColor": "var(--ink)",
    "titleColor": "var(--ink)",
    "gridColor": "var(--line)",
    "tickColor": "var(--line)",
    "labelFontSize": FONT,
    "titleFontSize": FONT,
    "titleFontWeight": "normal",
    "domain": False,
}
_STROKE: dict[Kind, str] = {
    "null": "var(--null)",
    "router": "var(--router)",
    "collaboration": "var(--team)",
    "model": "var(--model)",
}
_SHADES = [
    "var(--router)",
    "color-mix(in srgb, var(--router) 50%, var(--ink))",
    "color-mix(in srgb, var(--router) 55%, var(--card))",
    "color-mix(in srgb, var(--router) 55%, var(--team))",
]
"""Of one curve after the other, and again from the first."""
_FILL: dict[Kind, str] = {**_STROKE, "null": "var(--card)"}


def _axes(alt: Any, frame: Frame, x_title: str, nothing: float | None) -> tuple[Any, Any]:
    """Encodings of both axes, with exactly the frame's domains; the tick at `nothing` reads 0."""
    room: dict[str, Any] = {"tickCount": max(frame.width // 110, 3)}
    if frame.log:
        low, high = frame.x
        room = {"values": ticks(low if nothing is None else 2 * nothing, high, room=frame.width // 60)}
    if nothing is not None:
        room["values"] = [nothing, *room["values"]]
        room["labelExpr"] = f"datum.value <= {nothing * 1.01} ? '0' : datum.label"
    x_scale = alt.Scale(type="log" if frame.log else "linear", domain=list(frame.x), nice=False, zero=False)
    y_scale = alt.Scale(domain=list(frame.y), nice=False, zero=False)
    return (
        alt.X("x:Q", scale=x_scale, axis=alt.Axis(title=x_title, grid=False, format="~g", **room)),
        alt.Y("accuracy:Q", scale=y_scale, axis=alt.Axis(title="macro accuracy", format=".0%", tickCount=6)),
    )


def _by_kind(alt: Any, channel: str) -> Any:
    """An encoding of the kind by stroke, fill or shape; the page has the legend."""
    palette = {"stroke": _STROKE, "fill": _FILL, "shape": _SHAPES}[channel]
    scale = alt.Scale(domain=list(palette), range=list(palette.values()))
    return {"stroke": alt.Stroke, "fill": alt.Fill, "shape": alt.Shape}[channel]("kind:N", scale=scale, legend=None)


def _rows(points: Sequence[Point], frame: Frame) -> tuple[list[dict[str, Any]], ...]:
    """Rows behind the marks, behind the labels and the lines that lead to them, and behind the curves."""
    marks, labels = [], []
    for point, label in zip(points, place(points, frame), strict=True):
        if point.own:
            marks.append(_row(point))
        if label:
            x, y = frame.value(label.x, label.y)
            start = (point.x, point.accuracy) if label.leader else (x, y)
            spot = {"x": x, "accuracy": y, "from_x": start[0], "from_y": start[1]}
            labels.append({"label": point.label, "align": label.align, **spot})
    shaded = zip(cycle(_SHADES), curves(points).values(), strict=False)
    return marks, labels, [_row(point) | {"shade": shade} for shade, curve in shaded for point in curve]


def _row(point: Point) -> dict[str, Any]:
    low, high = (point.accuracy if end is None else end for end in (point.low, point.high))
    ends = {"accuracy": point.accuracy, "low": low, "high": high}
    return {"x": point.x, **ends, "kind": point.kind, "curve": point.curve}


def svg_of(chart: Any, width: int, height: int, description: str) -> str:
    """A chart of Altair's in the pages' look: an SVG that scales with its box and is one picture to a screen reader.

    Args:
        chart: its layers.
        width: of the plot without its axes, in pixels; `height` likewise.
        description: what a reader who cannot see it is told.

    Raises:
        MemoryError: `ulimit -v` is too low for Vega's engine.
    """
    _check_addresses()
    import vl_convert

    chart = chart.properties(width=width, height=height).configure(font="system-ui, sans-serif")
    chart = chart.configure_view(stroke=None).configure_axis(**_AXIS)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    box = re.search(r'viewBox="([\d. ]+)"', svg)
    body = svg[svg.index(">") + 1 :]
    full = box.group(1).split()[2] if box else "100%"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box.group(1) if box else ""}" style="width:{full}px" '
        f'role="img" aria-label="{html.escape(description)}">{body}'
    )


@cache
def _check_addresses() -> None:
    """Reserve what V8 will reserve: where it cannot, it aborts the process."""
    try:
        mmap.mmap(-1, _ADDRESSES_GIB << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0).close()
    except OSError:
        told = f"charts reserve {_ADDRESSES_GIB} GiB of addresses, most of them unused, and `ulimit -v` allows fewer"
        raise MemoryError(told) from None
