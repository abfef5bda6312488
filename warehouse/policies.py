"""Fitted policies: a folder each below `policies/`, with what they predict as Parquet, whole or not there."""

import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from warehouse.landing import LEFT_S
from warehouse.parquet import write_parquet
from warehouse.settings import settings
from warehouse.storage import MANIFEST, fetch, put

_PREDICTION = "prediction.parquet"


class KeptPolicy(NamedTuple):
    """What is kept of a fit: its manifest, the prediction (one row per question and model), and the policy's folder."""

    manifest: dict[str, Any]
    prediction: pl.DataFrame
    folder: Path


def keep_policy(
    policy_id: str, manifest: dict[str, Any], prediction: pl.DataFrame, save: Callable[[Path], None]
) -> KeptPolicy:
    """Write a policy's folder under a temporary name, then rename it; one that is there is replaced.

    Args:
        policy_id: its identity.
        manifest: what it is of, as plain values.
        prediction: question_id, model, score, cost_usd.
        save: writes the policy itself into a folder.
    """
    final = _folder(policy_id)
    temporary = final.with_name(f".{final.name}-{uuid.uuid4().hex[:8]}.tmp")
    for left in final.parent.glob(".*.tmp"):
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    temporary.mkdir(parents=True)
    write_parquet(prediction, temporary / _PREDICTION)
    save(temporary)
    (temporary / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    shutil.rmtree(final, ignore_errors=True)
    try:
        os.rename(temporary, final)
    except OSError:  # another process kept the same fit at the same moment
        shutil.rmtree(temporary)
        if not final.exists():
            raise
    put(final)
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
