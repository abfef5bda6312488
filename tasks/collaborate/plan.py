"""What a run has to answer by collaboration: which preset, on which split, for which questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from profiles.bank import newest_bank, refuse_overlap
from profiles.embed import Embedder, embed_texts
from profiles.load import dataset_of, load_datasets
from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from profiles.schema import Pool, RunProfile
from profiles.split import splits_of
from profiles.system import System
from tasks.collaborate.selection import Selection, learn, make_selection
from warehouse.connect import rows

_SELECT_CHUNK = 512
_ENSEMBLE_CHUNK = 64  # each holds up to N calls per question


@dataclass(frozen=True, eq=False)
class Job:
    """One preset on the test part of one split.

    Args:
        preset: how.
        system: what it is on the leaderboard.
        split: the split's id.
        at: positions in the matrix of the questions that are still to be answered.
        aggregates: whether an aggregator is asked.
    """

    preset: Preset
    system: System
    split: str
    at: np.ndarray
    aggregates: bool

    @property
    def label(self) -> str:
        """Its name on the leaderboard."""
        return self.system.label

    @property
    def chunks(self) -> list[range]:
        """Positions in the job's selection, some hundred questions at a time."""
        size = _ENSEMBLE_CHUNK if self.aggregates else _SELECT_CHUNK
        return [range(at, min(at + size, len(self.at))) for at in range(0, len(self.at), size)]


def jobs_of(
    run_id: str, run: RunProfile, pool: Pool, presets: Sequence[Preset], matrix: OutcomeMatrix, limit: int | None
) -> list[Job]:
    """The jobs with anything left to do; a question that this run has answered is not answered again.

    Questions that no model has a verdict for are left out: nothing could be said about their answers.

    Args:
        run_id: the run.
        run: its profile.
        pool: without an aggregator, presets that aggregate run as a selection and are labelled so.
        presets: in the order to run.
        matrix: what is known of all questions.
        limit: at most so many test questions per dataset; None for all.
    """
    done = set(rows("collaboration_done", run=run_id).select("preset", "split_id", "question_id").iter_rows())
    ids = matrix.questions["question_id"].to_list()
    splits = splits_of(run_id, run, ids)
    judged = matrix.judged
    jobs = []
    for preset in presets:
        aggregates = preset.aggregate and pool.aggregator is not None
        system = system_of(preset, aggregates=aggregates)
        for split, part in list(zip(splits.ids, splits.tested, strict=True))[: preset.max_seeds]:
            tested = _first(np.flatnonzero(part & judged), matrix.questions["dataset"], limit)
            left = [at for at in tested if (system.label, split, ids[at]) not in done]
            if left:
                jobs.append(Job(preset, system, split, np.array(left), aggregates))
    return jobs


def system_of(preset: Preset, *, aggregates: bool) -> System:
    """What a preset is on the leaderboard; without somebody who aggregates it can only select."""
    return System("preset", preset.name, "" if aggregates or not preset.aggregate else "select")


def selection_of(job: Job, run_id: str, pool: Pool, embedder: Embedder, matrix: OutcomeMatrix) -> Selection:
    """Load the split's bank, learn from it, and choose models for the job's questions.

    Raises:
        UserError: a question's content is in the bank.
    """
    bank = newest_bank(job.split, pool.name, embedder.name, run_id)
    asked = matrix.rows(job.at)
    refuse_overlap(bank.contents, asked.content_hashes)
    fitted = learn(job.preset, bank, matrix)
    vectors = embed_texts(embedder, asked.questions["text"].to_list())
    code = code_questions(asked.questions["dataset"].to_list())
    return make_selection(job.preset, job.split, bank, fitted, asked, vectors, code)


def code_questions(datasets: Sequence[str]) -> np.ndarray:
    """(n,) whether each question, by the dataset it is of, wants code: as its block says, else as its source said."""
    names = sorted(set(datasets))
    said, specifications = set(rows("dataset_of_code", datasets=names)["dataset"]), load_datasets()
    blocks = {name: dataset_of(name, specifications) for name in names}
    code = {name for name, block in blocks.items() if (block.task == "code" if block else name in said)}
    return np.array([name in code for name in datasets], dtype=bool)


def _first(tested: np.ndarray, datasets: pl.Series, limit: int | None) -> np.ndarray:
    """At most `limit` positions per dataset."""
    if limit is None:
        return tested
    counted = pl.DataFrame({"at": tested, "dataset": datasets[tested]})
    return counted.group_by("dataset", maintain_order=True).head(limit)["at"].sort().to_numpy()
