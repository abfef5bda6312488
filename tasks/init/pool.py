"""A pool from LiteLLM: the models that a proxy (or any OpenAI-compatible server) offers, or those of a config file."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warehouse.errors import UserError, reason_of

KEY_VARIABLE = "LITELLM_API_KEY"
_CREDENTIAL = "litellm_credential_name"
_REFERENCES = ("os.environ/", "prefect-secret/")
_SECRET = re.compile(r"key|secret|password|credential|token$", re.IGNORECASE)
_PRICES = re.compile(r"cost_per_|_cost$|_token_cost")
_NOT_CHAT = {"embedding", "image_generation", "audio_transcription", "audio_speech", "moderation", "rerank"}
_TIMEOUT_S = 10.0

Models = list[dict[str, Any]]


def models_of(source: str) -> tuple[Models, list[str]]:
    """Entries of a pool's `model_list`, and what a reader should know about them.

    Args:
        source: the address of a LiteLLM proxy or of an OpenAI-compatible server, or a LiteLLM config file.

    Raises:
        UserError: nothing answers there, the file is no LiteLLM config, or it names no model that chats.
    """
    listed = _served(source.rstrip("/")) if "://" in source else _configured(Path(source).expanduser())
    models: Models = []
    notes = []
    for entry in listed:
        name = str(entry.get("model_name", ""))
        if "*" in name:
            notes.append(f"{name} is a pattern, not a model; name the models you mean")
        elif name in {model["model_name"] for model in models}:
            notes.append(f"{name} occurs again: one deployment of a model is asked, the first")
        elif (entry.get("model_info") or {}).get("mode") not in _NOT_CHAT:
            models.append(_entry(name, entry, notes))
    if not models:
        raise UserError(f"{source} names no model that can be asked; give the file or server that lists your models")
    return models, notes


def unpriced(models: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the models at an address of their own without a price; nobody but their owner knows it."""
    return [
        model["model_name"]
        for model in models
        if "api_base" in model["litellm_params"] and "input_cost_per_token" not in model.get("model_info", {})
    ]


def _entry(name: str, entry: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """A model with its parameters, prices and context window; a key that was written out becomes a reference."""
    parameters = dict(entry["litellm_params"])
    if (named := parameters.pop(_CREDENTIAL, None)) is not None:
        notes.append(f"the credential {named} of {name} is in no file: write its api_key into the pool")
    for key, value in parameters.items():
        if isinstance(value, str) and _SECRET.search(key) and not value.startswith(_REFERENCES) and value != "none":
            variable = re.sub(r"\W+", "_", f"{parameters['model'].split('/')[0]}_{key}").upper()
            parameters[key] = f"os.environ/{variable}"
            notes.append(f"the {key} of {name} is not copied: set {variable}")
    given = entry.get("model_info") or {}
    info = {key: value for key, value in given.items() if _PRICES.search(key) and isinstance(value, int | float)}
    if window := given.get("context_tokens") or given.get("max_input_tokens"):
        info["context_tokens"] = int(window)
    if isinstance(given.get("base_model"), str) and given["base_model"]:
        info["base_model"] = given["base_model"]
    if given.get("logprobs") is True:
        info["logprobs"] = True
    return {"model_name": name, "litellm_params": parameters} | ({"model_info": info} if info else {})


def _configured(path: Path) -> Iterable[Mapping[str, Any]]:
    """What a config file and those that it includes list, each model with the values of the credential it names."""
    listed: list[Mapping[str, Any]] = []
    credentials: dict[str, Mapping[str, Any]] = {}
    waiting, read = [path.resolve()], []
    while waiting:
        read.append(one := waiting.pop(0))
        config = _config(one)
        listed += _entries(config, "model_list", one)
        for held in _entries(config, "credential_list", one):
            credentials[str(held.get("credential_name"))] = _mapping(held.get("credential_values"))
        included = [(one.parent / str(name)).resolve() for name in _entries(config, "include", one, str)]
        waiting += [other for other in included if other not in {*waiting, *read}]
    for entry in listed:
        if not isinstance(_mapping(entry.get("litellm_params")).get("model"), str):
            raise UserError(f"{path} has a model without litellm_params.model; give a LiteLLM config.yaml")
    return [_with_credential(entry, credentials) for entry in listed]


def _config(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"cannot read {path}: {reason_of(error)}; give a LiteLLM config.yaml") from error
    if not isinstance(config, dict):
        raise UserError(f"{path} is no mapping with a model_list; give a LiteLLM config.yaml")
    return config


def _entries(config: Mapping[str, Any], name: str, path: Path, kind: type = dict) -> list[Any]:
    found = config.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, kind) for one in found):
        raise UserError(f"{name} in {path} is not laid out as LiteLLM's; give a LiteLLM config.yaml")
    return found


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _with_credential(entry: Mapping[str, Any], credentials: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """With the values of its credential; the name of one that is in no file stays, to be told."""
    parameters = dict(entry["litellm_params"])
    named = parameters.pop(_CREDENTIAL, None)
    if not isinstance(named, str) or named not in credentials:
        return entry
    return {**entry, "litellm_params": {**credentials[named], **parameters}}


def _served(url: str) -> Iterable[Mapping[str, Any]]:
    """What a server offers; a LiteLLM proxy tells prices and context windows, too."""
    base = url if urlsplit(url).path.endswith("/v1") else f"{url}/v1"
    told = {entry.get("model_name"): entry.get("model_info") or {} for entry in _get(f"{base}/model/info")}
    key = f"os.environ/{KEY_VARIABLE}" if os.environ.get(KEY_VARIABLE) else "none"
    names = [entry["id"] for entry in _get(f"{base}/models", needed=True) if isinstance(entry.get("id"), str)]
    return [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_base": base, "api_key": key},
            "model_info": told.get(name, {}),
        }
        for name in names
    ]


def _get(url: str, *, needed: bool = False) -> list[dict[str, Any]]:
    import httpx

    key = os.environ.get(KEY_VARIABLE)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        data = httpx.get(url, headers=headers, timeout=_TIMEOUT_S).raise_for_status().json()["data"]
        return [entry for entry in data if isinstance(entry, dict)]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        if not needed:
            return []
        reason = (
            "it wants a key" if getattr(getattr(error, "response", None), "status_code", 0) == 401 else reason_of(error)
        )
        raise UserError(
            f"{url} lists no models ({reason}); give the address of an OpenAI-compatible server, and "
            f"its key in {KEY_VARIABLE}"
        ) from error
