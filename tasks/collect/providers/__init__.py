"""Our own providers, registered with LiteLLM so that they take the same road as a paid one.

LiteLLM has a real provider called `synthetic` (it would send our questions there), so ours go by other names inside.
"""

import logging
import warnings
from functools import cache
from typing import Any

from profiles.schema import PoolModel

_NAMES = {"synthetic": "concertino_synthetic", "replay": "concertino_replay"}


def answerable_live(model: PoolModel) -> bool:
    """Whether a model can answer a question that nobody asked it before; replayed models cannot."""
    return model.provider != "replay"


@cache
def registered() -> Any:
    """LiteLLM, knowing `synthetic/` and `replay/`, its notes kept off the terminal; imported at the first call."""
    import litellm

    from tasks.collect.providers import replay, synthetic
    from tasks.collect.providers.handler import Handler

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    # LiteLLM writes replies of another layout down before it refuses them; what is in them is on the ledger.
    warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
    for name in ("LiteLLM", "stamina"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # every failed attempt is a row of the ledger
    if not any(entry["provider"] == _NAMES["replay"] for entry in litellm.custom_provider_map):
        litellm.custom_provider_map += [
            {"provider": _NAMES["synthetic"], "custom_handler": Handler(synthetic.answer)},
            {"provider": _NAMES["replay"], "custom_handler": Handler(replay.answer)},
        ]
    return litellm


def own_parameters(model: PoolModel, sample_index: int, attempt: int) -> dict[str, Any]:
    """What our own providers are told besides the request; nothing for any other.

    Args:
        model: of the pool.
        sample_index: which of several answers.
        attempt: from 1; simulated faults hit attempts, not requests, so that trying again helps.
    """
    if model.provider not in _NAMES:
        return {}
    name = str(model.litellm_params["model"]).split("/", 1)[1]
    own: dict[str, Any] = {"model": f"{_NAMES[model.provider]}/{name}"}
    if model.provider == "synthetic":
        simulation = model.litellm_params.get("simulation") or {}
        own["simulation"] = {**simulation, "sample_index": sample_index, "attempt": attempt}
    return own
