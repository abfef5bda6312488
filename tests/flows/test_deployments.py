"""prefect.yaml: a deployment per flow, forms that work untouched, one nightly at a time."""

import asyncio
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

import flows.params

ROOT = Path(__file__).parents[2]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
FLOWS = sorted(path.stem for path in (ROOT / "flows").glob("*.py") if "\n@flow(" in path.read_text())


def test_every_flow_has_one_deployment() -> None:
    assert sorted(deployment["entrypoint"] for deployment in DEPLOYMENTS) == [f"flows.{name}.{name}" for name in FLOWS]


def test_the_nightly_is_first_in_the_list() -> None:
    names = sorted(deployment["name"] for deployment in DEPLOYMENTS)  # as the UI sorts them
    assert len(set(names)) == len(names)
    assert [d["entrypoint"] for d in DEPLOYMENTS if d["name"] == names[0]] == ["flows.nightly.nightly"]


def test_nightly_runs_in_a_named_zone_and_never_twice_at_once() -> None:
    [nightly] = [deployment for deployment in DEPLOYMENTS if "nightly" in deployment["tags"]]
    [schedule] = nightly["schedules"]
    assert ZoneInfo(schedule["timezone"])
    assert nightly["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


@pytest.mark.parametrize(
    ("eve", "wanted"),
    [
        ("2027-03-27 12:00", ["2027-03-28 01:30", "2027-03-29 02:30"]),  # 02:00 to 03:00 is left out
        ("2026-10-24 12:00", ["2026-10-25 02:30", "2026-10-26 02:30"]),  # 02:00 to 03:00 comes twice
    ],
)
def test_a_night_whose_clock_changes_has_one_nightly(eve: str, wanted: list[str]) -> None:
    from prefect.server.schemas.schedules import CronSchedule

    [nightly] = [deployment for deployment in DEPLOYMENTS if "nightly" in deployment["tags"]]
    schedule = CronSchedule.model_validate(nightly["schedules"][0])
    zone = ZoneInfo(nightly["schedules"][0]["timezone"])
    found = asyncio.run(schedule.get_dates(2, datetime.fromisoformat(eve).replace(tzinfo=zone)))
    assert [f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in found] == wanted
    if eve.startswith("2026"):
        assert found[0].utcoffset() == timedelta(hours=2), "the first of the two"


@pytest.mark.parametrize("name", FLOWS)
def test_the_form_has_help_for_every_field_and_works_untouched(name: str) -> None:
    flow = getattr(import_module(f"flows.{name}"), name)
    parameters = flow.parameters.model_dump()
    fields = parameters["properties"]
    assert set(fields) == set(getattr(flows.params, f"{name.capitalize()}Params").model_fields)
    assert not parameters["required"], "Run must work untouched"
    for field, schema in fields.items():
        assert schema.get("description"), f"{name}.{field} has no help"
        assert "default" in schema
    known, another = fields["profile"]["anyOf"]
    assert "demo" in known["enum"]
    assert "enum" not in another, "a profile that is newer than the deployment can be typed"


def test_a_field_that_is_left_blank_is_an_empty_one() -> None:
    blank = flows.params.NightlyParams(run_id="", pool=" ", resume="", baseline="\t")
    assert blank == flows.params.NightlyParams()
    assert flows.params.IngestParams(path="  ", source="") == flows.params.IngestParams()
    assert flows.params.RunParams(profile="").profile == "", "which is no name: a slip never runs the demo"
