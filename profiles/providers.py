"""Which models of a pool nobody can send anywhere."""

import sys

from profiles.litellm_files import listed_models, listed_providers
from profiles.schema import Pool, PoolModel

OURS = frozenset({"synthetic", "replay"})
"""Of simulated models and of recorded answers: nobody else serves these."""
_SERVED = {"concertino"}  # what `tasks.serve.provider` registers


def first_unknown(pool: Pool) -> int | None:
    """Position of the first model that nobody can send anywhere; None when there is none.

    The part before the slash of `litellm_params.model` is no provider of LiteLLM's or ours, or there is none and
    nothing says whose model it is.
    """
    return next((at for at, model in enumerate(pool.model_list) if not _can_be_sent(model)), None)


def unknown_limit(pool: Pool) -> str | None:
    """The first of a pool's `provider_limits` that is for no provider; None when there is none."""
    limits = (pool.model_extra or {}).get("provider_limits") or {}
    there = {model.provider for model in pool.model_list} | _known()
    return next((str(name) for name in limits if name not in there), None)


def _can_be_sent(model: PoolModel) -> bool:
    asked, stated = str(model.litellm_params["model"]), model.litellm_params.get("custom_llm_provider")
    if stated or "/" in asked:
        return (stated or model.provider) in _known()
    return asked.startswith("ft:") or asked in listed_models()  # whose provider it finds by their name


def _known() -> frozenset[str]:
    """LiteLLM's providers, ours, and those that this process registered."""
    litellm = sys.modules.get("litellm")
    registered = {entry["provider"] for entry in litellm.custom_provider_map} if litellm else set()
    return listed_providers() | OURS | _SERVED | registered
