import pytest

from profiles.splits.leave_dataset_out import leave_out
from warehouse.errors import UserError

GROUPS = ["sums", "poems", "code", "poems", "essays"]


def test_named_groups_are_tested_and_the_others_learned_from() -> None:
    assert leave_out("dataset", GROUPS, 7, ["poem*"], ["*"]).tolist() == ["train", "test", "train", "test", "train"]
    some = leave_out("dataset", GROUPS, 7, ["poems"], ["sums", "poems"]).tolist()
    assert some == ["train", "test", "excluded", "test", "excluded"], "what is tested is not learned from"


def test_without_names_every_seed_leaves_out_another() -> None:
    tested = [set(np_at(leave_out("dataset", GROUPS, seed, [], ["*"]))) for seed in range(5)]
    assert tested == [{2}, {4}, {1, 3}, {0}, {2}]


def np_at(parts) -> list[int]:  # type: ignore[no-untyped-def]
    return [at for at, part in enumerate(parts) if part == "test"]


def test_a_glob_that_matches_nothing_is_named() -> None:
    with pytest.raises(UserError, match=r"no dataset is like 'poets'; there are: code, essays, poems, sums"):
        leave_out("dataset", GROUPS, 0, ["sums", "poets"], ["*"])


def test_one_group_cannot_be_left_out() -> None:
    with pytest.raises(UserError, match="all questions are of one category, tools"):
        leave_out("category", ["tools", "tools"], 0, [], ["*"])
