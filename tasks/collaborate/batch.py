"""Some questions of a job, answered and landed: with services that are open, or with a client of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from profiles.embed import Embedder, get_embedder
from profiles.schema import RunProfile
from tasks.collaborate.batch_services import BatchServices
from tasks.collaborate.ensemble import answer_questions
from tasks.collaborate.rows import collaboration_rows
from tasks.collaborate.selection import Selection
from tasks.collect.cache import LazyCache
from tasks.collect.client import Client
from tasks.collect.shares import Outcome, Share, one_client
from tasks.stopping import Stopped
from warehouse.errors import BudgetExceeded
from warehouse.writer import land


@dataclass(frozen=True, eq=False, repr=False)
class Chunk:
    """Some questions of a job and all that is known of them; can be pickled.

    Args:
        label: the job's.
        selection: for these questions.
        questions: their places in the whole job.
    """

    label: str
    selection: Selection
    questions: range


def answer_chunk(run_id: str, chunk: Chunk, batch: BatchServices) -> None:
    """Answer questions and land their rows.

    Raises:
        BudgetExceeded: at the cap; everything paid for is landed.
        Stopped: a signal came, likewise.
    """
    selection = chunk.selection
    found = batch.run(answer_questions(selection, batch.services(selection.preset)))
    answers, candidates = collaboration_rows(run_id, chunk.label, selection, found)
    land("candidate", candidates)
    land("collaboration", answers)


def answer_apart(chunk: Chunk, run: RunProfile, share: Share, secrets: Mapping[str, str]) -> Outcome:
    """The same with a client of its own, in whatever process this is; a process answers one chunk at a time.

    Args:
        chunk: the questions.
        run: the run's profile.
        share: what may be used.
        secrets: Prefect secret block → value.

    Returns:
        What came of it; where it ended early, no answer is landed, and everything paid for is.
    """
    questions = chunk.selection.matrix.questions

    def opened() -> Client:
        return share.client(LazyCache(), secrets)  # the cache first: it loads what a dead worker left

    ended: BudgetExceeded | Stopped | None = None
    with one_client:
        services = BatchServices(share.run_id, run, share.pool, questions, opened, embedder=_embedder)
        with services as batch:
            try:
                answer_chunk(share.run_id, chunk, batch)
            except (BudgetExceeded, Stopped) as error:
                ended = error
        return Outcome.of(share, batch.client, ended)


@lru_cache(maxsize=2)
def _embedder(name: str, max_tokens: int | None) -> Embedder:
    """Loaded once by a worker, not for every chunk."""
    return get_embedder(name, max_tokens)
