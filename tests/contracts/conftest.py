from tests.tasks.conftest import matrix_of

__all__ = ["matrix_of"]
