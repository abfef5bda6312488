"""The cost-quality chart as inline SVG that takes its colours from the page, so that it is right in light and dark."""

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

Kind = Literal["null", "router", "collaboration", "model"]

FONT = 12
_LETTER = 6.6  # width of an average letter at that size in the widest of the page's fonts, px
_MARK = 6.0  # half the side of a mark's box, px
_RADII = (11.0, 20.0, 30.0, 42.0, 56.0, 72.0, 90.0, 110.0, 135.0)
_NEAR = 2  # labels of single models stay within so many radii of their point, or are left out
_ANGLES = tuple(math.radians(angle) for angle in (0, 180, 45, -45, 135, -135, 90, -90, 20, -20, 160, -160, 70, -70))
_SHAPES: dict[Kind, str] = {"null": "circle", "router": "square", "collaboration": "diamond", "model": "circle"}

Box = tuple[float, float, float, float]  # left, top, right, bottom
Spot = tuple[float, float]  # x, y in pixels


@dataclass(frozen=True, slots=True)
class Point:
    """A system or a single model on the chart.

    Args:
        x: cost or calls, in the unit of the axis.
        accuracy: macro accuracy in [0, 1]; `low` and `high` bound its 95 % interval where there is one.
    """

    label: str
    kind: Kind
    x: float
    accuracy: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """Where a label stands: its anchor and box in pixels from the plot's upper left, and whether a line leads to it."""

    x: float
    y: float
    align: Literal["left", "center", "right"]
    box: Box
    leader: bool


def frontier(points: Sequence[Point]) -> list[Point]:
    """Points that no other beats in one of cost and accuracy without losing in the other, by growing cost."""
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (p.x, -p.accuracy)):
        if not best or point.accuracy > best[-1].accuracy:
            best.append(point)
    return best


def is_log(values: Sequence[float]) -> bool:
    """Whether an axis over these values reads better with a logarithmic scale."""
    return min(values) > 0 and max(values) / min(values) >= 8


def ticks(low: float, high: float, room: int) -> list[float]:
    """1-2-5 ticks of a logarithmic axis, or only its powers of ten when more than `room` would stand on it."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    full = [float(f"{step}e{power}") for power in powers for step in (1, 2, 5)]
    fine = [tick for tick in full if low <= tick <= high]
    tens = [float(f"1e{power}") for power in powers if low <= 10.0**power <= high]
    return fine if len(fine) <= room or len(tens) < 2 else tens


def free_of_cost(points: Sequence[Point]) -> float | None:
    """Where cost 0 stands on a logarithmic axis: left of all others; None where there is no 0 or the axis is linear."""
    others = [point.x for point in points if point.x > 0]
    needed = len(others) < len(points) and others and is_log(others)
    return min(others) / 4 if needed else None


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot: its size in pixels and its domains, from which a label's place is reckoned."""

    width: int
    height: int
    x: tuple[float, float]
    y: tuple[float, float]
    log: bool

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Pixels from the upper left of the plot."""
        low, high = self.x
        share = math.log(x / low) / math.log(high / low) if self.log else (x - low) / (high - low)
        return share * self.width, (1 - (y - self.y[0]) / (self.y[1] - self.y[0])) * self.height

    def value(self, x: float, y: float) -> tuple[float, float]:
        """The point of the domains at these pixels: the inverse of `pixel`."""
        low, high = self.x
        share = x / self.width
        there = low * (high / low) ** share if self.log else low + share * (high - low)
        return there, self.y[0] + (1 - y / self.height) * (self.y[1] - self.y[0])


def frame_of(points: Sequence[Point], width: int, height: int) -> Frame:
    """A frame that holds the points and their intervals with a little air, more of it on the dear side for labels."""
    low, high = min(point.x for point in points), max(point.x for point in points)
    log = is_log([low, high])
    if log:
        x = (low / 1.35, high * (high / low) ** 0.14)
    else:
        air = max(0.08 * (high - low), 0.08 * high, 1e-9)
        x = (max(low - air, 0.0), high + 1.75 * air)
    ends = [value for p in points for value in (p.low, p.accuracy, p.high) if value is not None]
    margin = max(0.06 * (max(ends) - min(ends)), 0.01)
    return Frame(width, height, x, (max(min(ends) - margin, 0.0), min(max(ends) + margin, 1.0)), log)


def place(points: Sequence[Point], frame: Frame) -> list[Label | None]:
    """A place for every label so that none covers another, a mark or the edge; None where there is no room.

    Systems are placed before single models, which are labelled only close to their point.
    """
    spots = [frame.pixel(point.x, point.accuracy) for point in points]
    marks = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in spots]
    lines = _lines(points, frame)
    placed: list[Label | None] = [None] * len(points)
    for i in sorted(range(len(points)), key=lambda i: (points[i].kind == "model", -points[i].accuracy)):
        radii = _RADII[:_NEAR] if points[i].kind == "model" else _RADII
        boxes = marks + [label.box for label in placed if label]
        obstacles = [box for box in boxes if not _overlap((*spots[i], *spots[i]), box)]
        free = [
            label
            for label in _candidates(points[i].label, spots[i], radii)
            if _inside(label.box, frame)
            and (label.leader or _nearest(label, spots, i))
            and not any(_overlap(label.box, box) for box in boxes)
        ]
        placed[i] = min(free, key=lambda label: _cost(label, spots[i], lines, obstacles), default=None)
    return placed


def _lines(points: Sequence[Point], frame: Frame) -> list[Box]:
    """Intervals and the frontier's steps: what a label should rather not cover."""
    boxes = []
    for point in points:
        if point.low is not None and point.high is not None:
            (x, top), (_, bottom) = frame.pixel(point.x, point.high), frame.pixel(point.x, point.low)
            boxes.append((x - 1, top, x + 1, bottom))
    for here, there in pairwise(frontier(points)):
        (left, y), (right, top) = frame.pixel(here.x, here.accuracy), frame.pixel(there.x, there.accuracy)
        boxes += [(left, y - 1, right, y + 1), (right - 1, top, right + 1, y)]
    return boxes


