import pytest

from tasks.ingest.variants import choose
from warehouse.errors import UserError

FOUND = {("aime", "hybrid"), ("mmlupro", "test"), ("mmlupro", "test_3000"), ("gpqa", "test")}


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["hybrid", "test", "test_3000"], FOUND),
        (["test"], {("mmlupro", "test"), ("gpqa", "test")}),
        (["mmlupro/test_3000"], FOUND - {("mmlupro", "test")}),
        (["test", "mmlupro/test_3000"], {("mmlupro", "test_3000"), ("gpqa", "test")}),
        (["mmlupro/test", "mmlupro/test_3000"], FOUND),
    ],
)
def test_an_explicit_choice_is_taken_as_it_is(wanted: list[str], chosen: set[tuple[str, str]]) -> None:
    assert choose(FOUND, wanted, refuse_clash=True) == chosen


def test_a_clash_without_choice_is_refused_where_it_must_be() -> None:
    with pytest.raises(UserError, match="mmlupro has test, test_3000"):
        choose(FOUND, [], refuse_clash=True)
    with pytest.raises(UserError, match="mmlupro has test, test_3000"):
        choose(FOUND, ["gpqa/test"], refuse_clash=True)
    assert choose(FOUND, [], refuse_clash=False) == FOUND


def test_without_clash_everything_is_taken() -> None:
    single = FOUND - {("mmlupro", "test")}
    assert choose(single, [], refuse_clash=True) == single


@pytest.mark.parametrize("name", ["test_1000", "gpqa/test_3000", "gqpa/test"])
def test_a_variant_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(UserError, match=f"'{name}'; there are aime: hybrid; gpqa: test; mmlupro: test, test_3000"):
        choose(FOUND, [name], refuse_clash=True)
