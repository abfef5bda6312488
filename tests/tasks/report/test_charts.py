"""Labels never cover each other, the frontier is the efficient one, names cannot become markup."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.report.charts import cost_quality_svg, ticks
from tasks.report.labels import Box, Frame, Point, curves, frame_of, free_of_cost, frontier, is_log, place

HOSTILE = '</text><script>alert(1)</script> & "x"'
KINDS = st.sampled_from(["null", "router", "collaboration", "model"])
POINTS = st.lists(
    st.builds(
        Point,
        label=st.text("abcdefgh-1234", min_size=1, max_size=24),
        kind=KINDS,
        x=st.floats(1e-4, 1e3),
        accuracy=st.floats(0.0, 1.0),
    ),
    min_size=1,
    max_size=25,
)


def covers(a: Box, b: Box) -> bool:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    tall = min(a[3], b[3]) - max(a[1], b[1])
    return wide > 1e-6 and tall > 1e-6


@settings(deadline=None, max_examples=40)
@given(POINTS)
def test_labels_cover_no_label_no_mark_and_not_the_edge(points: list[Point]) -> None:
    frame = frame_of(points, 600, 400)
    boxes = [label.box for label in place(points, frame) if label]
    marks = [frame.pixel(point.x, point.accuracy) for point in points]
    for i, box in enumerate(boxes):
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= 600
        assert box[3] <= 400
        assert not any(covers(box, other) for other in boxes[:i])
        assert not any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in marks)


@settings(deadline=None, max_examples=60)
@given(POINTS)
def test_frontier_holds_exactly_what_nothing_beats(points: list[Point]) -> None:
    def beaten(point: Point) -> bool:
        return any(
            other.x <= point.x
            and other.accuracy >= point.accuracy
            and (other.x, other.accuracy) != (point.x, point.accuracy)
            for other in points
        )

    expected = {(point.x, point.accuracy) for point in points if not beaten(point)}
    found = frontier(points)
    assert {(point.x, point.accuracy) for point in found} == expected
    assert [point.x for point in found] == sorted(point.x for point in found)


@settings(deadline=None, max_examples=60)
@given(POINTS)
def test_pixels_and_values_are_inverse_and_every_point_is_inside(points: list[Point]) -> None:
    frame = frame_of(points, 300, 200)
    for point in points:
        x, y = frame.pixel(point.x, point.accuracy)
        assert 0 <= x <= 300
        assert 0 <= y <= 200
        assert frame.value(x, y) == pytest.approx((point.x, point.accuracy), rel=1e-6, abs=1e-9)


def test_all_systems_of_a_usual_run_are_labelled_beside_their_points() -> None:
    points = [
        Point("smcs-select", "collaboration", 7, 0.605),
        Point("majority", "null", 15, 0.595),
        Point("knn", "router", 1, 0.549),
        Point("best-single", "null", 1, 0.544),
    ]
    assert all(place(points, frame_of(points, 700, 400)))


def test_a_model_without_room_near_its_point_has_no_label() -> None:
    crowd = [Point(f"a model with a long name {i}", "model", 1.0, 0.5 + i * 1e-4) for i in range(30)]
    labels = place(crowd, frame_of(crowd, 300, 60))
    assert any(label is None for label in labels)


def test_a_label_without_a_line_is_never_closer_to_another_point() -> None:
    points = [
        Point("smcs-paper", "collaboration", 45.7, 0.892),
        Point("smcs", "collaboration", 34.6, 0.889),
        Point("cheapest", "null", 0.006, 0.386),
    ]
    frame = frame_of(points, 940, 450)
    spots = [frame.pixel(point.x, point.accuracy) for point in points]
    for own, label in enumerate(place(points, frame)):
        assert label is not None
        if not label.leader:
            left, top, right, bottom = label.box
            away = [max(left - x, 0, x - right) ** 2 + max(top - y, 0, y - bottom) ** 2 for x, y in spots]
            assert away[own] == min(away)


def test_no_line_to_a_label_runs_along_an_interval() -> None:
    points = [
        Point(f"router {at:02d}", "router", 1, 0.62 + 0.002 * at, 0.59 + 0.002 * at, 0.65 + 0.002 * at)
        for at in range(24)
    ]
    frame = frame_of([*points, Point("cascade", "router", 2, 0.4)], 300, 455)
    far = [(at, label) for at, label in enumerate(place(points, frame)) if label is not None and label.leader]
    assert far
    assert all(abs(label.x - frame.pixel(points[at].x, points[at].accuracy)[0]) > 5 for at, label in far)


def test_log_axis_only_for_positive_values_that_differ_much() -> None:
    assert is_log([0.1, 2.0])
    assert not is_log([0.0, 100.0])
    assert not is_log([1.0, 7.0])


def test_ticks_are_one_two_five_until_the_room_is_gone() -> None:
    assert ticks(0.9, 21, room=8) == [1, 2, 5, 10, 20]
    assert ticks(0.9, 21, room=4) == [1, 10]
    assert ticks(1.5, 6, room=1) == [2, 5]


def test_svg_is_one_labelled_picture_with_every_name_as_text() -> None:
    points = [Point(HOSTILE, "model", 0.5, 0.4), Point("smcs", "collaboration", 7.0, 0.6, 0.58, 0.62)]
    svg = cost_quality_svg(points, "US dollars", 500, 300, f"told: {HOSTILE}")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == f"told: {HOSTILE}"
    texts = {"".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {HOSTILE, "smcs", "US dollars", "macro accuracy"} <= texts
    assert not [element.tag for element in root.iter() if element.tag.endswith(("script", "image", "a", "use"))]


def test_svg_takes_its_colours_from_the_page() -> None:
    svg = cost_quality_svg([Point("knn", "router", 0.0, 0.5, 0.4, 0.6)], "US dollars", 300, 200, "")
    root = ElementTree.fromstring(svg)
    colours = {element.get(name) for element in root.iter() for name in ("fill", "stroke")} - {None, "none"}
    assert colours == {"var(--ink)", "var(--line)", "var(--muted)", "var(--router)"}


def test_frame_of_equal_values_has_an_extent() -> None:
    frame = frame_of([Point("a", "router", 0.0, 1.0), Point("b", "router", 0.0, 1.0)], 100, 100)
    assert isinstance(frame, Frame)
    assert frame.x[0] < frame.x[1]
    assert frame.y[0] < frame.y[1]


def test_a_model_that_costs_nothing_stands_left_of_all_others_on_a_logarithmic_axis() -> None:
    points = [Point("free", "model", 0.0, 0.4), Point("small", "model", 0.01, 0.5), Point("large", "model", 5.0, 0.6)]
    drawn = cost_quality_svg(points, "US$ per 1,000 questions", 600, 400, "cost")
    texts = [element.text for element in ElementTree.fromstring(drawn).iter() if element.tag.endswith("text")]
    assert "0" in texts
    assert "0.01" in texts
    nothing = free_of_cost(points)
    assert nothing is not None
    assert nothing < 0.01
    assert free_of_cost(points[1:]) is None
    assert free_of_cost([points[0], points[2]]) is None, "a linear axis has a place for 0"


def test_a_curve_is_one_line_of_its_own_with_one_label_and_the_others_are_where_they_were() -> None:
    own = Point("sweep", "router", 2.0, 0.5, 0.45, 0.55, "sweep")
    rest = [Point(f"sweep [{i}]", "router", i / 10, 0.3 + i / 100, 0.2, 0.4, "sweep", own=False) for i in range(1, 30)]
    alone = Point("knn", "router", 1.0, 0.52, 0.5, 0.54, "knn")
    assert {name: len(points) for name, points in curves([own, alone, *rest]).items()} == {"sweep": 30}
    labels = place([own, alone, *rest], frame_of([own, alone, *rest], 600, 400))
    assert [label is not None for label in labels] == [True, True] + [False] * 29
    root = ElementTree.fromstring(cost_quality_svg([own, alone, *rest], "US dollars", 600, 400, ""))
    texts = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert not any("[" in text for text in texts)
    assert {"sweep", "knn"} <= set(texts)
    strokes = {element.get("stroke") for element in root.iter()} - {None}
    assert not any(stroke.startswith("#") for stroke in strokes), "every colour is the page's"


def test_too_few_addresses_are_told_before_the_engine_aborts() -> None:
    told = "from tasks.report import charts; charts.svg_of(None, 1, 1, '')"
    line = f'ulimit -v 20000000; exec {sys.executable} -c "{told}"'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("MemoryError: charts reserve 65 GiB of addresses")
