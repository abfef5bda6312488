import json
from pathlib import Path

import polars as pl
import pytest

from tasks.init.questions import datasets_of, guess_columns, scorer_for
from warehouse.errors import UserError


@pytest.mark.parametrize(
    ("truths", "scorer"),
    [
        (["A", "b", "(C)", "D."], "choice"),
        (["1", "-2.5", "1,200", "$3", "12%", "\\frac{1}{2}"], "math"),
        (["2 + 2 is 4.\n#### 4", "#### 1,200"], "math"),
        (["Paris", "7"], "exact"),
        (['{"name": "Ada", "year": 1815}', ' {"name": "Alan"}\n'], None),
        (["{red, blue}", "{green}"], "exact"),
        ([], None),
    ],
)
def test_the_form_of_the_truths_says_how_to_judge(truths: list[str], scorer: str | None) -> None:
    assert scorer_for(truths) == scorer


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_columns_are_guessed_in_every_format(tmp_path: Path, suffix: str) -> None:
    rows = pl.DataFrame({"ID": [1, 2, 3], "Prompt": ["1 + 1?", "2 + 2?", "3 + 3?"], "answer": ["2", "4", "6"]})
    path = tmp_path / f"sums.{suffix}"
    {"jsonl": rows.write_ndjson, "csv": rows.write_csv, "parquet": rows.write_parquet}[suffix](path)
    columns = guess_columns(path, {})
    assert columns == {"question_id": "ID", "question": "Prompt", "ground_truth": "answer"}
    [asked] = datasets_of(path, columns)
    assert (asked.name, asked.n, asked.n_truth, asked.scorer) == ("sums", 3, 3, "math")


def test_each_dataset_of_a_file_is_judged_its_own_way(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    rows = [
        {"dataset": "letters", "question": "Which?", "ground_truth": "B"},
        {"dataset": "words", "question": "Who?", "ground_truth": "Ada"},
        {"dataset": "code", "question": "Write f.", "tests": ["assert f(1) == 1"], "entry_point": "f"},
        {"dataset": "places", "question": "Which?", "ground_truth": 0, "options": ["x", "y"]},
        {"question": "Why?"},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    found = {one.name: one.scorer for one in datasets_of(path, guess_columns(path, {}))}
    judged = {"letters": "choice", "words": "exact", "code": "python_tests", "places": "choice", "mixed": None}
    assert found == judged


def test_a_file_without_a_question_says_how_to_name_it(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("frage,wahrheit\nWas?,7\n")
    with pytest.raises(UserError, match=r"--column\.question"):
        guess_columns(path, {})
    given = {"question": "frage", "ground_truth": "wahrheit"}
    assert guess_columns(path, given) == given
    assert datasets_of(path, given)[0].scorer == "math"
