"""What `rescore` may change of a preset, and how it says no."""

import pytest

from tasks.collaborate.rescore import changed_preset
from warehouse.errors import UserError


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"posterior": "paper"}, "smcs: stop_at needs posterior: agreement; only that states a probability"),
        ({"stop_at": "2"}, "stop_at: Input should be less than or equal to 1"),
        ({"k": "3"}, "'k' cannot be changed without new calls"),
        ({"candidates": "999"}, "preset 'smcs' asks for"),
    ],
)
def test_a_wrong_change_is_told_in_one_plain_sentence(changes: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as told:
        changed_preset("smcs", changes)
    assert str(told.value).startswith(said)
