from pathlib import Path

import orjson
import pytest
from prefect import flow
from prefect.artifacts import Artifact

from tasks.check.task import gate
from tests.fill import fill, questions
from warehouse.connect import read
from warehouse.errors import ContractViolation


@flow(name="gated")
def _gated(run_id: str) -> None:
    gate("ingest", run_id, ["d"])


def test_a_gate_keeps_shows_and_stops(home: Path, prefect_server: None) -> None:
    fill(question=questions("q1", "q2", ground_truth="A"))
    _gated("r1")
    first = read("select success, n_checked from dq_result where table_name = 'question'").rows()
    assert first == [(True, 2)] * 4
    assert read("select count(*) from quarantine").item() == 0

    fill(question=questions("q3", "q4", text=" ") + questions("q5", ground_truth="B", content_hash="content q1"))
    with pytest.raises(ContractViolation) as caught:
        _gated("r2")
    assert "the gate after ingest is shut: 'every question has a text' fails for 2 of 5 rows" in str(caught.value)
    assert "q3" in str(caught.value)

    failed = read(
        "select expectation, severity, n_unexpected from dq_result where not success order by severity"
    ).rows()
    assert failed == [
        ("every question has a text", "critical", 2),
        ("a question has one truth per dataset", "warning", 1),
    ]
    rejected = "select row_key, table_name, source, reason, run_id from quarantine order by row_key"
    expected = [(key, "question", "gate ingest", "every question has a text", "r2") for key in ("q3", "q4")]
    assert read(rejected).rows() == expected

    with pytest.raises(ContractViolation):
        _gated("r2")
    assert read(rejected).rows() == expected
    assert read("select count(*) from dq_result where run_id = 'r2'").item() == len(first) + 3

    artifact = Artifact.get("dq-ingest")
    assert artifact is not None
    table = orjson.loads(artifact.data)
    assert [row["expectation"] for row in table if not row["holds"]] == [name for name, *_ in failed]
    assert not table[0]["holds"]
