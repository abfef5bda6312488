"""prefect.yaml: a deployment per flow, forms that work untouched, one nightly at a time."""

from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
NOT_FLOWS = {
    "__init__", "cli", "console", "doctor", "environment", "live_commands", "params", "show", "show_live", "stage",
    "stage_commands", "up",
}  # fmt: skip
FLOWS = sorted(path.stem for path in (ROOT / "flows").glob("*.py") if path.stem not in NOT_FLOWS)


def test_every_flow_has_one_deployment() -> None:
    assert sorted(deployment["entrypoint"] for deployment in DEPLOYMENTS) == [f"flows.{name}.{name}" for name in FLOWS]


def test_nightly_runs_in_a_named_zone_and_never_twice_at_once() -> None:
    [nightly] = [deployment for deployment in DEPLOYMENTS if deployment["name"] == "nightly"]
    [schedule] = nightly["schedules"]
    assert ZoneInfo(schedule["timezone"])
    assert nightly["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


@pytest.mark.parametrize("name", FLOWS)
def test_the_form_has_help_for_every_field_and_works_untouched(name: str) -> None:
    flow = getattr(import_module(f"flows.{name}"), name)
    parameters = flow.parameters.model_dump()
    assert "params" not in parameters.get("required", []), "Run must work untouched"
    [model] = [definition for definition in parameters["definitions"].values() if "profile" in definition["properties"]]
    for field, schema in model["properties"].items():
        assert schema.get("description"), f"{name}.{field} has no help"
        assert "default" in schema or field not in model.get("required", [])
    assert "demo" in model["properties"]["profile"]["enum"]
    assert flow.flow_run_name == f"{name}-{{params.profile}}"
