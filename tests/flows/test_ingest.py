from pathlib import Path

import pytest
from prefect.artifacts import Artifact

from flows.ingest import ingest
from tests.result_tree import record, result
from warehouse.connect import read


@pytest.mark.usefixtures("home", "prefect_server")
def test_the_flow_counts_rows_shows_them_and_registers_the_pool(tmp_path: Path) -> None:
    result(tmp_path / "bench", records=[record(1), record(2, score=None)])
    source = {"source": "llmrouterbench", "path": str(tmp_path / "bench")}
    counts = ingest(**source)
    assert counts["response"] == 2
    assert list(counts.items())[-1] == ("quarantined", 1)
    lineage = read("select stage, n_row from lineage").rows()
    assert [stage for stage, _ in lineage] == ["ingest"]
    assert '"quarantined: null_score": 1' in lineage[0][1]
    providers = dict(read("select provider, count(*) from model group by provider").iter_rows())
    assert providers["llmrouterbench"] == 1
    assert providers["synthetic"] >= 1
    assert read("select count(*) from price where model = 'gpt-5'").item() == 1
    assert "null_score" in str(Artifact.get("ingest"))
    assert "gpt-5" in str(Artifact.get("ingest-coverage"))
    assert ingest(**source)["unchanged files"] == 1


@pytest.mark.usefixtures("home", "prefect_server")
def test_repeated_samples_that_came_as_variants_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = [
        f'{{"dataset": "d", "split": "{split}", "question": "{text}", "model": "m", "response": "x", "score": 1}}\n'
        for split, text in (("run2", "One?"), ("run1", "One?"), ("run1", "Two?"))
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(lines))
    ingest(source="recorded", path=str(path))
    (told,) = [one.getMessage() for one in caplog.records if "several variants" in one.getMessage()]
    assert told.startswith("d: 1 questions stand in several variants (run1, run2) and count once in each")
    caplog.clear()
    assert ingest(source="recorded", path=str(path))["unchanged files"] == 1
    assert "several variants" not in caplog.text  # once is enough
