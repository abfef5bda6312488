"""The publish flow: page and copy are there, artifacts have their keys, and nothing to show is one clear sentence."""

from pathlib import Path

import duckdb
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from flows.publish import publish
from tasks.report.task import send_verdict
from tests.fill import fill, questions
from tests.sample_run import PROFILE, RUN, land_run
from warehouse.connect import read
from warehouse.settings import settings


def artifacts(flow_run_id: str) -> dict[str, Artifact]:
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
        found = client.read_artifacts(artifact_filter=wanted)
    return {artifact.key or "": artifact for artifact in found}


def test_what_is_not_evaluated_yet_is_published_without_a_page(
    home: Path, prefect_server: None, caplog: pytest.LogCaptureFixture
) -> None:
    fill(question=questions("q1"))
    assert publish(profile=PROFILE).keys() == {"published", "rows"}
    assert f"`concertino run {PROFILE}` does it" in caplog.text
    assert not settings().report.exists()
    with duckdb.connect(str(settings().published), read_only=True) as copy:
        assert copy.execute("select count(*) from question").fetchall() == [(1,)]


def test_publish_writes_page_copy_and_artifacts(home: Path, prefect_server: None) -> None:
    land_run()
    settings().report.parent.mkdir(parents=True)
    settings().report.write_text("the page of yesterday")
    with settings().report.open() as reader:
        summary = publish(profile=PROFILE)
        assert reader.read() == "the page of yesterday", "replaced, not written over"
    assert summary["report"] == str(settings().report)
    page = settings().report.read_text()
    assert RUN in page
    assert (settings().report.parent / f"{RUN}.html").read_text() == page
    assert not list(settings().report.parent.glob("*.tmp"))
    with duckdb.connect(str(settings().published), read_only=True) as copy:
        assert copy.execute("select count(*) from question").fetchall() == [(6,)]
    [flow_run] = read("select flow_run_id from run where flow = 'publish'")["flow_run_id"]
    found = artifacts(flow_run)
    assert {"report-link", "verdict", "pareto", "publish"} <= set(found)
    assert settings().report.with_name(f"{RUN}.html").as_uri() in str(found["report-link"].data)


def test_a_verdict_that_cannot_be_sent_is_reported_not_raised(
    home: Path, prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_run()
    monkeypatch.setenv("CONCERTINO_WEBHOOK_URL", "http://127.0.0.1:9/secret")
    problem = send_verdict(RUN)
    assert problem is not None
    assert "127.0.0.1 could not be reached" in problem
    assert "secret" not in problem
