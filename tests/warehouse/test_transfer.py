"""The warehouse as Parquet and back, equal row for row."""

import json
from pathlib import Path

import polars as pl
import pytest

from flows.command.app import app
from tests.fill import fill, questions, response, score
from tests.local_servers import postgres
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.settings import settings
from warehouse.transfer import export_warehouse, import_warehouse

TABLES = "select table_name from duckdb_tables() where table_name <> 'migration'"


def everything() -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(read(f"select * from {name}").rows(), key=repr) for (name,) in read(TABLES).rows()}


def test_an_export_has_what_a_killed_process_paid_for(home: Path) -> None:
    (journal := home / "landing" / "journal").mkdir(parents=True)
    call = {"call_id": "c", "request_key": "k", "run_id": "r", "purpose": "answer", "asked_model": "m", "attempt": 1}
    (journal / "dead.jsonl").write_text(
        json.dumps(["call", call | {"cost_usd": 0.1, "started_at": "2026-11-28"}]) + "\n"
    )
    app(["warehouse", "export", "night"], exit_on_error=False, print_error=False, result_action="return_value")
    found = pl.read_parquet(home / "exports" / "night" / "call.parquet")
    assert found.select("call_id", "cost_usd").rows() == [("c", 0.1)]


def other_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_HOME", str(tmp_path / "other"))


def test_an_export_on_shared_storage_fills_an_empty_home_elsewhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONCERTINO_STORAGE", (tmp_path / "shared").as_uri())
    vector = {"embedder": "made", "text_hash": "t", "vector": [0.1, 2.0, -3e-9]}
    fill(question=questions("q1", "ü\n"), embedding=[vector])
    before = everything()
    assert before["question"]
    app(
        ["warehouse", "export", "night", "--json"], exit_on_error=False, print_error=False, result_action="return_value"
    )
    assert json.loads(capsys.readouterr().out)["rows"] == sum(map(len, before.values()))
    with pytest.raises(UserError, match="night already; give another name"):
        export_warehouse("night")
    with pytest.raises(UserError, match="the warehouse has rows already"):
        import_warehouse("night")
    other_home(tmp_path, monkeypatch)
    import_warehouse("night")
    assert everything() == before


def test_what_a_file_held_fills_an_empty_lake(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("duckdb_extension_ducklake", reason="the extra `lake` is not installed")
    pytest.importorskip("psycopg", reason="the extra `lake` is not installed")
    monkeypatch.setenv("CONCERTINO_STORAGE", (tmp_path / "shared").as_uri())
    fill(question=questions("q1"), response=[response("a1", "q1")], score=[score("a1", None)])
    before = everything()
    export_warehouse("night")
    other_home(tmp_path, monkeypatch)
    with postgres("made-up") as address:
        port = address.rpartition(":")[2].partition("/")[0]
        monkeypatch.setenv("PGPASSWORD", "made-up")
        there = f"dbname=postgres host=127.0.0.1 port={port} user=prefect"
        monkeypatch.setenv("CONCERTINO_WAREHOUSE", f"ducklake:postgres:{there}")
        import_warehouse("night")
        assert everything() == before
        with pytest.raises(UserError, match=r"has rows already .*CONCERTINO_WAREHOUSE to an empty database"):
            import_warehouse("night")


def test_what_is_damaged_or_of_another_version_fills_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(question=questions("q1"))
    folder, counts = export_warehouse("night")
    other_home(tmp_path, monkeypatch)
    with pytest.raises(UserError, match=r"there is no export .*night"):
        import_warehouse("night")
    with pytest.raises(UserError, match="without a path"):
        import_warehouse("../home/exports/night")
    (there := settings().root / "exports").mkdir(parents=True)
    folder = folder.rename(there / "night")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"rows": counts | {"question": 2}}))
    with pytest.raises(UserError, match="other rows than were written"):
        import_warehouse("night")
    (folder / "manifest.json").write_text(json.dumps(manifest | {"migrations": {"0001_first": "x"}}))
    with pytest.raises(UserError, match="of another version"):
        import_warehouse("night")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    whole = (folder / "question.parquet").read_bytes()
    (folder / "question.parquet").write_bytes(whole[:20])
    with pytest.raises(UserError, match="is damaged"):
        import_warehouse("night")
    assert not any(everything().values())
    (folder / "question.parquet").write_bytes(whole)
    assert import_warehouse("night")["question"] == 1
