"""Immutable exports of the outcome matrix: Parquet and a manifest, in a folder named by the hash of the content."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from warehouse.errors import UserError
from warehouse.parquet import write_parquet
from warehouse.settings import settings
from warehouse.storage import MANIFEST, fetch, whole_folder
from warehouse.writer import land, now

_CSV_ROWS = 65_536
_QUESTIONS = "question.parquet"
_CELLS = "outcome.parquet"
_QUESTION = ["question_id", "dataset", "variant", "content_hash", "text"]
_JUDGED = ["question_id", "model", "score", "cost_usd", "cost_source", "extracted", "response_id", "n_sample"]
_CELL = [*_JUDGED, "latency_s", "tokens", "provenance"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A snapshot in memory.

    Args:
        snapshot_id: hash of the content; the same content always has the same one.
        manifest: what is in it: verdict, models, counts, the files' SHA-256.
        questions: one row per question: question_id, dataset, variant, content_hash, text.
        cells: one row per question and model, questions in order and models in pool order: model, score, cost_usd,
            cost_source, extracted, response_id, n_sample, latency_s, tokens, provenance; null where nothing is known.
            Older snapshots have no latency, tokens and provenance.
    """

    snapshot_id: str
    manifest: dict[str, Any]
    questions: pl.DataFrame
    cells: pl.DataFrame


def take_snapshot(
    questions: pl.DataFrame,
    cells: pl.DataFrame,
    models: Sequence[str],
    score_mode: str,
    *,
    pool: str,
    run_id: str | None = None,
    profile: str | None = None,
) -> Snapshot:
    """Export what the models got on the questions; nothing is written when that content was exported before.

    Questions without any score are counted in the manifest and left out.

    Args:
        questions: one row per question: question_id, dataset, variant, content_hash, text, and others, not kept.
        cells: one row per question and model, in their order; see `Snapshot`.
        models: names in pool order.
        score_mode: `fixed`, `compat` or `recorded`: whose score counts where both exist.
        pool: name of the pool, for the manifest and the `snapshot` row.
        run_id: the run that asks for it.
        profile: its run profile.

    Raises:
        UserError: no answer of these models has a score.
    """
    judged = cells.filter(pl.col("score").is_not_null())
    kept = questions.select(_QUESTION).join(judged, on="question_id", how="semi", maintain_order="left")
    if kept.is_empty():
        names = ", ".join(questions["dataset"].unique(maintain_order=True))
        raise UserError(f"no answer of pool '{pool}' to {names} has a score; run collect and score first")
    cells = cells.join(kept, on="question_id", how="semi", maintain_order="left").select(_CELL)
    snapshot_id = _content_hash(kept, cells, models, score_mode)
    manifest = {
        "snapshot_id": snapshot_id,
        "verdict": score_mode,
        "pool": pool,
        "models": list(models),
        "datasets": sorted(kept["dataset"].unique()),
        "n_question": len(kept),
        "n_model": len(models),
        "n_missing": cells["score"].null_count(),
        "n_without_cost": cells["cost_usd"].null_count(),
        "n_question_left_out": len(questions) - len(kept),
        "created_at": now().isoformat(timespec="seconds"),
    }
    try:
        snapshot = load_snapshot(snapshot_id)
    except UserError:  # there is none, or what is there is damaged
        shutil.rmtree(_folder(snapshot_id), ignore_errors=True)
        _export(Snapshot(snapshot_id, manifest, kept, cells))
        snapshot = load_snapshot(snapshot_id)
    _record(snapshot, run_id, profile)
    return snapshot


def load_snapshot(snapshot_id: str) -> Snapshot:
    """A snapshot by its id, its files verified against their checksums.

    Raises:
        UserError: there is none of that id, or its files were changed.
    """
    folder = _folder(snapshot_id)
    fetch(folder)
    if not (folder / MANIFEST).is_file():
        shared = f" or {settings().storage}/snapshots" if settings().storage else ""
        raise UserError(
            f"unknown snapshot '{snapshot_id}': it is not in {folder.parent}{shared}; an export has none, so bring "
            "the folder over from the home that made it, or evaluate again"
        )
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        written = {name: _file_hash(folder / name) for name in (_QUESTIONS, _CELLS)}
        if (manifest["snapshot_id"], manifest["sha256"]) != (snapshot_id, written):
            raise ValueError("not what was written")
        questions, cells = (pl.read_parquet(folder / name, glob=False) for name in written)
    except (OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError):
        raise UserError(f"{folder} is not what was written; evaluating again writes it anew") from None
    return Snapshot(snapshot_id, manifest, questions, cells)


def snapshot_files(snapshot_id: str) -> tuple[Path, Path]:
    """Paths of a snapshot's Parquet files, questions and cells, for SQL to read.

    Raises:
        UserError: they are not there.
    """
    folder = _folder(snapshot_id)
    fetch(folder)
    questions, cells = folder / _QUESTIONS, folder / _CELLS
    if not questions.is_file() or not cells.is_file():
        raise UserError(f"snapshot {snapshot_id} is not below {settings().snapshots}; evaluating again writes it anew")
    return questions, cells


def _content_hash(questions: pl.DataFrame, cells: pl.DataFrame, models: Sequence[str], score_mode: str) -> str:
    """20 hex digits of SHA-256 over the content as text, so that no file format's version changes it.

    Latency and tokens are facts of the responses that are named, which never change; whose a score is, is told where
    it is not the verdict's.
    """
    digest = hashlib.sha256(orjson.dumps([list(models), score_mode]))
    labelled = cells.filter(pl.col("provenance") != score_mode).select("question_id", "model", "provenance")
    for frame in (questions, cells.select(_JUDGED)):
        _digest_csv(digest, frame, null_value="\x00")
    _digest_csv(digest, labelled, include_header=False)
    return digest.hexdigest()[:20]


def _digest_csv(digest: Any, frame: pl.DataFrame, *, include_header: bool = True, null_value: str = "") -> None:
    """The bytes of the frame's CSV, some thousand rows at a time: together they are larger than the frame."""
    for start in range(0, max(1, len(frame)), _CSV_ROWS):
        part = frame.slice(start, _CSV_ROWS)
        digest.update(part.write_csv(include_header=include_header and not start, null_value=null_value).encode())


def _export(snapshot: Snapshot) -> None:
    with whole_folder(_folder(snapshot.snapshot_id)) as folder:
        write_parquet(snapshot.questions, folder / _QUESTIONS)
        write_parquet(snapshot.cells, folder / _CELLS)
        checksums = {name: _file_hash(folder / name) for name in (_QUESTIONS, _CELLS)}
        manifest = snapshot.manifest | {"sha256": checksums}
        (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


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
