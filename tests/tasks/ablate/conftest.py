import pytest

from tasks.ablate.bench import Bench
from tasks.ablate.grid import studies_of
from tests.ablation_world import BASE, ENSEMBLE, POOL, RUN, made_matrix, made_vectors


@pytest.fixture
def bench(monkeypatch):
    """The small world, its embedder replaced by made vectors."""
    monkeypatch.setattr("tasks.ablate.bench.neural_vectors", lambda texts, _name: made_vectors(len(texts)))
    return Bench(RUN, made_matrix())


@pytest.fixture
def studies(bench):
    """Every study that the small world shows."""
    return studies_of(RUN, POOL, bench.matrix, BASE, ENSEMBLE)
