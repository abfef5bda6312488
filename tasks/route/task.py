"""Freeze the outcome matrix, then let every null baseline and router choose on the test part of every seed."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import orjson
import polars as pl

from profiles.embed import embed_texts, get_embedder
from profiles.load import load_router
from profiles.outcomes import OutcomeMatrix, frozen_outcomes, outcome_cells
from profiles.prices import list_prices
from profiles.schema import Missing, Pool, RunProfile
from profiles.split import splits_of
from profiles.system import Kind, System, system_rows
from tasks.fanout.task import workers
from tasks.measure.coverage import comparable
from tasks.measure.result import CONTROLS
from tasks.progress import steps
from tasks.recorded.task import task
from tasks.route.alike import refuse_alike
from tasks.route.contract import Inputs, Point, Policy, Router
from tasks.route.decide import decided_nulls, route_rows
from tasks.route.fit import fit, points_of
from tasks.route.policies import PolicyKey, prediction_frame, prediction_of
from tasks.route.registry import router_of
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.identity import hash_json, hash_parts
from warehouse.policies import KeptPolicy, keep_policy, kept_policy
from warehouse.snapshot import load_snapshot, take_snapshot
from warehouse.writer import land, now


@task(name="snapshot", task_run_name="snapshot-{run.name}")
def snapshot_outcomes(run_id: str, run: RunProfile, pool: Pool) -> str:
    """Export what the pool's models got on the run's questions; the snapshot's id."""
    prices = list_prices(pool)
    questions, cells = outcome_cells(run.datasets, pool.models, run.score_mode, prices)
    snapshot = take_snapshot(
        questions, cells, pool.models, run.score_mode, pool=pool.name, run_id=run_id, profile=run.name
    )
    return snapshot.snapshot_id


def route_questions(run_id: str, run: RunProfile, pool: Pool, snapshot_id: str, names: Sequence[str]) -> None:
    """Land whom the null baselines and the routers of these names ask.

    Beside routers stand the controls, asked for or not. Every fit is a task of its own and is kept; what was fitted
    before, for whatever run, is not fitted again.
    """
    asked = [name for name in dict.fromkeys(names) if name not in CONTROLS]
    refuse_alike(run.presets, asked)
    _refuse_emptied(run_id, run, snapshot_id)
    names = [*asked, *(CONTROLS if names else ())]
    routed = route_baselines(run_id, run, snapshot_id)
    for name, policy_id, points in _fitted(run_id, run, pool, snapshot_id, names):
        router = load_router(name).name
        kind: Kind = "baseline" if router in CONTROLS else "router"
        routed += [(System(kind, router, point=point.name), policy_id, point) for point in points]
    _land_systems(run_id, routed)


def _fitted(
    run_id: str, run: RunProfile, pool: Pool, snapshot_id: str, names: Sequence[str]
) -> list[tuple[str, str, tuple[Point, ...]]]:
    """Name, policy and points of every fit, router by router and seed by seed, in whatever order they are made."""
    fits = [(run_id, run, pool, snapshot_id, name, at) for name in names for at in range(len(run.seeds))]
    if not fits:
        return []
    with workers(run_id) as crew, steps(len(fits), "routing") as step:
        if crew.n is not None:
            _vectors(snapshot_id, run.missing, run.embedder)  # embedded once, and not by every worker
        made = {}
        for (*_, name, at), fitted in crew.run(fit_router, partial(next, iter(fits), None)):
            made[name, at] = fitted
            step()
    return [(name, *made[name, at]) for *_, name, at in fits]


def _land_systems(run_id: str, routed: Sequence[tuple[System, str, Point]]) -> None:
    """Land the systems, in their order, and by which policies and points the run is routed."""
    systems, made = list(dict.fromkeys(system for system, *_ in routed)), now()
    land("system", system_rows(run_id, systems))
    land(
        "run_policy",
        pl.DataFrame(
            [
                {
                    "run_id": run_id,
                    "policy_id": policy_id,
                    "system": system.label,
                    "point": point.name,
                    "cost_weight": point.cost_weight,
                    "knob": point.knob,
                    "position": systems.index(system),
                    "created_at": made,
                }
                for system, policy_id, point in routed
            ],
            schema_overrides={"knob": pl.Float64},
        ),
    )


def _refuse_emptied(run_id: str, run: RunProfile, snapshot_id: str) -> None:
    """Refuse models that leave a part of a split without a question that all of them have a verdict for."""
    found = frozen_outcomes(load_snapshot(snapshot_id))
    left = np.isin(found.question_ids, _comparable(snapshot_id, run.missing).question_ids)
    splits = splits_of(run_id, run, found.question_ids)
    for part, masks in (("train", splits.known), ("test", splits.tested)):
        for seed, mask in zip(run.seeds, masks, strict=True):
            if mask.any() and not (mask & left).any():
                unknown = np.isnan(found.score[mask]).all(axis=0)
                none = ", ".join(model for model, lacks in zip(found.models, unknown, strict=True) if lacks)
                raise UserError(
                    f"no question of the {part} part of seed {seed} has a verdict of every model"
                    f"{none and f', and {none} has none there at all'}; leave such models out of the pool, or set "
                    "`missing: fail` in the run profile, which counts what is missing as wrong"
                )


