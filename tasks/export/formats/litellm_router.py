"""A fitted policy as a configuration of LiteLLM's proxy and Router: what these can carry of it."""

from typing import Any

import numpy as np
import yaml

from profiles.prices import list_prices
from profiles.providers import OURS
from profiles.schema import PoolModel
from tasks.collect.secrets import unresolved
from tasks.export.contract import Export, formats
from tasks.route.policies import prediction_of
from tasks.route.use import UsablePolicy, policy_id_of, usable_policy
from warehouse.errors import UserError
from warehouse.policies import kept_policy

_GROUP = "concertino"
_HEAD = """# Policy {policy} (router {router}) of Concertino, as far as LiteLLM carries it: LiteLLM asks no
# fitted policy before it routes. Model group `concertino` is the model that the policy asks most often; where
# a model fails, the next one is who the policy expects most of on the questions that it would have asked the first one.
# To route question by question, use `concertino serve` and the model `concertino/{policy}`.
"""


@formats.register("litellm-router")
def litellm_router(wanted: Export) -> dict[str, int]:
    """`config.yaml`: the policy's models with prices and limits, fallbacks in its order, and who answers as a rule.

    The order is of what the policy predicted on its test questions, at its own operating point.

    Raises:
        UserError: no policy is named, or its models are not in the pool, or nobody can call them.
    """
    if wanted.policy is None:
        raise UserError("name the fitted policy to export: --policy ID; `concertino queries policies` lists them")
    policy = usable_policy(policy_id_of(wanted.policy, wanted.run.name))
    entries = {model.model_name: model for model in wanted.pool.model_list}
    if missing := [name for name in policy.models if name not in entries]:
        raise UserError(
            f"pool '{wanted.pool.name}' lacks the policy's model '{missing[0]}'; name its pool: --pool NAME"
        )
    for name in policy.models:
        if entries[name].provider in OURS:
            raise UserError(
                f"model '{name}' is recorded or simulated: LiteLLM cannot call it; give a pool of real ones"
            )
    order, usual = _fallbacks(policy)
    prices, models = list_prices(wanted.pool), policy.models
    then = {name: [models[at] for at in others] for name, others in zip(models, order, strict=True)}
    config = {
        "model_list": [_entry(entries[name], prices.get(name)) for name in models],
        "router_settings": {
            "model_group_alias": {_GROUP: models[usual]},
            "fallbacks": [{name: [*others]} for name, others in [(_GROUP, then[models[usual]]), *then.items()]],
        },
    }
    head = _HEAD.format(policy=policy.policy_id, router=policy.router)
    text = head + yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    (wanted.folder / "config.yaml").write_text(text, encoding="utf-8")
    return {"models": len(policy.models)}


def _fallbacks(policy: UsablePolicy) -> tuple[list[list[int]], int]:
    """Per model the others by falling mean predicted score where it is chosen; and who is chosen most often."""
    kept = kept_policy(policy.policy_id)
    assert kept is not None
    prediction = prediction_of(kept.prediction, len(policy.models))
    chosen = policy.policy.decide(prediction, policy.points[0]).chosen
    scores = np.where(np.isnan(prediction.score), -np.inf, prediction.score)
    order = []
    for at in range(len(policy.models)):
        own = chosen == at
        mean = (scores[own] if own.any() else scores).mean(axis=0)
        order.append([int(other) for other in np.argsort(-mean, kind="stable") if other != at])
    return order, int(np.bincount(np.maximum(chosen, 0), minlength=len(order)).argmax())


def _entry(model: PoolModel, price: tuple[float, float] | None) -> dict[str, Any]:
    """The pool's own entry, keys by the name of an environment variable; a price is in USD per million tokens."""
    told: dict[str, Any] = model.model_dump(mode="json", exclude_unset=True)
    told["litellm_params"] = unresolved(model.model_name, model.litellm_params)
    if price is not None:
        known = {f"{kind}_cost_per_token": usd / 1e6 for kind, usd in zip(("input", "output"), price, strict=True)}
        told["model_info"] = {**known, **told.get("model_info", {})}
    return told
