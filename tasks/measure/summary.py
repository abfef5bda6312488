"""What Prefect's artifacts show of an evaluation: a table, and what it was measured from."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from profiles.readable import interval, percent, points, significant
from profiles.schema import Pool, RunProfile
from tasks.measure.coverage import RULES
from tasks.measure.decision import Decision
from tasks.measure.result import NULLS

_SHOWN_FLIPS = 20


def leaderboard_table(metrics: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of the table artifact: null baselines first, then by macro accuracy.

    Args:
        metrics: rows of `metric` of one run.
    """
    overall = metrics.filter(pl.col("dataset") == "*")
    accuracy = overall.filter(pl.col("metric") == "accuracy").sort("value", descending=True, nulls_last=True)
    paid = overall.filter(pl.col("metric") == "cost_usd").select("system", "value", "n")
    cost = {system: (value, n) for system, value, n in paid.iter_rows()}
    closed = dict(overall.filter(pl.col("metric") == "gap_closed").select("system", "value").iter_rows())
    calls = {
        system: total / n
        for system, total, n in overall.filter(pl.col("metric") == "calls").select("system", "value", "n").iter_rows()
    }
    lines = [
        {
            "system": row["system"],
            "macro accuracy %": percent(row["value"]),
            "95 % interval": interval(row["ci_low"], row["ci_high"]),
            "gap closed %": percent(closed.get(row["system"])),
            "SD over seeds": percent(row["spread"]),
            "questions": row["n"],
            "calls/question": significant(calls.get(row["system"])),
            "cost USD": significant(cost.get(row["system"], (None, 0))[0]),
            "questions of known cost": cost.get(row["system"], (None, 0))[1],
        }
        for row in accuracy.iter_rows(named=True)
    ]
    return sorted(lines, key=lambda line: NULLS.index(line["system"]) if line["system"] in NULLS else len(NULLS))


def notes(run: RunProfile, pool: Pool, manifest: Mapping[str, Any], comparisons: pl.DataFrame) -> str:
    """Markdown: what the leaderboard was measured from, and every difference with its Holm-corrected p-value."""
    cells = manifest["n_question"] * manifest["n_model"]
    lines = [
        "**Simulated models: these numbers say nothing about real ones.**" if pool.synthetic else "",
        f"Snapshot `{manifest['snapshot_id']}`: {manifest['n_question']:,} questions of "
        f"{len(manifest['datasets'])} datasets, {manifest['n_model']} models, score mode {run.score_mode}; "
        f"{manifest['n_missing']:,} of {cells:,} cells have no verdict; missing: {run.missing}: {RULES[run.missing]}.",
        f"Test parts of the splits by seed {', '.join(map(str, run.seeds))}, train share {run.train_share:g}. "
        "Intervals are about questions, resampled within their dataset; seeds are shown as spread.",
        "",
        "| system | against | difference, points | 95 % interval | p (Holm) | questions |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in comparisons.iter_rows(named=True):
        interval = f"{points(row['ci_low'])} to {points(row['ci_high'])}"
        lines.append(
            f"| {_plain(row['system'])} | {row['baseline']} | {points(row['difference'])} | {interval} "
            f"| {significant(row['p_holm'])} | {row['n']:,} |"
        )
    return "\n".join(lines).strip()


def decision_notes(found: Decision) -> str:
    """Markdown: the verdict first, then models that changed, then at most twenty of the questions that flipped."""
    cost = "unknown" if found.judgement.cost_change is None else f"{100 * found.judgement.cost_change:+.1f} %"
    lines = [
        f"## {found.verdict}: {_plain(found.system)}",
        "",
        f"{_plain(found.reason)}.",
        f"Answers: {_plain(str(found.fresh))}.",
        f"Run `{found.run_id}` against `{found.baseline_run_id or 'none'}`; change of the cost per question: {cost}.",
    ]
    if found.models:
        lines += ["", "Models on what was asked anew since the baseline run:", ""]
        lines += ["| model | now, % | change, points | 95 % interval | p (Holm) | answers |"]
        lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    for one in found.models:
        interval = f"{points(one.ci_low)} to {points(one.ci_high)}"
        figures = f"{percent(one.after)} | {points(one.difference)} | {interval} | {significant(one.p_holm)}"
        lines.append(f"| {_plain(one.model)} | {figures} | {one.n:,} |")
    flips = found.judgement.flips
    lines += ["", f"{len(flips):,} questions flipped; view `flip_detail` has all, with their texts."]
    if len(flips):
        lines += ["", "| question | dataset | before | now |", "| --- | --- | ---: | ---: |"]
    for row in flips.head(_SHOWN_FLIPS).iter_rows(named=True):
        scores = f"{significant(row['before'])} | {significant(row['after'])}"
        lines.append(f"| `{row['question_id']}` | {_plain(row['dataset'])} | {scores} |")
    return "\n".join(lines)


def _plain(name: str) -> str:
    """A name as text inside a Markdown table."""
    return name.replace("|", "\\|").replace("<", "&lt;")
