"""The splits of a run: made once, by the splitter that its profile names, and read by every stage."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from profiles.arrays import Bool2D
from profiles.schema import RunProfile
from profiles.splitter import EXCLUDED, SplitOptions, splitters
from warehouse.connect import connection, rows
from warehouse.errors import UserError
from warehouse.identity import hash_json
from warehouse.writer import land, load_landing, now

_log = logging.getLogger("concertino")
_PARTS = ("train", "validation", "test", EXCLUDED)
_TABLES = ("split_spec", "split", "run_split")


@dataclass(frozen=True, eq=False)
class Splits:
    """S splits, one per seed, of Q questions.

    Args:
        ids: S split ids.
        parts: (S, Q) train, validation, test, or excluded: neither learned from nor tested.
    """

    ids: list[str]
    parts: np.ndarray

    @property
    def tested(self) -> np.ndarray:
        """(S, Q) whether a question is tested."""
        tested: Bool2D = self.parts == "test"
        return tested

    @property
    def known(self) -> np.ndarray:
        """(S, Q) whether a question may be learned from: train and validation part."""
        known: Bool2D = (self.parts == "train") | (self.parts == "validation")
        return known


def make_splits(questions: pl.DataFrame, run: RunProfile) -> Splits:
    """The splits that a run profile asks for; nothing is read or written.

    A question whose content is in a later part too (train before validation before test) is excluded: what is tested
    is what the splitter tests, and no content is in two parts.

    Args:
        questions: Q rows of `warehouse/reads/split_question.sql`.
        run: the profile.

    Raises:
        UserError: the splitter gives something else than parts, or cannot split these questions.
    """
    splitter, options = splitters.get(run.splitter), run.split_with()
    ids, found = [], []
    for seed in run.seeds:
        parts = np.array(splitter.split(questions, seed, options), dtype=object)
        if parts.shape != (len(questions),) or not set(parts) <= set(_PARTS):
            raise UserError(f"splitter '{run.splitter}' must give every question one of {', '.join(_PARTS)}")
        found.append(_without_leaks(parts, questions["content_hash"].to_list()))
        made = (
            splitter.label(options) if splitter.label else _hash(run.splitter, seed, options, questions, found[-1])[:12]
        )
        ids.append(_split_id(run.splitter, made, seed))
    return Splits(ids, np.array(found, dtype=object).reshape(len(ids), len(questions)))


def land_splits(run: RunProfile) -> list[str]:
    """Make the splits of all questions of a profile, and write what is not there yet; their ids, one per seed."""
    questions = rows("split_question", datasets=run.datasets)
    splits, options = make_splits(questions, run), run.split_with()
    known = rows("split_part", splits=splits.ids)
    for split, seed, parts in zip(splits.ids, run.seeds, splits.parts, strict=True):
        made = pl.DataFrame({"split_id": split, "question_id": questions["question_id"], "part": parts.tolist()})
        new = made.join(known, on=known.columns, how="anti", maintain_order="left")
        land("split", new)
        if left_out := len(new.filter(part=EXCLUDED)):
            _log.warning(
                "%s: %d questions are neither learned from nor tested: their content is in a later part too, or "
                "split_options leave them out",
                split,
                left_out,
            )
        moving = () if splitters.get(run.splitter).label else (questions, parts)
        row = {
            "split_id": split,
            "kind": run.splitter,
            "seed": seed,
            "options": json.dumps(options.model_dump()),
            "hash": _hash(run.splitter, seed, options, *moving),
            "created_at": now(),
        }
        land("split_spec", pl.DataFrame([row]))
    load_landing(_TABLES)
    return splits.ids


def read_splits(ids: list[str], question_ids: Iterable[str]) -> Splits:
    """Splits that were written, for Q questions in this order; a question that they do not know is excluded."""
    known, asked = rows("split_part", splits=ids), pl.DataFrame({"question_id": list(question_ids)})
    parts = [
        asked.join(known.filter(split_id=split), on="question_id", how="left", maintain_order="left")["part"]
        for split in ids
    ]
    found = np.array([one.fill_null(EXCLUDED).to_list() for one in parts], dtype=object)
    return Splits(ids, found.reshape(len(ids), len(asked)))


@connection("reading splits")  # opened once for what it reads
def splits_of(run_id: str, run: RunProfile, question_ids: Iterable[str]) -> Splits:
    """The splits of a run, for Q of its questions in this order; the first stage that asks writes them.

    Questions that came later are excluded, but for splitters by which nothing moves: these give them a part.

    Raises:
        UserError: the run is split otherwise than its profile says now; or as of `make_splits`.
    """
    ids, asked = _recorded(run_id, run), list(question_ids)
    if ids is not None:
        splits = read_splits(ids, asked)
        if (splits.parts != EXCLUDED).all() or splitters.get(run.splitter).label is None:
            return splits
    ids = land_splits(run)
    land("run_split", pl.DataFrame({"run_id": run_id, "seed": run.seeds, "split_id": ids}))
    load_landing(_TABLES)
    return read_splits(ids, asked)


def refuse_empty_part(known: np.ndarray, tested: np.ndarray, seed: int) -> None:
    """Refuse a split that leaves nothing to learn from, or nothing to test.

    Args:
        known: (Q,) whether a question may be learned from.
        tested: (Q,) whether it is tested.
        seed: of the split.

    Raises:
        UserError: there is none of either.
    """
    for part, mask in (("train", known), ("test", tested)):
        if not mask.any():
            raise UserError(
                f"none of the {len(mask)} questions is in the {part} part of seed {seed}; use more questions "
                "(30 are few), or another train_share or split_options in the run profile"
            )


def refuse_empty_parts(run_id: str, run: RunProfile) -> None:
    """Split a run's questions, where there are any; refuse one that leaves a part of some seed empty.

    Raises:
        UserError: as of `splits_of` and `refuse_empty_part`.
    """
    if ids := rows("split_question", datasets=run.datasets)["question_id"].to_list():
        splits = splits_of(run_id, run, ids)
        for seed, known, tested in zip(run.seeds, splits.known, splits.tested, strict=True):
            refuse_empty_part(known, tested, seed)


def _recorded(run_id: str, run: RunProfile) -> list[str] | None:
    """The ids of a run's splits, one per seed of its profile; None where it has none yet."""
    found = rows("run_split", run=run_id)
    if found.is_empty():
        return None
    label, options = splitters.get(run.splitter).label, run.split_with()
    was = {row["seed"]: row for row in found.iter_rows(named=True)}
    if label is not None:
        same = {seed: row["split_id"] == _split_id(run.splitter, label(options), seed) for seed, row in was.items()}
    else:
        asked = (run.splitter, options.model_dump())
        same = {seed: (row["kind"], json.loads(row["options"] or "null")) == asked for seed, row in was.items()}
    if set(was) != set(run.seeds) or not all(same.values()):
        raise UserError(
            f"run {run_id} is split as {', '.join(found['split_id'])}, but its profile now says splitter "
            f"'{run.splitter}' with seeds {', '.join(map(str, run.seeds))} and {json.dumps(options.model_dump())}; "
            "start another run, or put the profile back"
        )
    return [was[seed]["split_id"] for seed in run.seeds]


def _split_id(kind: str, made: str, seed: int) -> str:
    return f"{kind}-{made}-s{seed}"


def _without_leaks(parts: np.ndarray, contents: list[str]) -> np.ndarray:
    """(Q,) parts, without what is in a later part too."""
    for later, earlier in (("test", ["train", "validation"]), ("validation", ["train"])):
        taken = {content for content, part in zip(contents, parts, strict=True) if part == later}
        leaks = np.array([content in taken for content in contents], dtype=bool)
        parts = np.where(leaks & np.isin(parts.astype(str), earlier), EXCLUDED, parts)
    return parts


def _hash(
    kind: str, seed: int, options: SplitOptions, questions: pl.DataFrame | None = None, parts: np.ndarray | None = None
) -> str:
    """64 hex digits: of how a split is made, and of what it gave where that depends on all questions together."""
    made = [] if questions is None or parts is None else sorted(zip(questions["question_id"], parts, strict=True))
    return hash_json([kind, seed, options.model_dump(), made])
