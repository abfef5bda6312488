"""Keys: named in the pool, resolved at the call, never in parameters, logs, landing files or error messages."""

import os
import re
from collections.abc import Mapping
from typing import Any

from profiles.schema import Pool
from warehouse.errors import UserError

_ENVIRONMENT = "os.environ/"
_BLOCK = "prefect-secret/"
_SECRET_NAME = re.compile(r"key|secret|password|credential|token$", re.IGNORECASE)
_SHORTEST = 6  # shorter values are no keys, and redacting them would garble messages


def blocks_of(pool: Pool) -> list[str]:
    """Names of the Prefect secret blocks that a pool's models refer to, in the alphabet's order."""
    values = (value for model in pool.model_list for value in model.litellm_params.values())
    return sorted(
        {value.removeprefix(_BLOCK) for value in values if isinstance(value, str) and value.startswith(_BLOCK)}
    )


def unresolved(model: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters for a file: every key is the name of an environment variable, a Prefect block or a key itself, too."""
    told: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, str) and value.startswith(_BLOCK):
            told[name] = _ENVIRONMENT + _variable(value.removeprefix(_BLOCK))
        elif isinstance(value, str) and not value.startswith(_ENVIRONMENT) and _is_key(name):
            told[name] = _ENVIRONMENT + _variable(f"{model}-{name}")
        else:
            told[name] = unresolved(model, value) if isinstance(value, Mapping) else value
    return told


def resolve(model: str, parameters: Mapping[str, Any], blocks: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Parameters with `os.environ/NAME` and `prefect-secret/BLOCK` replaced, and the values that nobody may see.

    LiteLLM resolves `os.environ/NAME` only in its Router.

    Args:
        model: its name, for the message.
        parameters: the pool's `litellm_params`.
        blocks: secret block → value.

    Raises:
        UserError: a variable is not set or a block is not there.
    """
    resolved: dict[str, Any] = {}
    secret: list[str] = []
    for name, value in parameters.items():
        if isinstance(value, str) and value.startswith(_ENVIRONMENT):
            variable = value.removeprefix(_ENVIRONMENT)
            if not (found := os.environ.get(variable)):
                raise UserError(f"model '{model}' needs the environment variable {variable} (its {name}); set it")
        elif isinstance(value, str) and value.startswith(_BLOCK):
            if not (found := blocks.get(value.removeprefix(_BLOCK))):
                raise UserError(
                    f"model '{model}' needs the Prefect secret block '{value.removeprefix(_BLOCK)}' (its {name}); "
                    "create it in the UI under Blocks"
                )
        else:
            found = value
        resolved[name] = found
        if isinstance(found, str) and len(found) >= _SHORTEST and (found != value or _SECRET_NAME.search(name)):
            secret.append(found)
    return resolved, secret


def _is_key(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) or name.lower() == "authorization"


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name).upper()
