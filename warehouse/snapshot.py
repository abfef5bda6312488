"""Immutable exports of the outcome matrix: Parquet and a manifest, in a folder named by the hash of the content."""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from warehouse.connect import rows
from warehouse.errors import UserError, unknown_name
from warehouse.landing import LEFT_S
from warehouse.settings import settings
from warehouse.writer import land, now

_QUESTIONS = "question.parquet"
_CELLS = "outcome.parquet"


@dataclass(frozen=True, eq=False)
class Matrix:
    """What every model of a pool got on every question. Q questions, M models in pool order.

    Args:
        question_ids: (Q,) text.
        datasets: (Q,) text.
        models: M names; their order breaks ties.
        scores: (Q, M) in [0, 1], mean over samples; NaN where there is no verdict.
        costs: (Q, M) USD per answer; NaN where unknown.
        extracted: (Q, M) canonical answer of the first sample; None where nothing was extracted.
        response_ids: (Q, M) response of the first sample; None where there is no answer.
    """

    question_ids: np.ndarray
    datasets: np.ndarray
    models: tuple[str, ...]
    scores: np.ndarray
    costs: np.ndarray
    extracted: np.ndarray
    response_ids: np.ndarray

    @property
    def answered(self) -> np.ndarray:
        """(Q, M) whether there is an answer, with or without a verdict."""
        ids = pl.Series(self.response_ids.ravel().tolist(), dtype=pl.String)  # an array may begin with None
        return ids.is_not_null().to_numpy().reshape(self.scores.shape)

    def at(self, questions: np.ndarray, models: np.ndarray) -> "Matrix":
        """The same of some questions, (Q,) whether, and some models, (M,) whether."""
        cells = np.ix_(questions, models)
        return Matrix(
            self.question_ids[questions],
            self.datasets[questions],
            tuple(name for name, kept in zip(self.models, models, strict=True) if kept),
            *(values[cells] for values in (self.scores, self.costs, self.extracted, self.response_ids)),
        )


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A snapshot in memory.

    Args:
        snapshot_id: hash of the content; the same content always has the same one.
        manifest: what is in it: verdict, models, counts, the files' SHA-256.
        questions: one row per question: question_id, dataset, variant, content_hash, text.
        cells: one row per question and model, questions in order and models in pool order: model, score, cost_usd,
            cost_source, extracted, response_id, n_sample; null where there is no answer.
    """

    snapshot_id: str
    manifest: dict[str, Any]
    questions: pl.DataFrame
    cells: pl.DataFrame

    @cached_property
    def matrix(self) -> Matrix:
        """The cells as arrays."""
        models = tuple(self.manifest["models"])
        shape = (len(self.questions), len(models))

        def column(name: str) -> np.ndarray:
            return self.cells[name].to_numpy().reshape(shape)

        return Matrix(
            question_ids=self.questions["question_id"].to_numpy(),
            datasets=self.questions["dataset"].to_numpy(),
            models=models,
            scores=column("score"),
            costs=column("cost_usd"),
            extracted=column("extracted"),
            response_ids=column("response_id"),
        )


def take_snapshot(
    datasets: Sequence[str],
    models: Sequence[str],
    verdict: str,
    *,
    pool: str,
    run_id: str | None = None,
    profile: str | None = None,
    prices: Mapping[str, tuple[float, float]] | None = None,
) -> Snapshot:
    """Export what the models got on the questions; nothing is written when that content was exported before.

    A cell is the mean over the samples that have a verdict. Its cost is what was recorded, else tokens at `prices`
    (marked `priced`, or `estimated` when the token counts are estimates), else null. Questions that no model has a
    verdict for are counted in the manifest and left out.

    Args:
        datasets: globs over dataset names.
        models: names in pool order.
        verdict: `fixed` or `recorded`: whose score counts where both exist.
        pool: name of the pool, for the manifest and the `snapshot` row.
        run_id: the run that asks for it.
        profile: its run profile.
        prices: USD per million prompt and completion tokens, by model.

    Raises:
        UserError: no answer of these models has a verdict.
    """
    asked = rows("question", datasets=list(datasets)).select(
        "question_id", "dataset", "variant", "content_hash", "text"
    )
    answers = rows("answer_verdict", datasets=list(datasets), models=list(models), verdict=verdict)
    judged = answers.filter(pl.col("score").is_not_null())
    questions = asked.join(judged, on="question_id", how="semi", maintain_order="left")
    if questions.is_empty():
        raise UserError(f"no answer of pool '{pool}' to {', '.join(datasets)} has a score; run collect and score first")
    cells = _cells(questions, models, priced(answers, prices or {}))
    snapshot_id = _content_hash(questions, cells, models, verdict)
    manifest = {
        "snapshot_id": snapshot_id, "verdict": verdict, "pool": pool, "models": list(models),
        "datasets": sorted(questions["dataset"].unique()), "n_question": len(questions), "n_model": len(models),
        "n_missing": cells["score"].null_count(), "n_without_cost": cells["cost_usd"].null_count(),
        "n_question_left_out": len(asked) - len(questions), "created_at": now().isoformat(timespec="seconds"),
    }  # fmt: skip
    try:
        snapshot = load_snapshot(snapshot_id)
    except UserError:  # there is none, or what is there is damaged
        shutil.rmtree(_folder(snapshot_id), ignore_errors=True)
        _export(Snapshot(snapshot_id, manifest, questions, cells))
        snapshot = load_snapshot(snapshot_id)
    _record(snapshot, run_id, profile)
    return snapshot


def load_snapshot(snapshot_id: str) -> Snapshot:
    """A snapshot by its id, verified against its hash.

    Raises:
        UserError: there is none of that id, or its files were changed.
    """
    folder = _folder(snapshot_id)
    if not (folder / "manifest.json").is_file():
        raise unknown_name(
            "snapshot", snapshot_id, (path.parent.name for path in folder.parent.glob("*/manifest.json"))
        )
    try:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        intact = all(_file_hash(folder / name) == checksum for name, checksum in manifest["sha256"].items())
        frames = [pl.read_parquet(folder / name, glob=False) for name in (_QUESTIONS, _CELLS)] if intact else []
        snapshot = Snapshot(snapshot_id, manifest, *frames)
        content = _content_hash(snapshot.questions, snapshot.cells, manifest["models"], manifest["verdict"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, pl.exceptions.PolarsError):
        content = None
    if content != snapshot_id:
        raise UserError(f"{folder} is not what was written; evaluating again writes it anew")
    return snapshot


def priced(answers: pl.DataFrame, prices: Mapping[str, tuple[float, float]]) -> pl.DataFrame:
    """Answers with the cost that tokens and list prices give where none was recorded."""
    table = pl.DataFrame(
        [(model, *price) for model, price in prices.items()],
        schema={"model": pl.String, "input": pl.Float64, "output": pl.Float64},
        orient="row",
    )
    listed = (pl.col("prompt_tokens") * pl.col("input") + pl.col("completion_tokens") * pl.col("output")) / 1e6
    mark = pl.when(pl.col("token_source") == "estimated").then(pl.lit("estimated")).otherwise(pl.lit("priced"))
    return answers.join(table, on="model", how="left").with_columns(
        cost_usd=pl.coalesce("cost_usd", listed),
        cost_source=pl.when(pl.col("cost_usd").is_not_null()).then("cost_source").when(listed.is_not_null()).then(mark),
    )


def _cells(questions: pl.DataFrame, models: Sequence[str], answers: pl.DataFrame) -> pl.DataFrame:
    """Every question with every model, in order; nulls where there is no answer."""
    first = {name: pl.col(name).first() for name in ("extracted", "response_id", "cost_source")}
    known_cost = pl.when(pl.col("cost_usd").null_count() == 0).then(pl.col("cost_usd").mean())
    cells = (
        answers.sort("sample_index", "response_id")
        .group_by("question_id", "model", maintain_order=True)
        .agg(pl.col("score").mean(), **first, cost_usd=known_cost, n_sample=pl.len().cast(pl.Int32))
    )
    return (
        questions.select("question_id")
        .join(pl.DataFrame({"model": list(models)}), how="cross", maintain_order="left_right")
        .join(cells, on=["question_id", "model"], how="left", maintain_order="left")
        .select("question_id", "model", "score", "cost_usd", "cost_source", "extracted", "response_id", "n_sample")
    )


def _content_hash(questions: pl.DataFrame, cells: pl.DataFrame, models: Sequence[str], verdict: str) -> str:
    """20 hex digits of SHA-256 over the content as text, so that no file format's version changes it."""
    digest = hashlib.sha256(orjson.dumps([list(models), verdict]))
    for frame in (questions, cells):
        digest.update(frame.write_csv(null_value="\x00").encode())
    return digest.hexdigest()[:20]


