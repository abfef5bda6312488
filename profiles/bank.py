"""The question bank: embedded questions and what every model was worth on them; a missing label is not a wrong one."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from profiles.outcomes import OutcomeMatrix, outcomes_of
from profiles.prior import Totals, totals_of
from profiles.schema import Retrieval
from profiles.where import Where, allowed
from warehouse.connect import rows
from warehouse.errors import UserError, unknown_name
from warehouse.identity import hash_parts, text_hash
from warehouse.writer import land, now

ALL = "all"  # split of the bank that nothing is tested with: every question that has a label, live ones included
LIVE = "live"  # dataset of questions that people asked


@dataclass(frozen=True, eq=False)
class Bank:
    """Q embedded questions and what P models are worth on them.

    Args:
        bank_id: hash of split, embedder, models, questions and labels.
        known: its questions and models; the scores are the labels. A bank from the warehouse knows nothing else.
        held: (Q, d) float32, unit rows; None: they stay in the warehouse until somebody wants all of them.
        collection: Chroma collection that questions are looked up in; None: they are compared with every vector.
    """

    bank_id: str
    known: OutcomeMatrix
    held: np.ndarray | None
    collection: str | None = None

    @cached_property
    def vectors(self) -> np.ndarray:
        """(Q, d) float32, unit rows."""
        return _load_vectors(self.bank_id) if self.held is None else self.held

    @property
    def models(self) -> tuple[str, ...]:
        """P names, in pool order."""
        return self.known.models

    @property
    def question_ids(self) -> np.ndarray:
        """(Q,) text."""
        return self.known.question_ids

    @property
    def datasets(self) -> np.ndarray:
        """(Q,) text."""
        return self.known.datasets

    @property
    def labels(self) -> np.ndarray:
        """(Q, P) in [0, 1]; NaN where there is none."""
        return self.known.score

    @cached_property
    def totals(self) -> Totals:
        """What the prior needs of the whole bank for every question."""
        return totals_of(self.labels, self.datasets)

    @cached_property
    def contents(self) -> frozenset[str]:
        """The content hashes."""
        return frozenset(self.known.content_hashes)

    @cached_property
    def place(self) -> dict[str, int]:
        """Question → its position."""
        return {question: at for at, question in enumerate(self.question_ids.tolist())}

    def among(self, where: Where) -> np.ndarray | None:
        """Positions of the items that a restriction leaves, in order; None: all.

        Raises:
            UserError: it leaves none.
        """
        return np.flatnonzero(allowed(self.known.questions, where)) if where else None

    @cached_property
    def wide(self) -> np.ndarray:
        """The vectors as float64, in which the published prior is computed."""
        return self.vectors.astype(float)


def build_bank(matrix: OutcomeMatrix, vectors: np.ndarray, parts: np.ndarray, split: str, embedder: str) -> Bank:
    """The bank of one split: its train and validation questions that any model has a label for.

    Args:
        matrix: what is known of Q questions.
        vectors: (Q, d) float32, unit rows.
        parts: (Q,) train, validation, test or excluded.
        split: the split's id.
        embedder: the embedder's name.

    Raises:
        UserError: a test question has the content of a bank question, or no question has a label.
    """
    kept = ((parts == "train") | (parts == "validation")) & matrix.judged
    if not kept.any():
        raise UserError(
            f"no train question of split {split} has a verdict of a model of the pool ({', '.join(matrix.models[:5])}"
            f"{', ...' if len(matrix.models) > 5 else ''}); run collect and score first, ingest more, or choose a pool "
            "of models whose answers are judged"
        )
    known = matrix.rows(kept)
    refuse_overlap(frozenset(known.content_hashes), matrix.content_hashes[parts == "test"])
    identity = hash_parts(split, embedder, *known.models, *known.question_ids, known.score.tobytes().hex())
    return Bank(identity, known, vectors[kept])


def refuse_overlap(bank: frozenset[str], test: Iterable[str]) -> None:
    """Check that no content is both in a bank and tested with it.

    Raises:
        UserError: some is.
    """
    if shared := bank.intersection(test):
        raise UserError(
            f"{len(shared)} test question(s) have the same content as a bank question; use a split by content hash"
        )


def land_bank(
    bank: Bank, *, run_id: str, split: str, pool: str, embedder: str, collection: str | None, recall: float | None
) -> None:
    """Land a bank's rows; items and labels only when no bank of that content is there.

    Args:
        bank: the bank; its questions have the text that was embedded.
        run_id: the run that built it.
        split: the split's id.
        pool: the pool's name.
        embedder: the embedder's name.
        collection: name of the Chroma collection that holds its vectors; None when there is none.
        recall: of that index against exact search.
    """
    row = {
        "bank_id": bank.bank_id,
        "run_id": run_id,
        "split_id": split,
        "pool": pool,
        "models": list(bank.models),
        "embedder": embedder,
        "dimension": bank.vectors.shape[1],
        "n_item": len(bank.labels),
        "n_label": int((~np.isnan(bank.labels)).sum()),
        "collection": collection,
        "recall": recall,
        "created_at": now(),
    }
    if rows("bank", bank=bank.bank_id).is_empty():
        _land_content(bank)
    land("bank", pl.DataFrame([row], schema_overrides={"collection": pl.String, "recall": pl.Float64}))


def load_bank(bank_id: str, retrieval: Retrieval = "exact") -> Bank:
    """A bank by its id.

    Args:
        bank_id: hash, see `Bank`.
        retrieval: exact: its vectors are loaded now; chroma: they are left where they are.

    Raises:
        UserError: there is none of that id, or its vectors were removed from the cache.
    """
    found = rows("bank", bank=bank_id)
    if found.is_empty():
        raise unknown_name("bank", bank_id, [])
    models = tuple(found["models"][0])
    items, labels = rows("bank_item", bank=bank_id), rows("bank_label", bank=bank_id)
    cells = items.select("question_id").join(pl.DataFrame({"model": models}), how="cross", maintain_order="left_right")
    cells = cells.join(labels, on=["question_id", "model"], how="left", maintain_order="left")
    known = outcomes_of(items, cells.rename({"label": "score"}), models)
    if retrieval == "chroma" and (collection := found["collection"][0]) is not None:
        return Bank(bank_id, known, None, collection)
    return Bank(bank_id, known, _load_vectors(bank_id))


def newest_bank(
    split: str, pool: str, embedder: str, run_id: str, profile: str | None = None, retrieval: Retrieval = "exact"
) -> Bank:
    """The bank of a split that this run built, else the newest that any run (of a profile) did; see `load_bank`.

    Raises:
        UserError: no run built one.
    """
    found = rows("bank_newest", split=split, pool=pool, embedder=embedder, run=run_id, profile=profile)
    if found.is_empty():
        raise UserError(f"there is no bank of split {split} for pool '{pool}' yet; run `concertino bank` first")
    return load_bank(found["bank_id"][0], retrieval)


def _load_vectors(bank_id: str) -> np.ndarray:
    """(Q, d) float32, in the bank's order."""
    vectors = rows("bank_vector", bank=bank_id)["vector"]
    if vectors.null_count():
        raise UserError(f"vectors of bank {bank_id} are not in the cache; run `concertino bank` again")
    return vectors.explode().to_numpy().astype(np.float32).reshape(len(vectors), -1)


def _land_content(bank: Bank) -> None:
    questions, known = bank.known.questions, ~np.isnan(bank.labels)
    items = questions.select(
        bank_id=pl.lit(bank.bank_id),
        position=pl.int_range(pl.len(), dtype=pl.Int32),
        question_id="question_id",
        text_hash=pl.Series([text_hash(text) for text in questions["text"]], dtype=pl.String),
        content_hash="content_hash",
    )
    question, model = np.nonzero(known)
    labels = pl.DataFrame(
        {
            "bank_id": bank.bank_id,
            "question_id": bank.question_ids[question].tolist(),
            "model": [bank.models[at] for at in model],
            "label": bank.labels[known],
            "provenance": pl.Series(bank.known.provenance[known].tolist(), dtype=pl.String),
        }
    )
    land("bank_item", items)
    land("bank_label", labels)
