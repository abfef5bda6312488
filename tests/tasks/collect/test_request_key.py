import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.schema import PoolModel
from tasks.collect.record import Request
from tasks.collect.request_key import keyed, request_key, sent_parameters

MESSAGES = [{"role": "user", "content": "Why?"}]
BASE = {"model": "openai/m", "api_base": "http://here/v1", "temperature": 0.7, "max_tokens": 10}


def test_the_key_is_stable_across_processes_and_order() -> None:
    key = request_key(BASE, MESSAGES, 0)
    assert key == "17df11cc8a39661fbadd2bf96e636401d89f95d85d597d746825af89bae56d48"
    assert request_key(dict(reversed(BASE.items())), MESSAGES, 0) == key


def test_whatever_can_change_the_answer_changes_the_key() -> None:
    others = [
        request_key(BASE | {"model": "openai/n"}, MESSAGES, 0),
        request_key(BASE | {"api_base": "http://there/v1"}, MESSAGES, 0),
        request_key(BASE | {"temperature": 0.8}, MESSAGES, 0),
        request_key(BASE | {"top_p": 0.9}, MESSAGES, 0),
        request_key(BASE | {"logprobs": True}, MESSAGES, 0),
        request_key(BASE | {"simulation": {"seed": 1}}, MESSAGES, 0),
        request_key(BASE, [*MESSAGES, {"role": "assistant", "content": ""}], 0),
        request_key(BASE, [{"role": "system", "content": "Why?"}], 0),
        request_key(BASE, MESSAGES, 1),
    ]
    assert len({request_key(BASE, MESSAGES, 0), *others}) == len(others) + 1


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "api_key",
                "aws_secret_access_key",
                "azure_ad_token",
                "rpm",
                "tpm",
                "timeout",
                "max_parallel_requests",
                "extra_headers",
                "organization",
                "input_cost_per_token",
                "num_retries",
                "weight",
            ]
        ),
        st.text(),
    )
)
def test_keys_limits_and_prices_do_not_change_it(parameters: dict[str, str]) -> None:
    assert request_key(BASE | parameters, MESSAGES, 0) == request_key(BASE, MESSAGES, 0)


def test_the_routers_own_parameters_are_not_sent() -> None:
    sent = sent_parameters(BASE | {"rpm": 5, "timeout": 3, "simulation": {}, "top_p": 0.9, "api_key": "k"})
    assert sent == BASE | {"top_p": 0.9, "api_key": "k"}


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_a_server_that_the_environment_names_changes_the_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {"model": "openai/m", "temperature": 0.7, "max_tokens": 10}
    asked = Request("q", "m", MESSAGES)

    def key(**parameters: str) -> str:
        return keyed(PoolModel(model_name="m", litellm_params=plain | parameters), asked).key

    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_BASE", raising=False)
    assert key() == request_key(plain, MESSAGES, 0)  # as ever
    own = key(api_base="http://here/v1")
    monkeypatch.setenv(name, "http://there/v1")
    assert key() == key(api_base="http://there/v1")
    assert key(api_base="http://here/v1") == own  # the pool's word counts
