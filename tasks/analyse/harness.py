"""Try the settings of a study on every seed; what they share is computed once."""

from functools import cached_property

import numpy as np

from profiles.outcomes import OutcomeMatrix
from profiles.preset import Preset
from profiles.schema import RunProfile
from profiles.split import Splits
from tasks.analyse.aggregator import answer_with_aggregator
from tasks.analyse.answer import Answers, Runner
from tasks.analyse.points import Accumulator
from tasks.analyse.routed import identity_of
from tasks.analyse.simulated_aggregator import answer_with_votes
from tasks.analyse.split_data import of_test_part, of_validation_part
from tasks.analyse.study import Setting, Study
from tasks.analyse.vectors import HASHED, LSA, RANDOM, hashed_vectors, lsa_vectors, neural_vectors, random_vectors
from tasks.collaborate.batch_services import BatchServices
from warehouse.identity import hash_json, hash_parts

_METHOD = 4  # counted up when figures change for the same answers and settings, so that none is taken for current


class Harness:
    """A profile's answers, ready to try settings on.

    Args:
        run: the profile.
        matrix: what is known of its questions.
        validation: the questions' splits with a validation part, one per seed.
        splits: their splits as the profile's runs have them.
        batch: for settings that ask the pool's aggregator; None where there is none.
    """

    def __init__(
        self,
        run: RunProfile,
        matrix: OutcomeMatrix,
        validation: Splits,
        splits: Splits,
        batch: BatchServices | None = None,
    ) -> None:
        self.run = run
        self.matrix = matrix
        self._validation = validation
        self._splits = splits
        self._batch = batch
        self._runners: dict[int, Runner] = {}
        self._texts = matrix.questions["text"].to_list()
        self._vectors: dict[str, np.ndarray] = {}

    @cached_property
    def known(self) -> str:
        """Hash of everything that a study's figures depend on beside its settings."""
        run, matrix = self.run, self.matrix
        questions = matrix.questions.select("question_id", "dataset", "content_hash", "text")
        return hash_parts(
            _METHOD,
            hash_json([run.embedder, run.seeds, self._validation.ids, self._splits.ids, matrix.models]),
            hash_json(questions.to_dict(as_series=False)),
            hash_json([matrix.extracted.tolist(), [[one is None for one in row] for row in matrix.response_id]]),
            hash_parts(matrix.score.tobytes().hex(), matrix.cost_usd.tobytes().hex()),
        )

    def inputs(self, study: Study) -> str:
        """Hash of all that a study's figures depend on; the same one is not computed again."""
        unusual = self.run.statistics.model_dump(exclude_defaults=True)
        routers = sorted({one.router for one in study.settings if one.router is not None})
        parts = [*study.base, *([repr(unusual)] if unusual else []), *map(identity_of, routers)]
        return hash_parts(self.known, repr(study.settings), *parts)

    def answered(self, study: Study) -> list[Accumulator]:
        """What each setting of a study answers to the validation questions of every seed."""
        found = [Accumulator(len(self.matrix.questions)) for _ in study.settings]
        for seed in self.run.seeds:
            others: dict[str, Runner] = {}
            for setting, accumulator in zip(study.settings, found, strict=True):
                runner = self.runner(seed)
                if setting.embedder is not None:
                    if setting.embedder not in others:
                        others[setting.embedder] = self._new_runner(seed, setting.embedder)
                    runner = others[setting.embedder]
                for draw in range(setting.draws):
                    accumulator.add(runner.data.tested, self._answer(_drawn(runner, setting, draw), setting))
        return found

    def test(self, preset: Preset) -> Accumulator:
        """What a preset answers to the test questions of every seed: for the one number that is published of it."""
        accumulator = Accumulator(len(self.matrix.questions))
        for place, seed in enumerate(self.run.seeds):
            runner = Runner(of_test_part(self.matrix, self._splits, place, seed, self._neural(self.run.embedder)))
            accumulator.add(runner.data.tested, runner.answer(Setting(preset.name, preset)))
        return accumulator

    def runner(self, seed: int) -> Runner:
        """The validation questions of a seed, with the run's embedder."""
        if seed not in self._runners:
            self._runners[seed] = self._new_runner(seed, self.run.embedder)
        return self._runners[seed]

    def _new_runner(self, seed: int, embedder: str) -> Runner:
        place = self.run.seeds.index(seed)
        if embedder == RANDOM:
            vectors = random_vectors(len(self._texts), seed)
        elif embedder == LSA:
            bank = np.flatnonzero(self._validation.parts[place] == "train")
            vectors = lsa_vectors(self._texts, bank)
        elif embedder == HASHED:
            vectors = hashed_vectors(self._texts)
        else:
            vectors = self._neural(embedder)
        return Runner(of_validation_part(self.matrix, self._validation, place, seed, vectors))

    def _answer(self, runner: Runner, setting: Setting) -> Answers:
        if setting.answer is not None:
            return setting.answer(runner, setting)
        if setting.asked:
            assert self._batch is not None
            return answer_with_aggregator(runner.data, setting, self._batch)
        return answer_with_votes(runner, setting) if setting.stand_in else runner.answer(setting)

    def _neural(self, embedder: str) -> np.ndarray:
        if embedder not in self._vectors:
            self._vectors[embedder] = neural_vectors(self._texts, embedder)
        return self._vectors[embedder]


def _drawn(runner: Runner, setting: Setting, draw: int) -> Runner:
    """The runner, or one on a random part of its bank."""
    if setting.bank_share >= 1:
        return runner
    rng = np.random.default_rng(int(hash_parts("bank share", runner.data.split, setting.bank_share, draw), 16))
    return Runner(runner.data.part_of_bank(setting.bank_share, rng))
