"""What docs/howto/dataset.md shows: one YAML block and a JSONL file, to a graded row."""

import re
from pathlib import Path

import pytest

from flows.ingest import ingest
from flows.score import score
from warehouse.connect import read

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "dataset.md"


@pytest.mark.usefixtures("prefect_server")
def test_the_pages_block_and_files_end_in_graded_rows(home: Path, tmp_path: Path) -> None:
    page = PAGE.read_text()
    for path, text in re.findall(r"```yaml\n# CONCERTINO_HOME/(\S+)\n(.*?)```", page, re.DOTALL):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    asked, answered = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "capitals.jsonl").write_text(asked)
    (tmp_path / "answers.jsonl").write_text(answered)

    assert ingest(source="questions", path=str(tmp_path / "capitals.jsonl"))["question"] == 2
    ingest(profile="capitals", path=str(tmp_path / "answers.jsonl"))
    score(profile="capitals")

    graded = read("select model, score, extracted from score join response using (response_id) order by model").rows()
    assert graded == [("small", 1.0, "paris"), ("tiny", 0.0, "lyon")]
