"""What a live question is looked up in: the bank of everything labelled, what it teaches, and vectors."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from profiles.bank import ALL, LIVE, Bank, newest_bank
from profiles.embed import Embedder, quick_embedder
from profiles.outcomes import OutcomeMatrix, load_outcomes
from profiles.preset import Preset
from profiles.prices import list_prices
from profiles.schema import Pool, RunProfile
from profiles.store import server_version
from tasks.collaborate.core.vote import Vote
from tasks.collaborate.selection import FittedPrior, Selection, learn, make_selection, vote_key
from warehouse.connect import rows
from warehouse.errors import UserError
from warehouse.settings import settings
from warehouse.writer import land, now


class BankState:
    """Loaded once; may be used from several threads.

    Args:
        run: the profile: its datasets, its embedder, whose verdicts count.
        pool: the models.

    Raises:
        UserError: there is no bank for live use, or it is of other models.
    """

    def __init__(self, run: RunProfile, pool: Pool) -> None:
        self.synthetic = pool.synthetic
        self._name = run.embedder
        self._embedders: dict[int | None, Embedder] = {None: quick_embedder(run.embedder)}
        self._embedding = threading.Lock()  # tokenizers cannot be used by two threads at a time
        self._learning = threading.Lock()
        self._fitted: dict[str, FittedPrior] = {}
        self.bank = bank_of(run, pool, self.embedder)
        prices = list_prices(pool)
        found = rows("fitted_vote", bank=self.bank.bank_id).iter_rows()
        self._votes = {key: Vote(*map(np.array, parts)) for key, *parts in found}
        self.matrix = load_outcomes([*run.datasets, LIVE], pool.models, run.score_mode, prices)
        self.texts = dict(self.matrix.questions.select("question_id", "text").iter_rows())

    @property
    def embedder(self) -> str:
        """Name of what makes its vectors."""
        return self._embedders[None].name

    def fitted(self, preset: Preset) -> FittedPrior:
        """What the bank teaches for a preset; learned at its first use, and kept for processes to come."""
        with self._learning:
            if preset.name not in self._fitted:
                key = vote_key(preset, self.bank, self.matrix)
                known = self._votes.get(key) if preset.posterior == "agreement" else None
                self._fitted[preset.name] = fitted = learn(preset, self.bank, self.matrix, known)
                if known is None and fitted.vote is not None:
                    land("fitted_vote", _vote_row(key, self.bank.bank_id, fitted.vote))
            return self._fitted[preset.name]

    def embed(self, texts: Sequence[str], max_tokens: int | None = None) -> np.ndarray:
        """Unit vectors, (n, d); not kept."""
        with self._embedding:
            if max_tokens not in self._embedders:
                self._embedders[max_tokens] = quick_embedder(self._name, max_tokens)
            return self._embedders[max_tokens].encode(texts) if texts else np.zeros((0, 0), np.float32)

    def selection(self, preset: Preset, row: Mapping[str, Any]) -> Selection:
        """Models for one question, and what is known of it: nothing yet.

        A question that the bank holds is answered like any other, its own label included: in live use what is known
        of a question is knowledge and no leak.
        """
        matrix = OutcomeMatrix.of(pl.DataFrame([row]), self.matrix.models)
        vectors = self.embed([row["text"]])
        fitted, code = self.fitted(preset), np.zeros(1, dtype=bool)
        return make_selection(preset, ALL, self.bank, fitted, matrix, vectors, code)


def bank_of(run: RunProfile, pool: Pool, embedder: str) -> Bank:
    """The newest bank of everything that a profile has for a pool, to be looked up as the profile says.

    Raises:
        UserError: there is none, it is of other models, or the Chroma server that is to be asked is not there.
    """
    if run.retrieval == "chroma" and settings().chroma:
        server_version()
    try:
        bank = newest_bank(ALL, pool.name, embedder, run_id="", profile=run.name, retrieval=run.retrieval)
    except UserError as error:
        raise UserError(
            f"profile '{run.name}' has no question bank for pool '{pool.name}' yet; run `concertino run {run.name}` "
            f"{'first' if pool.name == run.pool else 'with the same --pool first'}"
        ) from error
    if list(bank.models) != pool.models:
        raise UserError(
            f"pool '{pool.name}' has other models than its question bank; run `concertino bank --profile {run.name}`"
        )
    return bank


def _vote_row(key: str, bank_id: str, vote: Vote) -> pl.DataFrame:
    parts = {"weights": [vote.weights.tolist()], "slopes": [vote.slopes.tolist()], "none": [vote.none.tolist()]}
    return pl.DataFrame({"fit_id": [key], "bank_id": [bank_id], **parts, "created_at": [now()]})
