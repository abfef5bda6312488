import polars as pl
import pytest

from profiles.splits.file import FileOptions, split
from warehouse.errors import UserError


def parts_of(*told: str | None, column: str = "part") -> list[str]:
    questions = pl.DataFrame(
        {
            "dataset": "sums",
            "variant": "dev",
            "source_key": [str(at) for at in range(len(told))],
            "content_hash": [str(at) for at in range(len(told))],
            "metadata": pl.Series(told, dtype=pl.String),
        }
    )
    return split(questions, 0, FileOptions(column=column)).tolist()


def test_words_of_the_field_are_understood() -> None:
    said = ["train", " Training", "VAL", "valid", "dev", "validation", "test"]
    expected = ["train"] * 2 + ["validation"] * 4 + ["test"]
    assert parts_of(*[f'{{"part": "{word}"}}' for word in said]) == expected
    assert parts_of('{"fold": "test"}', column="fold") == ["test"]
    assert parts_of(None, column="split") == ["validation"], "a file's split column is the question's variant"


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["null", '{"part": ""}', '{"part": "test"}'], "2 of 3 questions, such as 0 of sums, have no part in 'part'"),
        (['{"part": "holdout"}'], "'part' of question 0 of sums says 'holdout'; it must say train, validation or test"),
        (['{"part": ["test"]}'], r"says '\['test'\]'"),
    ],
)
def test_a_question_without_a_part_is_named(told: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parts_of(*told)
