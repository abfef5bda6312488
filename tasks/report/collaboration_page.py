"""The report of a run's collaborations as one HTML file that needs nothing else: no request, no script."""

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

from profiles.readable import interval, number, percent, points
from tasks.measure.calibration import Calibration
from tasks.measure.collaboration import InDataset, Line
from tasks.measure.intervals import Estimate
from tasks.report import tables
from tasks.report.calibration_chart import calibration_svg
from tasks.report.contents import CollaborationPage, PresetReport
from tasks.report.html import css, template
from warehouse.settings import settings

_BASELINES = {
    "oracle": "the best model of each question, a bound",
    "best-single": "the model that is best on the bank side of each split",
    "majority": "the answer that most of all models gave",
    "top-7 vote": "the same among the seven models that are best on the bank side",
}
_FEW = 5  # columns of a heat table whose heads can lie flat


def render_collaboration(page: CollaborationPage) -> str:
    """The report as HTML; every text that came from a model or a dataset is escaped.

    Same page, same bytes: nothing but `page` is read.
    """
    lines = [*page.baselines, *(one.line for one in page.presets)]
    return template("collaboration.html.j2").render(
        page=page,
        css=css(),
        first=page.presets[0],
        facts=_facts(page.presets[0]),
        groups=[
            ("null", "Baselines", page.baselines),
            ("collaboration", "Presets", [one.line for one in page.presets]),
        ],
        told=_BASELINES,
        few=_FEW,
        against=list(dict.fromkeys(name for line in lines for name in line.differences if name != "oracle")),
        scale=_scale(lines),
        widest=_widest(one for preset in page.presets for one in preset.line.by_dataset),
        verdicts=[(one.line.system, *_counts(one.line, page.alpha)) for one in page.presets],
        cells=[{one.dataset: one for one in preset.line.by_dataset} for preset in page.presets],
        charts=[
            (one.line.system, Markup(_chart(one.line.system, one.calibration)))
            for one in page.presets
            if one.calibration
        ],
        calibrated=[(one.line.system, one.calibration) for one in page.presets if one.calibration],
        silent=[one.line.system for one in page.presets if one.calibration is None],
        models=[(one.line.system, one.chosen) for one in page.presets if one.chosen],
        n_failed=sum(page.failures.values()),
        kinds=list(dict.fromkeys(one.kind for one in page.examples)),
        known_cost=any(line.cost_usd.value is not None for line in lines),
    )


def _facts(preset: PresetReport) -> list[tuple[str, str, str]]:
    """Name, value and interval of what matters most about a preset."""
    line = preset.line
    found = [("macro accuracy, %", line.accuracy, False)]
    found += [(f"against {name}, points", one, True) for name, one in line.differences.items() if name != "oracle"]
    found.append(("of the gap to the oracle closed, %", line.gap_closed, False))
    facts = [
        (name, (points if signed else percent)(one.value), interval(one.low, one.high, signed))
        for name, one, signed in found
    ]
    return [*facts, ("calls per question", number(line.calls.value, 1), _between(line.calls, 1))]


def _between(one: Estimate, digits: int) -> str:
    if one.low is None or one.low == one.high:
        return ""
    return f"{number(one.low, digits)} to {number(one.high, digits)}"


def _scale(lines: Iterable[Line]) -> dict[str, float | None]:
    """The drawn axis, on which the oracle need not be; the best single model is the line on it."""
    shown = [line for line in lines if line.system != "oracle"]
    best = next((line.accuracy.value for line in shown if line.system == "best-single"), None)
    ends = (end for line in shown for end in (line.accuracy.low, line.accuracy.value, line.accuracy.high))
    return tables.accuracy_axis(ends, best)


def _widest(cells: Iterable[InDataset]) -> float:
    """The largest difference in a heat table, where its colours end."""
    return max((abs(one.difference.value) for one in cells if one.difference.value is not None), default=0.0) or 1.0


def _counts(line: Line, alpha: float) -> tuple[int, int, int]:
    """Datasets where a preset is significantly better and worse than the best single model, and all of them."""
    found = [one.significance(alpha) for one in line.by_dataset]
    return found.count(1), found.count(-1), len(found)


def _chart(preset: str, calibration: Calibration) -> str:
    told = "; ".join(
        f"{percent(one.stated)} % stated, {percent(one.accuracy.value)} % right" for one in calibration.bins
    )
    return calibration_svg(calibration, f"Stated probability against accuracy of {preset}, by bin: {told}.")


def collaboration_markdown(page: CollaborationPage, path: Path) -> str:
    """The `collaboration-report` artifact: where the page is, and its first table.

    A browser opens a file's link from the address bar only, so the path is there to be copied.
    """
    lines = [f"[{tables.markdown(str(path), 1000)}]({settings().link(path)}): one file, opens offline.", ""]
    if page.synthetic:
        lines += ["**Synthetic:** simulated models; the figures say nothing about real ones.", ""]
    lines += [
        "| preset | macro accuracy % | against best-single, points | gap closed % | worse in | calls/question | n |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for line in (one.line for one in page.presets):
        gain, (_, worse, datasets) = line.differences["best-single"], _counts(line, page.alpha)
        cells = [
            tables.markdown(line.system),
            _with_ends(line.accuracy),
            f"{points(gain.value)} ({interval(gain.low, gain.high, signed=True)})",
            _with_ends(line.gap_closed),
            f"{worse} of {datasets} datasets",
            number(line.calls.value, 1),
            number(line.accuracy.n),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _with_ends(one: Estimate) -> str:
    return f"{percent(one.value)} ({interval(one.low, one.high)})"