@task(name="baselines", task_run_name="baselines-{run.name}")
def route_baselines(run_id: str, run: RunProfile, snapshot_id: str) -> list[tuple[System, str, Point]]:
    """Land whom the null baselines ask on the test part of every seed; each system's policies, and their only point."""
    matrix = _comparable(snapshot_id, run.missing)
    splits, made = splits_of(run_id, run, matrix.question_ids), []
    for name, decisions in decided_nulls(matrix, splits.known, splits.tested):
        for split, parts, seed, decision in zip(splits.ids, splits.parts, run.seeds, decisions, strict=True):
            key = PolicyKey(snapshot_id, run.missing, split, hash_parts(*parts), name, "1", "{}", seed)
            asked = np.flatnonzero(parts == "test")
            land("policy", key.row({}, None))
            land("route", route_rows(key.policy_id, "", matrix, asked, decision.at(asked)))
            made.append((System("baseline", name), key.policy_id, Point()))
    return made


@task(name="fit", task_run_name="fit-{name}-{at}")
def fit_router(
    run_id: str, run: RunProfile, pool: Pool, snapshot_id: str, name: str, at: int
) -> tuple[str, tuple[Point, ...]]:
    """Fit a router on the split of the run's seed at this place, unless that was done before.

    Its prediction is kept, and its decision at each of its operating points is landed; the policy's id and its points.
    """
    matrix = _comparable(snapshot_id, run.missing)
    splits = splits_of(run_id, run, matrix.question_ids)
    split, parts = splits.ids[at], splits.parts[at]
    setting, embedder, seed = load_router(name), get_embedder(run.embedder), run.seeds[at]
    router = router_of(setting)
    cards = {one.model_name: one.model_info for one in pool.model_list if one.model_name in matrix.models}
    told = hash_json({model: card.model_dump(mode="json") for model, card in cards.items()})
    made_with = setting.router, router.version, _canonical(router), seed, embedder.name, told
    key = PolicyKey(snapshot_id, run.missing, split, hash_parts(*parts), *made_with)
    asked = np.flatnonzero(parts == "test")
    known = _known(router, key, len(asked) * len(matrix.models))
    if known is None:
        said = partial(_said, snapshot_id, run.missing, run.embedder)
        inputs = Inputs(matrix.questions["text"].to_list(), _vectors(snapshot_id, run.missing, run.embedder), said)
        try:
            found = fit(router, matrix, inputs, parts, cards, seed)
        except UserError as error:  # which of a run's routers it is, the plug-in does not know
            raise UserError(f"router '{setting.name}': {error}") from error
        facts = {"parameters": found.policy.parameters, "fit_s": found.fit_s, "models": list(matrix.models)}
        facts |= {"setting": setting.name, "router": key.router, "version": key.version}
        facts |= {"embedder": run.embedder, "vectors": embedder.name}
        frame = prediction_frame(found.prediction, matrix.rows(asked))
        known = keep_policy(key.policy_id, facts, frame, found.policy.save), found.policy
    kept, policy = known
    prediction = prediction_of(kept.prediction, len(matrix.models))
    points = points_of(policy, setting.name)
    decided = (
        route_rows(key.policy_id, point.name, matrix, asked, policy.decide(prediction, point), prediction)
        for point in points
    )
    land("policy", key.row(kept.manifest["parameters"], kept.manifest["fit_s"]))
    land("route", pl.concat(decided))
    return key.policy_id, points


def _known(router: Router[Any], key: PolicyKey, n_cell: int) -> tuple[KeptPolicy, Policy] | None:
    """What was fitted before; None where there is nothing, or nothing whole."""
    kept = kept_policy(key.policy_id)
    try:
        if kept is None or len(kept.prediction) != n_cell or "models" not in kept.manifest:
            return None  # without its models it can be measured, but not used on new questions
        return kept, router.policy.load(kept.folder)
    except Exception:  # a plug-in may raise anything; what cannot be read is fitted anew
        return None


def _canonical(router: Router[Any]) -> str:
    return orjson.dumps(router.options.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=1)
def _comparable(snapshot_id: str, missing: Missing) -> OutcomeMatrix:
    """What of a snapshot, which never changes, is compared."""
    return comparable(frozen_outcomes(load_snapshot(snapshot_id)), missing).matrix


@lru_cache(maxsize=1)
def _vectors(snapshot_id: str, missing: Missing, embedder: str) -> np.ndarray:
    return embed_texts(get_embedder(embedder), _comparable(snapshot_id, missing).questions["text"].to_list())


@lru_cache(maxsize=4)
def _said(snapshot_id: str, missing: Missing, embedder: str, model: str) -> np.ndarray:
    """(Q, D) what a model answered, embedded; 0 where its words were not recorded.

    Raises:
        UserError: none of its words were.
    """
    matrix, own = _comparable(snapshot_id, missing), get_embedder(embedder)
    wanted = matrix.response_id[:, matrix.models.index(model)].tolist()
    known = rows("response_text", responses=[one for one in wanted if one is not None])
    texts = {key: text for key, text in known.iter_rows() if text}
    if not texts:
        raise UserError(
            f"the words of {model}'s answers were never recorded, only its scores; a router that reads answers cannot "
            "learn from them, so take it out of the profile's routers, or ingest answers with their texts"
        )
    there = np.array([one in texts for one in wanted])
    vectors = embed_texts(own, [texts[one] for one in wanted if one in texts])
    found = np.zeros((len(wanted), vectors.shape[1]), dtype=np.float32)
    found[there] = vectors
    return found
