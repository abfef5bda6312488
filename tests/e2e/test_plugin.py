"""A foreign package made of what docs/howto shows: used from a run profile, in forms and on the command line."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "howto"
PROFILE = """
title: a foreign source, judged by a foreign scorer
source: tabs
path: HERE/answers.tsv
datasets: [echo]
pool: HERE/pool.yaml
presets: []
routers: [steady, HERE/steady-best.yaml, knn]
judged_system: steady
splitter: newest
split_options: {test_share: 0.25}
"""
POOL = """
model_list:
  - model_name: quiet
    litellm_params: {model: replay/quiet}
  - model_name: loud
    litellm_params: {model: replay/loud}
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of processes that find the foreign package installed, whose folder also has a run profile."""
    about = tmp_path / "site" / "my_package-1.0.dist-info"
    (tmp_path / "site" / "my_package").mkdir(parents=True)
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    lines = []
    for page in ("analysis", "baseline", "metric", "router", "scorer", "source", "splitter"):
        text = (PAGES / f"{page}.md").read_text()
        [(file, code)] = re.findall(r"```python\n# (my_package/\w+\.py)\n(.*?)```", text, re.DOTALL)
        (tmp_path / "site" / file).write_text(code)
        [block] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
        for group, names in tomllib.loads(block)["project"]["entry-points"].items():
            lines += [f"[{group}]", *(f"{name} = {value}" for name, value in names.items())]
    (about / "entry_points.txt").write_text("\n".join([*lines, "[concertino.routers]", "broken = no_such_module"]))
    asked = [(f"say word{i:02} aloud", f"word{i:02}") for i in range(40)]
    answers = [
        (*one, one[1].upper() if model == "loud" else one[1], model) for one in asked for model in ("quiet", "loud")
    ]
    rows = ["\t".join((model, text, truth, answer)) for text, truth, answer, model in answers]
    (tmp_path / "answers.tsv").write_text("\n".join(rows))
    (tmp_path / "pool.yaml").write_text(POOL)
    (tmp_path / "steady-best.yaml").write_text("router: steady\noptions: {quantile: 1}\n")
    (tmp_path / "echo.yaml").write_text(PROFILE.replace("HERE", str(tmp_path)))
    return os.environ | {"CONCERTINO_HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path / "site")}


def concertino(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("concertino")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900)


@pytest.mark.e2e
def test_a_run_profile_uses_a_foreign_source_scorer_and_router(environment: dict[str, str], tmp_path: Path) -> None:
    profile = str(tmp_path / "echo.yaml")
    done = concertino(environment, "run", profile, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    compared = [*told["systems"], *told["references"]]
    accuracy = {system["system"]: system["macro_accuracy"] for system in compared}
    worst = {one["system"]: one["value"] for one in told["metrics"] if one["metric"] == "worst_dataset"}
    assert worst == accuracy, "there is one dataset, and the foreign metric is of the worst"
    assert accuracy["random"] == 0.5, "the foreign scorer calls the quiet model wrong"
    assert accuracy["steady"] == accuracy["steady-best"] == accuracy["knn"] == 1
    assert accuracy["first"] == 0, "the foreign baseline asks the quiet model"
    parts = concertino(environment, "sql", "select part, count(*) as n from split group by part order by n", "--json")
    assert json.loads(parts.stdout) == [{"part": "test", "n": 10}, {"part": "train", "n": 30}], parts.stderr
    (tmp_path / "quiet.yaml").write_text(POOL.partition("  - model_name: loud")[0])
    (tmp_path / "compat.yaml").write_text(
        Path(profile).read_text().replace("pool.yaml", "quiet.yaml").replace("[steady, knn]", "[]")
        + "score_mode: compat\n"
    )
    done = concertino(environment, "run", str(tmp_path / "compat.yaml"), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["score_mode"] == "compat"
    assert {one["macro_accuracy"] for one in told["systems"]} == {1}, "by its own rule the quiet model is right"
    again = concertino(environment, "evaluate", "--profile", profile, "--routers", "steady, knn", "--json")
    assert again.returncode == 0, again.stderr
    assert {"steady", "knn"} <= {one["system"] for one in json.loads(again.stdout)["systems"]}


@pytest.mark.e2e
def test_names_are_offered_and_a_broken_plug_in_stops_nobody_else(environment: dict[str, str]) -> None:
    code = (
        "import json; from flows.evaluate import evaluate; from flows.ingest import ingest; "
        "print(json.dumps([flow.parameters.model_dump()['properties'] for flow in (evaluate, ingest)]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    evaluate, ingest = json.loads(told.stdout)
    names = evaluate["routers"]["items"]["enum"]
    assert names == sorted(names)
    assert {"avengers", "broken", "knn", "steady"} <= set(names)
    assert "tabs" in ingest["source"]["anyOf"][0]["enum"]
    assert "steady" in concertino(environment, "evaluate", "--help").stdout
    assert "tabs" in concertino(environment, "ingest", "--help").stdout
    unknown = concertino(environment, "evaluate", "--routers", "lost")
    assert unknown.returncode == 2
    assert unknown.stderr == f"concertino: unknown router 'lost'; choose one of: {', '.join(names)}\n"
