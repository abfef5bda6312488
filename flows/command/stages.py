"""Commands that run one stage."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from flows.command.flow import INCOMPLETE, print_counts, print_stage, run_flow
from flows.command.options import WHOLE, AsJson, Budget, Names, PoolName, Profile, Resume, RunId
from profiles.registry import ROUTERS, SOURCES, offered
from profiles.schema import Unpriced


def ingest(
    source: Annotated[str | None, Parameter(help=", ".join(offered(SOURCES)))] = None,
    path: Annotated[str | None, Parameter(help="file or folder to read")] = None,
    *,
    profile: Profile = "demo",
    variants: Annotated[Names, Parameter(help="llmrouterbench: accepted variants (split names)")] = None,
    column: Annotated[
        dict[str, str] | None, Parameter(help="recorded: our column from the file's, --column.question prompt_text")
    ] = None,
    option: Annotated[
        dict[str, str] | None, Parameter(help="the source's own options, --option.models a,b --option.embedder NAME")
    ] = None,
    dry_run: Annotated[bool, Parameter(help="only validate and count; nothing is written")] = False,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Bring questions, recorded answers and prices into the warehouse; an unchanged file is skipped.

    Example: concertino ingest llmrouterbench results/bench --variants test --variants hybrid
    """
    absolute = None if path is None else os.path.realpath(os.path.expanduser(path))
    counts = run_flow(
        "ingest",
        source=source,
        path=absolute,
        profile=profile,
        variants=variants,
        columns=column,
        options=option,
        dry_run=dry_run,
        run_id=run_id,
    )
    if dry_run and not json:
        from flows.command import show

        show.dry_ingest(counts)
    else:
        print_counts(counts, json)


