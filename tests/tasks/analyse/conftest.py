import pytest

from tasks.analyse.analysis import Material, studies_of
from tests.ablation_world import BASE, ENSEMBLE, POOL, RUN, made_harness, made_matrix, made_vectors


@pytest.fixture
def harness(monkeypatch):
    """The small world, its embedder replaced by made vectors."""
    monkeypatch.setattr("tasks.analyse.harness.neural_vectors", lambda texts, _name: made_vectors(len(texts)))
    return made_harness(RUN, made_matrix())


@pytest.fixture
def studies(harness):
    """Every study that the small world shows."""
    return studies_of(Material(RUN, POOL, harness.matrix, BASE, ENSEMBLE, BASE))
