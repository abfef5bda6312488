"""Fitted policies: a folder each below `policies/`, with what they predict as Parquet, whole or not there."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from warehouse.parquet import write_parquet
from warehouse.settings import settings
from warehouse.storage import MANIFEST, fetch, whole_folder

_PREDICTION = "prediction.parquet"


class KeptPolicy(NamedTuple):
    """What is kept of a fit: its manifest, the prediction (one row per question and model), and the policy's folder."""

    manifest: dict[str, Any]
    prediction: pl.DataFrame
    folder: Path


def keep_policy(
    policy_id: str, manifest: dict[str, Any], prediction: pl.DataFrame, save: Callable[[Path], None]
) -> KeptPolicy:
    """Write a policy's folder; one that is there is replaced.

    Args:
        policy_id: its identity.
        manifest: what it is of, as plain values.
        prediction: question_id, model, score, cost_usd.
        save: writes the policy itself into a folder.
    """
    final = _folder(policy_id)
    with whole_folder(final) as folder:
        write_parquet(prediction, folder / _PREDICTION)
        save(folder)
        (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        shutil.rmtree(final, ignore_errors=True)
    return KeptPolicy(manifest, prediction, final)


def kept_policy(policy_id: str) -> KeptPolicy | None:
    """A policy that was fitted before; None when there is none, or its files are damaged."""
    folder = _folder(policy_id)
    fetch(folder)
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        return KeptPolicy(manifest, pl.read_parquet(folder / _PREDICTION, glob=False), folder)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return None


def _folder(policy_id: str) -> Path:
    return settings().policies / policy_id