def _candidates(text: str, spot: Spot, radii: Sequence[float]) -> list[Label]:
    wide, tall = _LETTER * len(text), FONT * 1.25
    found = []
    for radius in radii:
        for angle in _ANGLES:
            x, y = spot[0] + radius * math.cos(angle), spot[1] - radius * math.sin(angle)
            side = math.cos(angle)
            align: Literal["left", "center", "right"] = "left" if side > 0.3 else "right" if side < -0.3 else "center"
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
            box = (left, y - tall / 2, left + wide, y + tall / 2)
            found.append(Label(x, y, align, box, radius > _RADII[1]))
    return found


def _cost(label: Label, spot: Spot, lines: list[Box], obstacles: list[Box]) -> float:
    """Distance from the point, plus what the label or its leader would cross."""
    steps = [(spot[0] + (label.x - spot[0]) * t, spot[1] + (label.y - spot[1]) * t) for t in (0.3, 0.5, 0.7, 0.9)]
    crossed = sum(_overlap((x, y, x, y), box) for x, y in steps for box in obstacles)
    covered = sum(_overlap(label.box, line) for line in lines)
    level = abs(label.y - spot[1])  # a label beside its point is read more surely than one above or below
    return math.dist(spot, (label.x, label.y)) + 0.1 * level + 40 * crossed + 15 * covered


def _nearest(label: Label, spots: list[Spot], own: int) -> bool:
    """Whether a label without a line to its point cannot be taken for another point's."""
    left, top, right, bottom = label.box
    distances = [math.dist((x, y), (min(max(x, left), right), min(max(y, top), bottom))) for x, y in spots]
    return distances[own] <= min(distances)


def _inside(box: Box, frame: Frame) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= frame.width and box[3] <= frame.height


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def cost_quality_svg(points: Sequence[Point], x_title: str, width: int, height: int, description: str) -> str:
    """The chart as an `<svg>` element: accuracy over cost, intervals, the efficient frontier, direct labels.

    Colours are the page's custom properties (`--ink`, `--null`, ...); texts are escaped by Vega's SVG renderer.

    Args:
        points: at least one.
        x_title: what the x axis measures, with its unit.
        width: of the plot without its axes, in pixels; `height` likewise.
        description: what a reader who cannot see it is told.
    """
    import altair as alt
    import vl_convert

    nothing = free_of_cost(points)
    points = [replace(point, x=point.x or nothing or 0.0) for point in points]
    frame = frame_of(points, width, height)
    x, y = _axes(alt, frame, x_title, nothing)
    colour, shape, fill = (_by_kind(alt, channel) for channel in ("stroke", "shape", "fill"))
    steps = alt.Chart(alt.Data(values=[{"x": point.x, "accuracy": point.accuracy} for point in frontier(points)]))
    marks, labels = (alt.Chart(alt.Data(values=rows)) for rows in _rows(points, frame))
    dashes = {"interpolate": "step-after", "strokeDash": [4, 3], "strokeWidth": 1.2}
    text = {"fontSize": FONT, "baseline": "middle", "align": alt.expr("datum.align")}
    chart = alt.layer(
        steps.mark_line(color="var(--muted)", **dashes).encode(x=x, y=y),
        labels.mark_rule(color="var(--muted)", strokeWidth=0.8).encode(x=x, y=y, x2="from_x:Q", y2="from_y:Q"),
        marks.mark_rule(strokeWidth=1.6, opacity=0.55).encode(x=x, y="low:Q", y2="high:Q", stroke=colour),
        marks.mark_point(size=70, strokeWidth=1.8, opacity=1).encode(x=x, y=y, stroke=colour, fill=fill, shape=shape),
        labels.mark_text(color="var(--ink)", **text).encode(x=x, y=y, text="label:N"),
        background="transparent",
    )
    chart = chart.properties(width=width, height=height).configure(font="system-ui, sans-serif")
    chart = chart.configure_view(stroke=None).configure_axis(**AXIS)
    return inline(vl_convert.vegalite_to_svg(chart.to_dict()), description)


AXIS = {
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


def _rows(points: Sequence[Point], frame: Frame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows behind the marks, and rows behind the labels and the lines that lead to them."""
    marks, labels = [], []
    for point, label in zip(points, place(points, frame), strict=True):
        low, high = (point.accuracy if end is None else end for end in (point.low, point.high))
        marks.append({"x": point.x, "accuracy": point.accuracy, "low": low, "high": high, "kind": point.kind})
        if label:
            x, y = frame.value(label.x, label.y)
            start = (point.x, point.accuracy) if label.leader else (x, y)
            spot = {"x": x, "accuracy": y, "from_x": start[0], "from_y": start[1]}
            labels.append({"label": point.label, "align": label.align, **spot})
    return marks, labels


def inline(svg: str, description: str) -> str:
    """An SVG that scales with its box and is one picture to a screen reader."""
    box = re.search(r'viewBox="([\d. ]+)"', svg)
    body = svg[svg.index(">") + 1 :]
    width = box.group(1).split()[2] if box else "100%"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box.group(1) if box else ""}" style="width:{width}px" '
        f'role="img" aria-label="{html.escape(description)}">{body}'
    )