def collect(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    budget_usd: Budget = None,
    resume: Resume = None,
    limit: Annotated[int | None, WHOLE, Parameter(help="at most so many questions per dataset")] = None,
    samples: Annotated[int | None, WHOLE, Parameter(help="answers per question and model")] = None,
    concurrency: Annotated[int | None, WHOLE, Parameter(help="requests in flight per provider")] = None,
    unpriced: Annotated[
        Unpriced | None, Parameter(help="models of unknown price (else as the pool or profile says)")
    ] = None,
    retry_empty: Annotated[bool, Parameter(help="ask again where an empty answer was paid for")] = False,
    dry_run: Annotated[bool, Parameter(help="only estimate calls, tokens and cost")] = False,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Ask the pool's models for the answers that are missing; a paid answer is never paid twice.

    Example: concertino collect --pool mine.yaml --limit 20 --dry-run
    """
    result = run_flow(
        "collect",
        profile=profile,
        pool=pool,
        budget_usd=budget_usd,
        limit=limit,
        samples=samples,
        concurrency=concurrency,
        unpriced=unpriced,
        retry_empty=retry_empty,
        dry_run=dry_run,
        resume=resume,
        run_id=run_id,
    )
    if dry_run:
        from flows.command import show

        show.as_json(result) if json else show.estimate(result["estimate"])
    else:
        print_stage(result, json)


def score(
    *,
    profile: Profile = "demo",
    rescore: Annotated[bool, Parameter(help="judge again, also what has a current verdict")] = False,
    mode: Annotated[Literal["fixed", "compat"] | None, Parameter(help="only by scorers of this mode")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Judge every response that has no verdict of the current scorer version.

    Mode compat judges as the benchmarks' own code does; `concertino queries verdict-changes` says what that changes.

    Example: concertino score --profile zeroeval --mode compat --rescore
    """
    print_stage(run_flow("score", profile=profile, rescore=rescore, mode=mode, run_id=run_id), json)


def bank(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    embedder: Annotated[str | None, Parameter(help="minilm, a hub model, or litellm/<model>")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Split the questions, embed them, and build the question banks.

    Example: concertino bank --profile mmlu-pro-open
    """
    print_counts(run_flow("bank", profile=profile, pool=pool, embedder=embedder, run_id=run_id), json)


def collaborate(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    presets: Annotated[Names, Parameter(help="presets (else the profile's)")] = None,
    budget_usd: Budget = None,
    resume: Resume = None,
    limit: Annotated[int | None, WHOLE, Parameter(help="at most so many test questions per dataset")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Answer the test questions by collaboration: choose models, aggregate, select.

    Example: concertino collaborate --presets smcs --presets smcs-paper --limit 10
    """
    counts = run_flow(
        "collaborate",
        profile=profile,
        pool=pool,
        presets=presets,
        budget_usd=budget_usd,
        limit=limit,
        resume=resume,
        run_id=run_id,
    )
    print_counts(counts, json)


def rescore(
    run_id: Annotated[str | None, Parameter(help="finished run (else the profile's newest)")] = None,
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    presets: Annotated[Names, Parameter(help="presets of the run (else all)")] = None,
    set: Annotated[dict[str, str] | None, Parameter(help="a posterior's key: --set.ppl_coefficient 0.5")] = None,
    json: AsJson = False,
) -> None:
    """Choose again among a finished run's candidates with other coefficients; no model is asked.

    Example: concertino rescore --profile demo --presets smcs-paper --set.ppl_coefficient 0
    """
    from flows.command import show

    lines = run_flow("rescore", profile=profile, pool=pool, presets=presets, changes=set, run_id=run_id)
    show.as_json(lines) if json else show.lines(lines, "Re-scored, no model asked")


def evaluate(
    *,
    profile: Profile = "demo",
    pool: PoolName = None,
    routers: Annotated[
        Names, Parameter(help=f"{', '.join(offered(ROUTERS))}, or a setting's name (else the profile's)")
    ] = None,
    only: Annotated[
        Literal["route", "measure"] | None,
        Parameter(help="route: measure nothing; measure: fit nothing, the run's (or the profile's newest) routes stay"),
    ] = None,
    resamples: Annotated[int | None, WHOLE, Parameter(help="bootstrap resamples (else the profile's)")] = None,
    run_id: RunId = None,
    json: AsJson = False,
) -> None:
    """Compare routers, collaboration and null baselines on the same test questions.

    Example: concertino evaluate --profile zeroeval --routers knn,avengers
    """
    counts = run_flow(
        "evaluate", profile=profile, pool=pool, routers=routers, only=only, resamples=resamples, run_id=run_id
    )
    complete = False
    if "run" in counts:  # it was measured
        from flows.command import show
        from tasks.measure.result import load_result

        result = load_result(counts["run"])
        complete = result.complete
        if json:
            counts = result.to_dict() | counts  # `missing` says what is, as of every stage; the rule is the profile's
        else:
            show.leaderboard(result.title, result, gaps=False)
    print_stage(counts, json, complete)


def analyse(
    profile: Profile,
    *,
    pool: PoolName = None,
    budget_usd: Budget = None,
    resume: Resume = None,
    studies: Annotated[Names, Parameter(help="only these, such as k or posterior (else all)")] = None,
    recorded: Annotated[Path | None, Parameter(help="folder of recorded answers (else CONCERTINO_RECORDED)")] = None,
    json: AsJson = False,
) -> None:
    """Vary one part of the method at a time on validation questions, and write a page of tables and curves.

    What is missing is brought in first; a study of the same answers is not computed again.

    Example: concertino analyse mmlu-pro-open --recorded ~/recorded-answers
    """
    from flows.command import show

    if recorded is not None:
        os.environ["CONCERTINO_RECORDED"] = str(recorded.expanduser().resolve())
    found = run_flow("analyse", profile=profile, pool=pool, budget_usd=budget_usd, studies=studies, resume=resume)
    show.as_json(found) if json else show.ablation(found)
    if found["missing"]:
        sys.exit(INCOMPLETE)


def publish(*, profile: Profile = "demo", run_id: RunId = None, json: AsJson = False) -> None:
    """Write the report page and swap in the read-only DuckDB copy.

    Where the profile was never evaluated here, the copy is all that is made.

    Example: concertino publish --profile zeroeval
    """
    print_counts(run_flow("publish", profile=profile, run_id=run_id), json)
