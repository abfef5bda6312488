"""What is learned by descent, and what is refused before or after it."""

import pytest

from profiles.router_profile import RouterProfile
from tasks.route.checks import sample_train
from tasks.route.contract import nobody_listens
from tasks.route.registry import router_of, routers
from tests.tiny_encoder import make_encoder, with_tiny_encoder
from warehouse.errors import UserError

WILD = {"rate": 1e30, "epochs": 3}


def setting(plug_in: str, options: dict[str, object]) -> RouterProfile:
    return RouterProfile(name="mine", router=plug_in, options=options)


@pytest.mark.parametrize("n", [1, 60])  # with and without questions to hold out
@pytest.mark.parametrize("name", ["embedllm", "mlp"])
def test_weights_that_are_no_numbers_route_nothing(name, n):
    kind = routers.get(name)
    with pytest.raises(UserError, match="learning went astray"):
        kind(kind.Options.model_validate(WILD)).fit(sample_train(n=n), nobody_listens)


def test_an_encoder_that_is_no_numbers_routes_nothing(tmp_path):
    kind = with_tiny_encoder(routers.get("hybridllm"), make_encoder(tmp_path), **WILD)
    with pytest.raises(UserError, match="learning went astray"):
        kind().fit(sample_train(), nobody_listens)


@pytest.mark.parametrize(
    ("router", "options", "said"),
    [
        ("concertino", {"caution": float("nan")}, "caution has to be a finite number, not nan"),
        ("ridge", {"penalties": [1.0, float("inf")]}, r"penalties\.1 has to be a finite number, not inf"),
        ("guarded", {"router": "mlp", "options": {"rate": float("inf")}}, r"options\.rate has to be a finite number"),
    ],
)
def test_a_knob_is_a_finite_number(router, options, said):
    with pytest.raises(ValueError, match=said):
        setting(router, options)


@pytest.mark.parametrize("router", ["hybridllm-frozen", "hybridllm", "frugalgpt-frozen", "frugalgpt", "routellm"])
def test_a_pair_is_two_models(router):
    with pytest.raises(UserError, match="router 'mine': options: strong and weak are both 'm1'; name two models"):
        router_of(setting(router, {"strong": "m1", "weak": "m1"}))
