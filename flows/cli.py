"""The `concertino` command: every command runs a flow or a query; errors are one sentence."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter

from warehouse.errors import ConcertinoError, UserError

_HELP = """The right few models for every question, and proof, every night, that they still are.

State is kept under CONCERTINO_HOME (default ./data). Exit codes: 0 done, 1 failed, 2 wrong usage.

For example:

```
concertino demo                              the whole job on simulated models
concertino run zeroeval --recorded DIR       the same on recorded answers
concertino collect --pool mine.yaml --dry-run    what would it cost?
concertino queries leaderboard               a named query
concertino sql "from dataset" --json         any read-only SQL
concertino up                                Prefect server, worker, UI
```
"""

app = cyclopts.App(
    name="concertino",
    help=_HELP,
    version_flags=["--version"],
)

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="print one JSON document instead of tables")]
Profile = Annotated[str, Parameter(help="run profile: a name (see `concertino run --help`) or the path of a YAML file")]
PoolName = Annotated[str | None, Parameter(help="another pool than the profile's: a name or a LiteLLM YAML file")]
RunId = Annotated[str | None, Parameter(help="do this stage as part of an earlier run")]


def _flow(name: str, **values: Any) -> Any:
    """Run a flow in this process with parameters checked by its form's model."""
    from flows.console import run_flow

    return run_flow(name, {key: value for key, value in values.items() if value is not None})


def _print_counts(counts: Any, as_json: bool) -> None:
    from flows import show

    show.as_json(counts) if as_json else show.facts(counts)


def _print_result(run_id: str, as_json: bool) -> None:
    from flows.console import print_result

    print_result(run_id, as_json=as_json)


@app.command
def demo(*, json: AsJson = False) -> None:
    """Run the whole job on generated questions and simulated models: no key, no network."""
    run("demo", json=json)


@app.command
def run(
    profile: Profile,
    *,
    pool: PoolName = None,
    recorded: Annotated[Path | None, Parameter(help="folder of recorded answers (else CONCERTINO_RECORDED)")] = None,
    json: AsJson = False,
) -> None:
    """Run all stages of a run profile: demo, mmlu-pro-open, zeroeval, or a YAML file of your own.

    Example: concertino run mmlu-pro-open --recorded ~/recorded-answers
    """
    if recorded is not None:
        os.environ["CONCERTINO_RECORDED"] = str(recorded.expanduser().resolve())
    _print_result(_flow("run", profile=profile, pool=pool), json)


@app.command
def nightly(
    profile: Profile = "demo",
    *,
    pool: PoolName = None,
    baseline: Annotated[str | None, Parameter(help="run to compare with (else the pinned baseline)")] = None,
    minimum_effect: Annotated[float | None, Parameter(help="smallest difference that counts, default 0.01")] = None,
    json: AsJson = False,
) -> None:
    """Run all stages, then give promote, hold or regress against the pinned baseline run.

    Example: concertino nightly demo --minimum-effect 0.02
    """
    run_id = _flow("nightly", profile=profile, pool=pool, baseline=baseline, minimum_effect=minimum_effect)
    _print_result(run_id, json)


@app.command
def baseline(run_id: str, *, json: AsJson = False) -> None:
    """Pin a run as the baseline that its profile's nightly runs are compared with.

    Example: concertino baseline 20261123T023000-1a2b3c
    """
    from tasks.measure.regression import pin_baseline

    _print_counts({"profile": pin_baseline(run_id), "baseline": run_id}, json)


