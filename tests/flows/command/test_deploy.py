"""prefect.yaml: its deployments on a server, in one pool or another; and the files that containers are made of."""

import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.local_servers import free_port
from warehouse.errors import UserError

ROOT = Path(__file__).parents[3]
GIVEN: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text())


def test_prefect_itself_can_read_the_file() -> None:
    from prefect.cli.deploy._models import PrefectYamlModel

    assert len(PrefectYamlModel.model_validate(GIVEN).deployments) == len(GIVEN["deployments"])


@pytest.mark.usefixtures("prefect_server")
def test_deployments_move_to_the_pool_that_is_named_and_stay_where_none_is(home: Path, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.command.deploy import deploy

    def place() -> tuple[str | None, dict[str, Any]]:
        with get_client(sync_client=True) as client:
            found = client.read_deployment_by_name("score/judge-answers")
            return found.work_pool_name, found.job_variables

    file = tmp_path / "prefect.yaml"
    pools = {"process": {"name": "mine", "job_variables": {"working_dir": "/srv"}}, "no-such-type": {"name": "none"}}
    [score] = [one for one in GIVEN["deployments"] if one["name"] == "judge-answers"]
    file.write_text(yaml.safe_dump({"definitions": GIVEN["definitions"], "deployments": [score]}))
    deploy(file)
    assert place() == ("concertino", {})
    file.write_text(yaml.safe_dump({"definitions": {"pools": pools}, "deployments": [score]}))
    deploy(file, "process")
    assert place() == ("mine", {"working_dir": "/srv"})
    deploy(file)
    assert place() == ("mine", {"working_dir": "/srv"}), "what is there stays where it is"
    with pytest.raises(UserError, match="unknown type of work pool 'vm'; choose one of: no-such-type, process"):
        deploy(file, "vm")
    with pytest.raises(UserError, match="type no-such-type needs Prefect's package"):
        deploy(file, "no-such-type")
    pools["docker"] = {"name": "mine", "job_variables": {}}
    file.write_text(yaml.safe_dump({"definitions": {"pools": pools}, "deployments": [score]}))
    with pytest.raises(
        UserError, match=r"pool mine is of type process, not docker; .* `prefect work-pool delete mine`"
    ):
        deploy(file, "docker")
    assert place() == ("mine", {"working_dir": "/srv"}), "nothing is moved to a pool that cannot run it"


@pytest.mark.usefixtures("prefect_server")
def test_a_parameter_that_no_flow_has_is_refused_by_the_server(home: Path) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError

    from flows.command.deploy import deploy

    deploy(ROOT / "prefect.yaml")
    with get_client(sync_client=True) as client:
        there = client.read_deployment_by_name("score/judge-answers").id
        with pytest.raises(PrefectHTTPStatusError, match="'resore' was unexpected"):
            client.create_flow_run_from_deployment(there, parameters={"resore": True})


def test_a_server_that_cannot_be_used_is_one_sentence_without_its_password(home: Path) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.command.deploy import deploy

    for host in ("127.0.0.1:1", "none.invalid"):
        with (
            temporary_settings({PREFECT_API_URL: f"http://me:s3cret@{host}/api"}),
            pytest.raises(
                UserError, match=f"^the Prefect server at http://{host}/api cannot be used .*; start it"
            ) as told,
        ):
            deploy(ROOT / "prefect.yaml")
        assert "s3cret" not in str(told.value)
    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(UserError, match="set PREFECT_API_URL"):
        deploy(ROOT / "prefect.yaml")
    with pytest.raises(UserError, match=r"there is no file .*none\.yaml"):
        deploy(ROOT / "none.yaml")


def test_what_it_cannot_use_is_one_sentence_and_exit_code_2(home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "flows.command.deploy", "none.yaml"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "concertino: there is no file none.yaml; name the checkout's prefect.yaml\n"


def test_containers_run_as_nobody_special_and_hold_no_password() -> None:
    image = (ROOT / "Dockerfile").read_text()
    assert [line.split()[1] for line in image.splitlines() if line.startswith("USER")] == ["concertino"]
    assert "bubblewrap" in image
    given: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    services: dict[str, dict[str, Any]] = given["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys(), name
        assert {volume.partition(":")[0] for volume in service.get("volumes", ())} <= given["volumes"].keys(), name
        assert "user" not in service, name
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable or "SECRET" in variable:
                assert re.fullmatch(r"\$\{\w+:\?.*\}", value), f"{name}: {variable} has to come from outside"
    assert [services[name]["deploy"]["replicas"] for name in ("worker", "dask-worker")] == [2, 2]


def test_a_service_of_the_containers_answers_where_links_to_report_pages_point(tmp_path: Path) -> None:
    given: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    services, link = given["services"], given["services"]["worker"]["environment"]["CONCERTINO_REPORT_URL"]
    inside = link.rpartition(":")[2]
    assert services["pages"]["ports"] == [f"127.0.0.1:{inside}:{inside}"]
    port = free_port()
    place = {"python": sys.executable, inside: str(port), "/data/report": str(tmp_path)}
    (tmp_path / "run.html").write_text("<p>a run</p>")
    with subprocess.Popen([place.get(word, word) for word in services["pages"]["command"]]) as process:
        try:
            for _ in range(100):
                with suppress(httpx.ConnectError):
                    assert httpx.get(f"http://127.0.0.1:{port}/run.html").text == "<p>a run</p>"
                    break
                time.sleep(0.1)
            else:
                pytest.fail("nothing answers")
        finally:
            process.terminate()


def test_a_request_to_storage_is_tried_as_often_as_the_containers_say(monkeypatch: pytest.MonkeyPatch) -> None:
    session = pytest.importorskip("botocore.session", reason="s3fs is not installed: pip install -e '.[storage]'")
    given: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    told = given["services"]["worker"]["environment"]
    for name in ("AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, told[name])
    retries = session.get_session().create_client("s3").meta.config.retries
    assert retries == {"mode": told["AWS_RETRY_MODE"], "total_max_attempts": int(told["AWS_MAX_ATTEMPTS"])}


def test_what_the_image_copies_is_in_the_build_context() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(names) == sorted(allowed)
    assert all((ROOT / name).exists() for name in names)


def test_a_container_of_the_docker_pool_finds_the_services_and_the_home() -> None:
    given: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    pools = yaml.safe_load((ROOT / "prefect.yaml").read_text())["definitions"]["pools"]
    job, name = pools["docker"]["job_variables"], given["name"]
    assert job["networks"] == [f"{name}_default"]
    assert job["volumes"] == [f"{name}_{given['x-concertino']['volumes'][0]}"]
    assert job["env"]["PREFECT_API_URL"] == given["x-concertino"]["environment"]["PREFECT_API_URL"]
    assert job["image"] == given["x-concertino"]["image"]