def _export(snapshot: Snapshot) -> None:
    """Write the folder under a temporary name, then rename: it is there complete or not at all."""
    final = _folder(snapshot.snapshot_id)
    temporary = final.with_name(f".{final.name}-{uuid.uuid4().hex[:8]}.tmp")
    for left in final.parent.glob(".*.tmp"):
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    temporary.mkdir(parents=True)
    snapshot.questions.write_parquet(temporary / _QUESTIONS)
    snapshot.cells.write_parquet(temporary / _CELLS)
    checksums = {name: _file_hash(temporary / name) for name in (_QUESTIONS, _CELLS)}
    manifest = snapshot.manifest | {"sha256": checksums}
    (temporary / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    try:
        os.rename(temporary, final)
    except OSError:  # another process exported the same content at the same moment
        shutil.rmtree(temporary)
        if not final.exists():
            raise


def _record(snapshot: Snapshot, run_id: str | None, profile: str | None) -> None:
    manifest = snapshot.manifest
    row: dict[str, Any] = {"snapshot_id": snapshot.snapshot_id, "run_id": run_id, "profile": profile}
    row |= {name: manifest[name] for name in ("pool", "verdict", "n_question", "n_model", "n_missing")}
    row |= {
        "path": str(_folder(snapshot.snapshot_id)),
        "manifest": orjson.dumps(manifest).decode(),
        "created_at": now(),
    }
    land("snapshot", pl.DataFrame([row], schema_overrides={"run_id": pl.String, "profile": pl.String}))


def _folder(snapshot_id: str) -> Path:
    return settings().snapshots / snapshot_id


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
