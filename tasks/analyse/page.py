"""The ablation page as one HTML file that needs nothing else: no request, no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from markupsafe import Markup

from profiles.readable import percent
from profiles.schema import Pool, RunProfile
from tasks.analyse.study import Study
from tasks.report.curve import Spot, curve_svg
from tasks.report.html import css, template

_WIDE = (860, 270)  # plot sizes in pixels; the narrow one is shown on phones
_NARROW = (262, 250)
_FARTHEST = -0.1  # what is worse than this is in the table and not drawn
_KINDS = ("collaboration", "router", "null", "model")  # of the legend's marks, as the curve has them

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class AblationPage:
    """Everything the page shows.

    Args:
        run_id: the run that asked for it.
        run: the profile.
        pool: its models.
        validation_share: of all questions.
        studies: in order, each with its rows of `ablation`.
        unshown: parts that the answers cannot show → why.
        tested: preset, accuracy, ci_low, ci_high, n, run_id: one row per published preset.
        created: when the page was made, UTC.
    """

    run_id: str
    run: RunProfile
    pool: Pool
    validation_share: float
    studies: Sequence[tuple[Study, pl.DataFrame]]
    unshown: Mapping[str, str]
    tested: pl.DataFrame
    created: datetime


def render_ablation(page: AblationPage) -> str:
    """The page as HTML; every text that came from outside is escaped. Same page, same bytes."""
    sections = [_section(study, rows) for study, rows in page.studies]
    rows = [row for section in sections for row in section["rows"]]
    datasets = sorted({name for _, found in page.studies for name in found["dataset"]} - {"*"})
    return template("ablation.html.j2").render(
        page=page,
        css=css(),
        sections=sections,
        datasets=datasets,
        n=max((row["n"] for row in rows), default=0),
        resampled=page.run.statistics.resamples,
        tested=list(page.tested.iter_rows(named=True)),
        code=next(iter(rows), {"code_version": "–"})["code_version"],
        better=[section for section in sections if section["best"] and section["best"]["difference_low"] > 0],
    )


def _section(study: Study, found: pl.DataFrame) -> dict[str, Any]:
    macro = list(found.filter(pl.col("dataset") == "*").sort("position").iter_rows(named=True))
    scale = _scale(macro)
    others = [row for row in macro if not row["base"] and row["difference"] is not None and not study.hindsight]
    series = list(dict.fromkeys(row["series"] for row in macro))
    base = next(row for row in macro if row["base"])
    return {
        "study": study,
        "rows": macro,
        "base": base,
        "best": max(others, key=lambda row: row["difference"], default=None),
        "worst": min(others, key=lambda row: row["difference"], default=None),
        "groups": [(name, [row for row in macro if row["series"] == name]) for name in series],
        "legend": list(zip(_KINDS, series, strict=False)) if len(series) > 1 else [],
        "scale": scale,
        "drawn": [_drawn(row, scale["low"]) for row in macro],
        "charts": _charts(study, macro, series),
        "cost": any(row["cost_usd"] is not None for row in macro),
        "by_dataset": _by_dataset(found),
    }


def _scale(rows: Sequence[Row]) -> dict[str, float]:
    """Ends of the drawn axis of differences, and the base's place on it."""
    known = [row[end] for row in rows for end in ("difference_low", "difference_high") if row[end] is not None]
    low, high = min([*known, -0.005]), max([*known, 0.005])
    return {"low": max(low, _FARTHEST), "high": high, "reference": 0.0}


def _drawn(row: Row, low: float) -> tuple[float | None, ...]:
    """Difference and its ends on the drawn axis; nothing where it lies beyond its low end."""
    if row["difference"] is None or row["difference"] < low:
        return None, None, None
    return row["difference"], max(row["difference_low"], low), row["difference_high"]


def _charts(study: Study, rows: Sequence[Row], series: Sequence[str]) -> list[tuple[str, Markup]]:
    """The curve for wide and for narrow screens; empty where the study has none."""
    place = "calls" if study.against_calls else "x"
    shown = [row for row in rows if row[place] is not None and row["accuracy"] is not None]
    if study.axis is None or len(shown) < 2:
        return []
    spots = [
        Spot(row[place], row["accuracy"], row["ci_low"], row["ci_high"], series.index(row["series"]), row["base"])
        for row in shown
    ]
    told = "; ".join(f"{row['series']} {row['setting']}: {percent(row['accuracy'])} %".strip() for row in shown)
    description = f"Macro accuracy over {study.axis}. {told}."
    sizes = {"wide": _WIDE, "narrow": _NARROW}
    return [(name, Markup(curve_svg(spots, study.axis, *size, description))) for name, size in sizes.items()]


def _by_dataset(found: pl.DataFrame) -> dict[str, Any]:
    """Accuracy by setting and dataset."""
    inside = found.filter(pl.col("dataset") != "*").sort("position", "dataset")
    columns = sorted(inside["dataset"].unique())
    rows = [
        {
            "label": " ".join(part for part in (group["series"][0], group["setting"][0]) if part),
            "base": group["base"][0],
            "cells": dict(group.select("dataset", "accuracy").iter_rows()),
        }
        for _, group in inside.group_by("position", maintain_order=True)
    ]
    return {"columns": columns, "rows": rows}
