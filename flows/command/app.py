"""The `concertino` command: every command runs a flow or a query; errors are one sentence."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter

from flows.command.datasets import datasets
from flows.command.export import export
from flows.command.flow import INCOMPLETE, print_counts, run_flow
from flows.command.grade import grade
from flows.command.init import init
from flows.command.live import ask, label, neighbours, serve
from flows.command.options import WHOLE, AsJson, Budget, PoolName, Profile, ProfileOfRuns, Resume
from flows.command.route import route
from flows.command.stages import analyse, bank, collaborate, collect, evaluate, ingest, publish, rescore, score
from flows.command.warehouse import warehouse
from warehouse.errors import Refused

_DECIDED = 4
_HELP = """The right few models for every question, and proof, every night, that they still are.

State is kept under CONCERTINO_HOME (default ./data). Exit codes: 0 done, 1 failed, 2 wrong usage,
3 done, but something that was asked for is missing: the lines that begin with MISSING name it;
130 stopped by Ctrl-C, 143 by SIGTERM: what was paid for is kept, the same command continues.

For example:

```
concertino init                              your own models and questions
concertino demo                              the whole job on simulated models
concertino run zeroeval --recorded DIR       the same on recorded answers
concertino collect --pool mine.yaml --dry-run    what would it cost?
concertino ask "What is 17 * 23?" --explain     a question of your own
concertino grade answers.jsonl               what would a scorer say?
concertino export parquet DIR                answers for another tool
concertino queries leaderboard               a named query
concertino sql "from dataset" --json         any read-only SQL
concertino up                                Prefect server, worker, UI
```
"""


def _version() -> str:
    from warehouse.runs import code_version

    return code_version()


app = cyclopts.App(
    name="concertino",
    help=_HELP,
    version=_version,
    version_flags=["--version"],
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,
)
app.register_install_completion_command(help="Complete commands and options in this shell.")


def _print_result(run_id: str, as_json: bool, fail_on: Sequence[str] = ()) -> None:
    from flows.command.console import print_result

    complete, decision = print_result(run_id, as_json=as_json)
    if decision == "refused":
        sys.exit(1)
    if decision in fail_on:
        sys.exit(_DECIDED)
    if not complete:
        sys.exit(INCOMPLETE)


@app.command
def demo(*, json: AsJson = False) -> None:
    """Run the whole job on generated questions and simulated models: no key, no network."""
    run("demo", json=json)


@app.command
def run(
    profile: Profile,
    *,
    pool: PoolName = None,
    budget_usd: Budget = None,
    resume: Resume = None,
    recorded: Annotated[
        Path | None,
        Parameter(
            name=["--recorded", "--release"],
            help="folder of recorded answers, the file itself, or a release (else CONCERTINO_RECORDED)",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Run all stages of a run profile: demo, mmlu-pro-open, zeroeval, routerbench, ... or a YAML file of your own.

    Example: concertino run mmlu-pro-open --recorded ~/recorded-answers

    Example: concertino run routerbench --release ~/bench-release
    """
    if recorded is not None:
        os.environ["CONCERTINO_RECORDED"] = str(recorded.expanduser().resolve())
    _print_result(run_flow("run", profile=profile, pool=pool, budget_usd=budget_usd, resume=resume), json)


@app.command
def nightly(
    profile: Profile = "demo",
    *,
    pool: PoolName = None,
    budget_usd: Budget = None,
    resume: Resume = None,
    baseline: Annotated[str | None, Parameter(help="run to compare with (else the pinned baseline)")] = None,
    minimum_effect: Annotated[
        float | None, Parameter(help="smallest difference that counts (else the profile's)")
    ] = None,
    fail_on: Annotated[
        list[Literal["hold", "regress", "nothing new"]] | None, Parameter(help="decisions that exit with code 4")
    ] = None,
    json: AsJson = False,
) -> None:
    """Run all stages, ask some known answers anew, then decide: promote, hold, regress, nothing new or refused.

    The decision is about the profile's judged system against the pinned baseline run. Exit codes: 0 decided, 1 failed
    or refused, 2 wrong usage, 3 something was missing, 4 a decision named by --fail-on.

    Example: concertino nightly demo --fail-on regress
    """
    try:
        run_id = run_flow(
            "nightly",
            profile=profile,
            pool=pool,
            budget_usd=budget_usd,
            resume=resume,
            baseline=baseline,
            minimum_effect=minimum_effect,
        )
    except Refused as refused:
        run_id = refused.run_id
    _print_result(run_id, json, fail_on or ())


