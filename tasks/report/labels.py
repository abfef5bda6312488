"""What stands where on the cost-quality chart: the frame, the frontier, and labels that cover nothing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["null", "router", "collaboration", "model"]

FONT = 12
_LETTER = 6.6  # width of an average letter at that size in the widest of the page's fonts, px
_MARK = 6.0  # half the side of a mark's box, px
_RADII = (11.0, 20.0, 30.0, 42.0, 56.0, 72.0, 90.0, 110.0, 135.0)
_NEAR = 2  # labels of single models stay within so many radii of their point, or are left out
_ANGLES = tuple(math.radians(angle) for angle in (0, 180, 45, -45, 135, -135, 90, -90, 20, -20, 160, -160, 70, -70))
_STEPS = 30  # boxes that stand for a curve or for the frontier

Box = tuple[float, float, float, float]  # left, top, right, bottom
Spot = tuple[float, float]  # x, y in pixels


@dataclass(frozen=True, slots=True)
class Point:
    """A system or a single model on the chart.

    Args:
        x: cost or calls, in the unit of the axis.
        accuracy: macro accuracy in [0, 1]; `low` and `high` bound its 95 % interval where there is one.
        curve: the system whose curve it is on; empty: it is on none.
        own: whether it is a system's own operating point, which has a label, and not a further one of its curve.
    """

    label: str
    kind: Kind
    x: float
    accuracy: float
    low: float | None = None
    high: float | None = None
    curve: str = ""
    own: bool = True


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

    Systems are placed before single models, which are labelled only close to their point. Further points of a curve
    have no label, and a label rather stays off them.
    """
    own = [at for at, point in enumerate(points) if point.own]
    found: list[Label | None] = [None] * len(points)
    for at, label in zip(own, _placed([points[at] for at in own], frame, _lines(points, frame)), strict=True):
        found[at] = label
    return found


def curves(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The points of every curve of more than one, by growing cost."""
    found: dict[str, list[Point]] = {}
    for point in sorted(points, key=lambda one: (one.x, one.accuracy)):
        if point.curve:
            found.setdefault(point.curve, []).append(point)
    return {name: own for name, own in found.items() if len(own) > 1}


def _placed(points: Sequence[Point], frame: Frame, lines: list[Box]) -> list[Label | None]:
    spots = [frame.pixel(point.x, point.accuracy) for point in points]
    marks = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in spots]
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
    """Intervals, curves and the frontier's steps: what a label should rather not cover."""
    boxes = []
    for curve in curves(points).values():
        for point in curve[:: max(len(curve) // _STEPS, 1)]:
            x, y = frame.pixel(point.x, point.accuracy)
            boxes.append((x - 3, y - 3, x + 3, y + 3))
    for point in points:
        if point.own and point.low is not None and point.high is not None:
            (x, top), (_, bottom) = frame.pixel(point.x, point.high), frame.pixel(point.x, point.low)
            boxes.append((x - 1, top, x + 1, bottom))
    best = frontier(points)
    for here, there in pairwise(best[:: max(len(best) // _STEPS, 1)]):
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
            leader = radius > _RADII[1]
            if leader and align == "center":  # straight up or down, a line is not seen on the point's interval
                continue
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
            box = (left, y - tall / 2, left + wide, y + tall / 2)
            found.append(Label(x, y, align, box, leader))
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
