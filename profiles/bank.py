"""The question bank: embedded questions and what every model was worth on them; a missing label is not a wrong one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from profiles.prior import Totals, totals_of
from warehouse.connect import rows
from warehouse.errors import UserError, unknown_name
from warehouse.identity import hash_parts, text_hash
from warehouse.writer import land, now

ALL = "all"  # split of the bank that nothing is tested with: every question that has a label, live ones included
LIVE = "live"  # dataset of questions that people asked


@dataclass(frozen=True, eq=False)
class Bank:
    """Q embedded questions with labels of P models, in pool order.

    Args:
        bank_id: hash of split, embedder, models, questions and labels.
        models: P names.
        question_ids: (Q,) text.
        datasets: (Q,) text.
        content_hashes: (Q,) text.
        vectors: (Q, d) float32, unit rows.
        labels: (Q, P) in [0, 1]; NaN where there is none.
        collection: Chroma collection that holds the vectors; None where there is none.
    """

    bank_id: str
    models: tuple[str, ...]
    question_ids: np.ndarray
    datasets: np.ndarray
    content_hashes: np.ndarray
    vectors: np.ndarray
    labels: np.ndarray
    collection: str | None = None

    @cached_property
    def totals(self) -> Totals:
        """What the prior needs of the whole bank for every question."""
        return totals_of(self.labels, self.datasets)

    @cached_property
    def contents(self) -> frozenset[str]:
        """The content hashes."""
        return frozenset(self.content_hashes)

    @cached_property
    def wide(self) -> np.ndarray:
        """The vectors as float64, in which the published prior is computed."""
        return self.vectors.astype(float)


def build_bank(
    questions: pl.DataFrame,
    vectors: np.ndarray,
    labels: np.ndarray,
    models: Sequence[str],
    parts: np.ndarray,
    split: str,
    embedder: str,
) -> Bank:
    """The bank of one split: its train and validation questions that any model has a label for.

    A bank for live use (`ALL`) has every such question: all parts are train.

    Args:
        questions: Q rows with question_id, dataset, content_hash.
        vectors: (Q, d) their unit vectors.
        labels: (Q, P) in [0, 1]; NaN where missing.
        models: P names in pool order.
        parts: (Q,) train, validation or test.
        split: the split's id.
        embedder: the embedder's name.

    Raises:
        UserError: a test question has the content of a bank question, or no question has a label.
    """
    kept = (parts != "test") & ~np.isnan(labels).all(axis=1)
    if not kept.any():
        raise UserError(f"no train question of split {split} has a label; run collect and score first, or ingest more")
    contents = questions["content_hash"].to_numpy()
    refuse_overlap(frozenset(contents[kept]), contents[parts == "test"])
    ids = questions["question_id"].to_numpy()[kept]
    identity = hash_parts(split, embedder, *models, *ids, labels[kept].tobytes().hex())
    return Bank(
        bank_id=identity,
        models=tuple(models),
        question_ids=ids,
        datasets=questions["dataset"].to_numpy()[kept],
        content_hashes=contents[kept],
        vectors=vectors[kept],
        labels=labels[kept],
    )


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
    bank: Bank, texts: Sequence[str], *, run_id: str, split: str, pool: str, embedder: str,
    provenance: str | np.ndarray, collection: str | None, recall: float | None,
) -> None:  # fmt: skip
    """Land a bank's rows; items and labels only when no bank of that content is there.

    Args:
        bank: the bank.
        texts: Q texts of its questions, as embedded.
        run_id: the run that built it.
        split: the split's id.
        pool: the pool's name.
        embedder: the embedder's name.
        provenance: whose labels they are: one text for all, or (Q, P) of them.
        collection: name of the Chroma collection that holds its vectors; None when there is none.
        recall: of that index against exact search.
    """
    known = ~np.isnan(bank.labels)
    row = {
        "bank_id": bank.bank_id, "run_id": run_id, "split_id": split, "pool": pool, "models": list(bank.models),
        "embedder": embedder, "dimension": bank.vectors.shape[1], "n_item": len(texts), "n_label": int(known.sum()),
        "collection": collection, "recall": recall, "created_at": now(),
    }  # fmt: skip
    if rows("bank", bank=bank.bank_id).is_empty():
        _land_content(bank, texts, known, provenance)
    land("bank", pl.DataFrame([row], schema_overrides={"collection": pl.String, "recall": pl.Float64}))


def load_bank(bank_id: str) -> Bank:
    """A bank by its id.

    Raises:
        UserError: there is none of that id, or its vectors were removed from the cache.
    """
    found = rows("bank", bank=bank_id)
    if found.is_empty():
        raise unknown_name("bank", bank_id, [])
    models = tuple(found["models"][0])
    items, labels = rows("bank_item", bank=bank_id), rows("bank_label", bank=bank_id)
    if items["vector"].null_count():
        raise UserError(f"vectors of bank {bank_id} are not in the cache; run `concertino profile` again")
    position = {question: at for at, question in enumerate(items["question_id"])}
    place = {model: at for at, model in enumerate(models)}
    table = np.full((len(items), len(models)), np.nan)
    at = [position[question] for question in labels["question_id"]], [place[model] for model in labels["model"]]
    table[at] = labels["label"].to_numpy()
    return Bank(
        bank_id=bank_id,
        models=models,
        question_ids=items["question_id"].to_numpy(),
        datasets=items["dataset"].to_numpy(),
        content_hashes=items["content_hash"].to_numpy(),
        vectors=items["vector"].explode().to_numpy().astype(np.float32).reshape(len(items), -1),
        labels=table,
        collection=found["collection"][0],
    )


def newest_bank(split: str, pool: str, embedder: str, run_id: str, profile: str | None = None) -> Bank:
    """The bank of a split that this run built, else the newest that any run (of a profile) did.

    Raises:
        UserError: no run built one.
    """
    found = rows("bank_newest", split=split, pool=pool, embedder=embedder, run=run_id, profile=profile)
    if found.is_empty():
        raise UserError(f"there is no bank of split {split} for pool '{pool}' yet; run `concertino profile` first")
    return load_bank(found["bank_id"][0])


def _land_content(bank: Bank, texts: Sequence[str], known: np.ndarray, provenance: str | np.ndarray) -> None:
    items = pl.DataFrame(
        {
            "bank_id": bank.bank_id,
            "position": pl.Series(range(len(texts)), dtype=pl.Int32),
            "question_id": bank.question_ids.tolist(),
            "text_hash": [text_hash(text) for text in texts],
            "content_hash": bank.content_hashes.tolist(),
        }
    )
    question, model = np.nonzero(known)
    labels = pl.DataFrame(
        {
            "bank_id": bank.bank_id,
            "question_id": bank.question_ids[question].tolist(),
            "model": [bank.models[at] for at in model],
            "label": bank.labels[known],
            "provenance": pl.Series(np.broadcast_to(provenance, known.shape)[known].tolist(), dtype=pl.String),
        }
    )
    land("bank_item", items)
    land("bank_label", labels)