@app.command
def baseline(run_id: str, *, json: AsJson = False) -> None:
    """Pin a run as the baseline that its profile's nightly runs are compared with.

    Example: concertino baseline 20261123T023000-1a2b3c
    """
    from tasks.measure.baseline import pin_baseline

    print_counts({"profile": pin_baseline(run_id), "baseline": run_id}, json)


@app.command
def sql(
    statement: str,
    *,
    timeout: Annotated[float, Parameter(help="seconds the query may take")] = 60.0,
    json: AsJson = False,
) -> None:
    """Run read-only SQL on the published copy.

    Example: concertino sql "select dataset, count(*) from question group by all"
    """
    from flows.command import show
    from warehouse.query import run_sql

    rows = run_sql(statement, timeout)
    show.as_json(rows.to_dicts()) if json else show.frame(rows)


@app.command
def queries(
    name: str | None = None,
    *,
    as_of: Annotated[
        datetime | None, Parameter(help="on a DuckLake as it was then: 2026-11-01 (0:00 UTC) or 2026-10-31T23:30")
    ] = None,
    profile: ProfileOfRuns = None,
    json: AsJson = False,
) -> None:
    """List the named queries, or run one on the published copy.

    Example: concertino queries leaderboard
    """
    from flows.command import show
    from warehouse.query import named_queries, run_named

    if name is None:
        known = named_queries()
        show.as_json(known) if json else show.described(known)
        return
    rows = run_named(name, as_of, profile)
    show.as_json(rows.to_dicts()) if json else show.frame(rows, name)


@app.command
def tables(
    *,
    profile: Profile = "demo",
    compat: Annotated[bool, Parameter(help="as LLMRouterBench's aggregator reckons, with its defects")] = False,
    seed: Annotated[
        int | None, WHOLE, Parameter(help="of the split whose test part counts (else all questions)")
    ] = None,
    json: AsJson = False,
) -> None:
    """Print LLMRouterBench's two tables, performance in percent and cost in US dollars, of a profile's last routing.

    Example: concertino tables --profile llmrouterbench --compat --seed 42
    """
    from flows.command.tables import print_tables
    from profiles.load import load_run
    from tasks.measure.aggregate import aggregate

    print_tables(aggregate(load_run(profile), compat, seed), compat, json)


@app.command(name="what-if")
def what_if(
    prices: Annotated[str, Parameter(help="price book: a YAML file like those of profiles/prices, or a name there")],
    *,
    profile: Profile = "demo",
    json: AsJson = False,
) -> None:
    """Print what the systems of a profile's last routing would have cost at other prices; no model is asked.

    A model that the book does not name costs what it did.

    Example: concertino what-if half-price.yaml --profile routerbench-slices
    """
    from flows.command.tables import print_what_if
    from profiles.load import load_price_book, load_run
    from tasks.measure.what_if import what_if as paid_anew

    print_what_if(paid_anew(load_run(profile).name, load_price_book(prices)), json)


@app.command
def up(
    *,
    port: Annotated[int, WHOLE, Parameter(help="port of the Prefect server and its UI")] = 4200,
    workers: Annotated[int, WHOLE, Parameter(help="flow runs at the same time")] = 4,
    database_url: Annotated[
        str | None,
        Parameter(help="PostgreSQL for the server, postgresql+asyncpg://user@host/name; its password from PGPASSWORD"),
    ] = None,
) -> None:
    """Start a Prefect server, work pool, deployments and a worker here; Ctrl-C stops them.

    Example: concertino up --port 4300
    """
    from flows.command.up import up as start

    start(port=port, limit=workers, database_url=database_url)


@app.command
def doctor(*, json: AsJson = False) -> None:
    """Say what this machine has, what is missing, and how to get it."""
    from flows.command import show
    from flows.command.doctor import examine

    findings = examine()
    if json:
        show.as_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            said = f"{'ok  ' if finding.ok else 'FIX '} {finding.what:<22} {finding.detail}"
            show.out.print(said, markup=False, soft_wrap=True)
    if not all(finding.ok for finding in findings if finding.required):
        sys.exit(1)


STAGES = (ingest, collect, score, bank, collaborate, rescore, evaluate, analyse, publish)
for command in (init, *STAGES, datasets, grade, export, route, ask, neighbours, serve, label, warehouse):
    app.command(command)
