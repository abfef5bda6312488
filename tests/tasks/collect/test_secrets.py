import pytest

from tasks.collect.secrets import blocks_of, resolve
from warehouse.errors import UserError


def test_references_are_replaced_and_their_values_are_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "value-of-some-key")
    parameters = {
        "model": "openai/m",
        "api_key": "os.environ/SOME_KEY",
        "aws_secret_access_key": "prefect-secret/aws",
        "api_base": "http://here",
        "timeout": 3,
    }
    resolved, secret = resolve("m", parameters, {"aws": "value-of-aws"})
    assert resolved == parameters | {"api_key": "value-of-some-key", "aws_secret_access_key": "value-of-aws"}
    assert secret == ["value-of-some-key", "value-of-aws"]
    assert blocks_of(parameters) == ["aws"]


def test_a_key_written_into_the_pool_is_secret_too() -> None:
    assert resolve("m", {"model": "openai/m", "api_key": "sk-literal"}, {})[1] == ["sk-literal"]


@pytest.mark.parametrize("reference", ["os.environ/NOT_THERE", "prefect-secret/not-there"])
def test_what_is_not_there_is_named_with_the_model(reference: str) -> None:
    with pytest.raises(UserError, match=r"'m'.*(NOT_THERE|not-there)"):
        resolve("m", {"api_key": reference}, {})


def test_an_empty_variable_is_not_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_KEY", "")
    with pytest.raises(UserError, match="EMPTY_KEY"):
        resolve("m", {"api_key": "os.environ/EMPTY_KEY"}, {})
