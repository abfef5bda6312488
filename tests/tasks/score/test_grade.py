"""Every row of the shared cases gets a verdict that its authors want."""

import json
from pathlib import Path

import pytest

from tasks.score.grade import grade_file
from tasks.score.sandbox.run import sandbox_available

CASES = Path(__file__).parents[4] / "shared" / "cases" / "scorers.json"
ARGUED: dict[str, str] = {}  # identifier of a row whose wanted verdict we argue against → why


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside the project")
@pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
def test_the_shared_cases() -> None:
    rows = {row["id"]: row for row in json.loads(CASES.read_text())}
    found = {grade.id: grade for grade in grade_file(CASES)}
    assert found.keys() == rows.keys()
    odd = {
        name: (row["want"], found[name])
        for name, row in rows.items()
        if found[name].verdict not in row["want"]
        or ("want_extracted" in row and found[name].extracted != row["want_extracted"])
    }
    assert odd.keys() == ARGUED.keys(), odd
