"""What a command finds out before anything starts: names, files, keys; and dry runs, which start nothing at all."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from flows.params import CollectParams, IngestParams
from profiles.dataset import BrokenDataset, Dataset
from profiles.encoder import check_embedder
from profiles.load import load_pool, load_preset, load_router, load_run, own_datasets, place
from profiles.registry import BASELINES, SOURCES, offered
from profiles.schema import Pool, RunProfile
from profiles.store import server_version
from tasks.fanout.runner import check_runner
from warehouse.errors import UnknownName, UnreadFiles, UserError, unknown_name
from warehouse.motherduck import check_motherduck
from warehouse.settings import settings
from warehouse.storage import check_storage

_JUDGING = ("ingest", "collect", "score", "run", "nightly")
_COLLECTING = ("collect", "run", "nightly")
_INGESTING = ("ingest", "run", "nightly")
_ROUTING = ("evaluate", "run", "nightly")
_PUBLISHING = ("publish", "run", "nightly")
_INDEXING = ("bank", "run", "nightly")
_COLLABORATING = ("collaborate", "run", "nightly", "rescore")


def check(name: str, params: Any) -> None:
    """Refuse what can be known to fail, without a server and without LiteLLM.

    Args:
        name: the flow.
        params: its parameter model.

    Raises:
        UserError: a name, a file, a key or a server is missing.
    """
    run, pool = _named(params)
    check_runner()
    if name in _JUDGING:
        refuse_odd_datasets(name, params)
    if name in _INDEXING:
        embedder = getattr(params, "embedder", None) or run.embedder
        if run.source_options.get("embedder") != embedder:  # else the vectors come with the questions
            with _in_profile(params, "embedder"):
                _refuse_needed(embedder, run)
        if settings().chroma:
            server_version()
    if settings().storage:
        check_storage()
    if name in _PUBLISHING:
        check_motherduck()
    if name in _COLLABORATING:
        for at, preset in enumerate(getattr(params, "presets", None) or run.presets):
            with _in_profile(params, "presets", at):
                load_preset(preset)
    if name in _INGESTING:
        wanted = _wanted(run, params)
        with _in_profile(params, "source"):
            _known("source", wanted.source, offered(SOURCES))
        _refuse_missing(wanted.path)
    if name in _ROUTING:
        from tasks.route.registry import router_of

        for at, router in enumerate(getattr(params, "routers", None) or run.routers):
            with _in_profile(params, "routers", at):
                router_of(load_router(router))
    if name in {*_COLLABORATING, *_ROUTING}:
        from tasks.route.alike import refuse_alike

        refuse_alike(*(getattr(params, of, None) or getattr(run, of) for of in ("presets", "routers")))
    if name == "nightly" or (name == "run" and "judged_system" in run.model_fields_set):
        with _in_profile(params, "judged_system"):
            _refuse_unjudged(run, pool)
    if name in _COLLECTING:
        _refuse_unaskable(run, pool, params)


def refuse_odd_datasets(name: str, params: Any) -> None:
    """Nothing is asked whose answers could not be judged in the end; a block that nothing needs is only told.

    Args:
        name: the flow.
        params: its parameter model.

    Raises:
        UserError: a dataset block of the user's, for datasets that are asked for, cannot be read, names no scorer, no
            option of it, or no template; with its place.
    """
    from tasks.ingest.request import names_alone

    run = load_run(params.profile)
    other = name == "ingest" and params.source not in (None, run.source)
    # Of another source everything is taken: ingest finds out what it needs.
    asked = [] if other else names_alone(run.datasets)
    for block, dataset in own_datasets().items():
        try:
            _refuse_odd(block, dataset)
        except UserError as error:
            if any(fnmatchcase(dataset.match, one) or fnmatchcase(one, dataset.match) for one in asked):
                raise
            logging.getLogger("concertino").warning("%s", error)


def _refuse_odd(block: str, dataset: Dataset) -> None:
    from tasks.ingest.template import columns_of
    from tasks.score.judge import check_dataset

    if isinstance(dataset, BrokenDataset):
        raise UserError(dataset.fault)
    for key, look in {"prompt": lambda one: columns_of(one.prompt or ""), "scorer": check_dataset}.items():
        try:
            look(dataset)
        except UserError as error:
            raise UserError(f"{place('datasets', block, [key])}: {error}") from error


def estimate(params: CollectParams) -> list[dict[str, Any]]:
    """What collecting would take, a line per dataset and model; none where nothing would be asked.

    Raises:
        UserError: there is no question yet.
    """
    from tasks.collect.plan import estimated, nothing_to_ask, questions_of

    run, pool = _named(params)
    if why := nothing_to_ask(run, pool, pool_chosen=params.pool is not None):
        logging.getLogger("concertino").info(why)
        return []
    return estimated(questions_of(run.datasets, params.limit, params.profile), pool, run.datasets, params.samples)


def dry_ingest(params: IngestParams) -> dict[str, Any]:
    """What an ingest would bring: counts, rejects by reason, coverage.

    Raises:
        UnreadFiles: nothing could be taken from some files, which would end the ingest, too.
    """
    from tasks.ingest.ingest import check_source

    found = check_source(*_wanted(load_run(params.profile), params))
    if complaint := found.complaint():
        raise UnreadFiles(complaint, found.unread)
    return {**found.counts(), "coverage": found.coverage.to_dicts()}


def _known(kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise unknown_name(kind, name, known)


def _named(params: Any) -> tuple[RunProfile, Pool]:
    run = load_run(params.profile)
    with _in_profile(params, "pool"):
        return run, load_pool(getattr(params, "pool", None) or run.pool)


@contextmanager
def _in_profile(params: Any, *keys: int | str) -> Iterator[None]:
    """Say where the run profile has the unknown name, unless the command gave it."""
    try:
        yield
    except UnknownName as error:
        if getattr(params, str(keys[0]), None):
            raise
        raise UserError(f"{place('runs', params.profile, keys)}: {error}") from error


def _wanted(run: RunProfile, params: Any) -> Any:
    from tasks.ingest.request import resolve

    given = ("source", "path", "variants", "columns", "options")
    values: Any = [getattr(params, name, None) or None for name in given]
    return resolve(run, *values)


def _refuse_unjudged(run: RunProfile, pool: Pool) -> None:
    """A verdict is about a system that the run will have: by its name, or as leaderboards show it."""
    models = [model.model_name for model in pool.model_list]
    own = [*(load_preset(name).name for name in run.presets), *(load_router(name).name for name in run.routers)]
    names = [*own, *offered(BASELINES), *run.external_routers, *models]
    if not any(run.judged_system == name or run.judged_system.startswith((f"{name} (", f"{name} [")) for name in names):
        raise unknown_name("judged_system", run.judged_system, names)


def _refuse_needed(embedder: str, run: RunProfile) -> None:
    """An embedder that is nowhere is needed unless every question that is here has its vector."""
    try:
        check_embedder(embedder)
    except UnknownName:
        from profiles.embed import get_embedder, unembedded
        from warehouse.connect import rows

        texts = rows("question", datasets=list(run.datasets))["text"].to_list() if settings().has_warehouse else []
        if not texts or unembedded(get_embedder(embedder), texts):
            raise


def _refuse_missing(path: str | None) -> None:
    if path is not None and not Path(path).exists():
        raise UserError(f"there is nothing at {path}; give the path of a file or folder that is there")


def _refuse_unaskable(run: RunProfile, pool: Pool, params: Any) -> None:
    """A key, and a price under a stated budget, are needed as soon as one of the model's answers is missing."""
    from tasks.collect.plan import nothing_to_ask
    from tasks.collect.pricing import Pricing, refuse_unpriced, with_unpriced
    from tasks.collect.providers import answerable_live
    from tasks.collect.secrets import blocks_of, resolve

    if nothing_to_ask(run, pool, pool_chosen=params.pool is not None):
        return
    pool = with_unpriced(pool, run, params.budget_usd, getattr(params, "unpriced", None))
    prices = Pricing(pool).prices
    present = dict.fromkeys(blocks_of(pool), "in Prefect")
    for model in filter(answerable_live, pool.model_list):
        try:
            resolve(model.model_name, model.litellm_params, present)
            refuse_unpriced(pool, model, prices)
        except UserError:
            if _misses(run, pool, params, model.model_name):
                raise


def _misses(run: RunProfile, pool: Pool, params: Any, model: str) -> bool:
    from tasks.collect.plan import estimated, questions_of

    try:
        questions = questions_of(run.datasets, getattr(params, "limit", None))
    except UserError:  # none yet
        return True
    lines = estimated(questions, pool, run.datasets, getattr(params, "samples", 1))
    return any(line["model"] == model and line["calls"] for line in lines)