@app.command
def ingest(
    source: Annotated[str | None, Parameter(help="synthetic, recorded, llmrouterbench or questions")] = None,
    path: Annotated[str | None, Parameter(help="file or folder to read")] = None,
    *,
    profile: Profile = "demo",
    variants: Annotated[list[str] | None, Parameter(help="llmrouterbench: accepted variants (split names)")] = None,
    column: Annotated[
        dict[str, str] | None, Parameter(help="recorded: our column from the file's, --column.question prompt_text")
    ] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Bring questions, recorded answers and prices into the warehouse; an unchanged file is skipped.

    Example: concertino ingest llmrouterbench results/bench --variants test --variants hybrid
    """
    absolute = None if path is None else str(Path(path).expanduser().resolve())
    counts = _flow(
        "ingest", source=source, path=absolute, profile=profile, variants=variants, columns=column, run_id=run_id
    )
    _print_counts(counts, json)


@app.command
def collect(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    budget_usd: Annotated[float | None, Parameter(help="hard cap in US dollars (else the profile's)")] = None,
    limit: Annotated[int | None, Parameter(help="at most so many questions per dataset")] = None,
    samples: Annotated[int | None, Parameter(help="answers per question and model")] = None,
    concurrency: Annotated[int | None, Parameter(help="requests in flight per provider")] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="only estimate calls, tokens and cost")] = False,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Ask the pool's models for the answers that are missing; a paid answer is never paid twice.

    Example: concertino collect --pool mine.yaml --limit 20 --dry-run
    """
    result = _flow(
        "collect", profile=profile, pool=pool, budget_usd=budget_usd, limit=limit, samples=samples,
        concurrency=concurrency, dry_run=dry_run, run_id=run_id,
    )  # fmt: skip
    _print_counts(result, json)


@app.command
def score(
    *,
    profile: Profile = "demo",
    rescore: Annotated[bool, Parameter(negative="", help="judge again, also what has a current verdict")] = False,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Judge every response that has no verdict of the current scorer version.

    Example: concertino score --profile zeroeval
    """
    _print_counts(_flow("score", profile=profile, rescore=rescore, run_id=run_id), json)


@app.command
def profile(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    embedder: Annotated[str | None, Parameter(help="minilm, a hub model, or litellm/<model>")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Split the questions, embed them, and build the question banks.

    Example: concertino profile --profile mmlu-pro-open
    """
    _print_counts(_flow("profile", profile=profile, pool=pool, embedder=embedder, run_id=run_id), json)


@app.command
def collaborate(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    presets: Annotated[list[str] | None, Parameter(help="presets (else the profile's)")] = None,
    budget_usd: Annotated[float | None, Parameter(help="hard cap in US dollars (else the profile's)")] = None,
    limit: Annotated[int | None, Parameter(help="at most so many test questions per dataset")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Answer the test questions by collaboration: choose models, aggregate, select.

    Example: concertino collaborate --presets smcs --presets smcs-paper --limit 10
    """
    counts = _flow(
        "collaborate", profile=profile, pool=pool, presets=presets, budget_usd=budget_usd, limit=limit, run_id=run_id
    )
    _print_counts(counts, json)


@app.command
def evaluate(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    routers: Annotated[list[str] | None, Parameter(help="routers (else the profile's)")] = None,
    resamples: Annotated[int | None, Parameter(help="bootstrap resamples, default 2000")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Compare routers, collaboration and null baselines on the same test questions.

    Example: concertino evaluate --profile zeroeval --routers knn
    """
    counts = _flow("evaluate", profile=profile, pool=pool, routers=routers, resamples=resamples, run_id=run_id)
    _print_counts(counts, json)


@app.command
def publish(*, profile: Profile = "demo", run_id: RunId = None, json: AsJson = False) -> None:
    """Write the report page and swap in the read-only DuckDB copy.

    Example: concertino publish --profile zeroeval
    """
    _print_counts(_flow("publish", profile=profile, run_id=run_id), json)


@app.command
def sql(statement: str, *, json: AsJson = False) -> None:
    """Run read-only SQL on the published copy.

    Example: concertino sql "select dataset, count(*) from question group by all"
    """
    from flows import show
    from warehouse.query import run_sql

    rows = run_sql(statement)
    show.as_json(rows.to_dicts()) if json else show.frame(rows)


@app.command
def queries(name: str | None = None, *, json: AsJson = False) -> None:
    """List the named queries, or run one on the published copy.

    Example: concertino queries cost-per-answer --json
    """
    from flows import show
    from warehouse.query import named_queries, run_named

    if name is None:
        known = named_queries()
        show.as_json(known) if json else show.facts(known)
        return
    rows = run_named(name)
    show.as_json(rows.to_dicts()) if json else show.frame(rows, name)


@app.command
def up(
    *,
    port: Annotated[int, Parameter(help="port of the Prefect server and its UI")] = 4200,
    workers: Annotated[int, Parameter(help="flow runs at the same time")] = 4,
) -> None:
    """Start a Prefect server, work pool, deployments and a worker here; Ctrl-C stops them.

    Example: concertino up --port 4300
    """
    from flows.up import up as start

    start(port=port, limit=workers)


@app.command
def doctor(*, json: AsJson = False) -> None:
    """Say what this machine has, what is missing, and how to get it."""
    from flows import show
    from flows.doctor import examine

    findings = examine()
    if json:
        show.as_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            show.out.print(f"{'ok  ' if finding.ok else 'FIX '} {finding.what:<22} {finding.detail}", markup=False)
    if not all(finding.ok for finding in findings if finding.required):
        sys.exit(1)


def main() -> None:
    """Entry point: 0 done, 1 failed, 2 wrong usage or input."""
    try:
        app(exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        _fail(f"{' '.join(str(error).split())} (see `concertino --help`)", 2)
    except UserError as error:
        _fail(str(error), 2)
    except ConcertinoError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("stopped; the same command again continues where it was", 1)


def _fail(message: str, code: int) -> None:
    print(f"concertino: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)
