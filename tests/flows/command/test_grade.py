"""`concertino grade`: verdict, extracted answer and why of rows, without warehouse, Prefect or LiteLLM."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.command.grade import grade
from warehouse.errors import UserError

ROWS = """\
{"id": 7, "scorer": "math", "text": "So it is \\\\boxed{4}.", "truth": 4}
{"scorer": "choice", "text": "The answer is (A).", "truth": "B"}

no JSON
{"scorer": "no-such", "text": "x", "truth": "y"}
{"scorer": "math", "truth": "4"}
{"scorer": "json_answer", "text": "{\\"answer\\": 3}", "truth": "3", "options": {"compare": "no-such"}}
{"scorer": "choice", "text": "The answer is (A).", "truth": "B", "metadata": [1]}
{"scorer": "choice", "text": "The answer is (A).", "truth": null}
{"scorer": "exact", "text": "Paris", "truth": " "}
"""


def _ends(file: Path, **options: bool) -> int:
    try:
        grade(file, **options)
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\ufeff" + ROWS)
    return path


def test_a_bad_row_costs_itself_by_a_named_reason(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ends(file, json=True) == 3
    found = {row["line"]: row for row in json.loads(capsys.readouterr().out)}
    first = {"line": 1, "id": "7", "scorer": "math", "verdict": "correct", "score": 1.0, "extracted": "4", "why": None}
    assert found[1] == first
    assert (found[2]["verdict"], found[2]["extracted"], found[2]["score"]) == ("wrong", "A", 0.0)
    for line in (9, 10):
        assert (found[line]["verdict"], found[line]["score"]) == ("unjudged", None)
    refused = {line: row["why"] for line, row in found.items() if row["verdict"] is None}
    assert refused.keys() == {4, 5, 6, 7, 8}
    for line, words in {4: "not a JSON object", 5: "choose one of: arc_grid", 6: "`text` is missing"}.items():
        assert words in refused[line]
    assert "option 'compare'" in refused[7]
    assert "must be JSON objects" in refused[8]


def test_a_person_gets_a_line_per_row(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ends(file) == 3
    *rows, missing = capsys.readouterr().out.splitlines()
    assert len(rows) == 9
    assert rows[0].split() == ["1", "math", "correct", "4"]
    assert missing == "MISSING  5 of 9 rows could not be graded"


def test_an_array_of_rows_is_read_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([json.loads(line) for line in ROWS.splitlines()[:2]]))
    assert _ends(path) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), ("", "holds no rows"), ("\n", "holds no rows"), ("x", "no row of"), ("\0\1", "no row of")],
)
def test_where_nothing_can_be_graded_one_sentence_says_so(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=words):
        grade(path)


def test_neither_warehouse_nor_prefect_nor_litellm_is_needed(file: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from flows.command.app import app\n"
        f"try: app(['grade', {str(file)!r}, '--json'])\n"
        "finally: print(sorted({'prefect', 'litellm', 'duckdb', 'torch'} & set(sys.modules)), file=sys.stderr)"
    )
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={"CONCERTINO_HOME": str(home), "PATH": ""},
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stderr.strip()) == (3, "[]"), done.stderr
    assert not home.exists()
