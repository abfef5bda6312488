"""What Prefect's artifact shows of a collaboration."""

import polars as pl

from profiles.readable import percent, usd
from profiles.schema import Pool, RunProfile


def summary(run: RunProfile, pool: Pool, found: pl.DataFrame) -> str:
    """Markdown: one line per preset.

    Args:
        run: the run profile.
        pool: its models.
        found: rows of `warehouse/reads/collaboration_summary.sql`.
    """
    lines = [
        "**Simulated models: these numbers say nothing about real ones.**" if pool.synthetic else "",
        f"{run.title}: test parts of the splits by seed {', '.join(map(str, run.seeds))}, score mode {run.score_mode}.",
        "",
        "| preset | macro accuracy % | stated probability % | answers | calls per question | stopped early % | cost |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in found.iter_rows(named=True):
        cost = "unknown" if row["cost_usd"] is None else f"${usd(row['cost_usd'])}"
        lines.append(
            f"| {row['preset']} | {percent(row['macro_accuracy'])} | {percent(row['mean_probability'])} "
            f"| {row['n_answer']:,} | {row['calls_per_question']:.2f} | {percent(row['stopped_early'])} | {cost} |"
        )
    return "\n".join(lines).strip()
