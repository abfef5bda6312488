"""Try the settings of a study on every seed; what they share is computed once."""

from functools import cached_property

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.schema import Preset, Run
from tasks.ablate.aggregator import answer_with_aggregator
from tasks.ablate.answer import Answers, Trial
from tasks.ablate.grid import LSA, RANDOM
from tasks.ablate.ground import parts_of, test_ground, validation_ground
from tasks.ablate.points import Tally
from tasks.ablate.stand_in import answer_with_votes
from tasks.ablate.study import Setting, Study
from tasks.ablate.vectors import lsa_vectors, neural_vectors, random_vectors
from tasks.collaborate.desk import Desk
from warehouse.identity import hash_json, hash_parts

_METHOD = 2  # counted up when figures change for the same answers and settings, so that none is taken for current


class Bench:
    """A profile's answers, ready to try settings on.

    Args:
        run: the profile.
        matrix: what is known of its questions.
        desk: for settings that ask the pool's aggregator; None where there is none.
    """

    def __init__(self, run: Run, matrix: OutcomeMatrix, desk: Desk | None = None) -> None:
        self.run = run
        self.matrix = matrix
        self._desk = desk
        self._trials: dict[int, Trial] = {}
        self._texts = matrix.questions["text"].to_list()
        self._vectors: dict[str, np.ndarray] = {}

    @cached_property
    def known(self) -> str:
        """Hash of everything that a study's figures depend on beside its settings."""
        run, matrix = self.run, self.matrix
        questions = matrix.questions.select("question_id", "dataset", "content_hash", "text")
        return hash_parts(
            _METHOD,
            hash_json([run.embedder, run.seeds, run.train_share, run.validation_share, matrix.models]),
            hash_json(questions.to_dict(as_series=False)),
            hash_json([matrix.extracted.tolist(), [[one is None for one in row] for row in matrix.response_id]]),
            hash_parts(matrix.score.tobytes().hex(), matrix.cost_usd.tobytes().hex()),
        )

    def inputs(self, study: Study) -> str:
        """Hash of all that a study's figures depend on; the same one is not computed again."""
        return hash_parts(self.known, repr(study.settings), *study.base)

    def tallies(self, study: Study) -> list[Tally]:
        """What each setting of a study answers to the validation questions of every seed."""
        tallies = [Tally(len(self.matrix.questions)) for _ in study.settings]
        for seed in self.run.seeds:
            others: dict[str, Trial] = {}
            for setting, tally in zip(study.settings, tallies, strict=True):
                trial = self.trial(seed)
                if setting.embedder is not None:
                    if setting.embedder not in others:
                        others[setting.embedder] = self._new_trial(seed, setting.embedder)
                    trial = others[setting.embedder]
                for draw in range(setting.draws):
                    tally.add(trial.ground.tested, self._answer(_drawn(trial, setting, draw), setting))
        return tallies

    def test(self, preset: Preset) -> Tally:
        """What a preset answers to the test questions of every seed: for the one number that is published of it."""
        tally = Tally(len(self.matrix.questions))
        for seed in self.run.seeds:
            trial = Trial(test_ground(self.matrix, self.run, seed, self._neural(self.run.embedder)))
            tally.add(trial.ground.tested, trial.answer(Setting(preset.name, preset)))
        return tally

    def trial(self, seed: int) -> Trial:
        """The validation questions of a seed, with the run's embedder."""
        if seed not in self._trials:
            self._trials[seed] = self._new_trial(seed, self.run.embedder)
        return self._trials[seed]

    def _new_trial(self, seed: int, embedder: str) -> Trial:
        if embedder == RANDOM:
            vectors = random_vectors(len(self._texts), seed)
        elif embedder == LSA:
            bank = np.flatnonzero(parts_of(self.matrix, self.run, seed) == "train")
            vectors = lsa_vectors(self._texts, bank)
        else:
            vectors = self._neural(embedder)
        return Trial(validation_ground(self.matrix, self.run, seed, vectors))

    def _answer(self, trial: Trial, setting: Setting) -> Answers:
        if setting.asked:
            assert self._desk is not None
            return answer_with_aggregator(trial.ground, setting, self._desk)
        return answer_with_votes(trial, setting) if setting.stand_in else trial.answer(setting)

    def _neural(self, embedder: str) -> np.ndarray:
        if embedder not in self._vectors:
            self._vectors[embedder] = neural_vectors(self._texts, embedder)
        return self._vectors[embedder]


def _drawn(trial: Trial, setting: Setting, draw: int) -> Trial:
    """The trial, or one on a random part of its bank."""
    if setting.bank_share >= 1:
        return trial
    rng = np.random.default_rng(int(hash_parts("bank share", trial.ground.split, setting.bank_share, draw), 16))
    return Trial(trial.ground.part_of_bank(setting.bank_share, rng))
