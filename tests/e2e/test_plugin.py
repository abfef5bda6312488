"""A foreign package with a source, a scorer and a router: used from a run profile, in forms and on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = '''
from dataclasses import dataclass

import numpy as np

from profiles.schema import Dataset
from tasks.ingest.registry import Batch, Plan, Request, SourceFile, sources
from tasks.ingest.rows import record_frame
from tasks.route.contract import Prediction, Train
from tasks.route.registry import routers
from tasks.score.registry import scorer
from tasks.score.verdict import Item, Verdict, graded

TEXTS = [f"say word{i:02} aloud" for i in range(40)]


@sources.register("echoes")
def echoes(request: Request) -> Plan:
    def read():
        asked = [(text, model) for text in TEXTS for model in ("loud", "quiet")]
        words = [text.split()[1] for text, _ in asked]
        yield Batch(record_frame({
            "row_key": [f"{text}/{model}" for text, model in asked],
            "dataset": ["echo"] * len(asked),
            "variant": ["v1"] * len(asked),
            "source_key": [text for text, _ in asked],
            "text": [text for text, _ in asked],
            "ground_truth": words,
            "model": [model for _, model in asked],
            "response": [word.upper() if model == "loud" else word for word, (_, model) in zip(words, asked)],
        }))

    return Plan((SourceFile("echoes", "1", read),), specifications=(Dataset(match="echo", scorer="shout"),))


@scorer("shout", version="1")
def shout(item: Item) -> Verdict:
    return graded(item.text == (item.ground_truth or "").upper(), item.text)


@dataclass
class LastModel:
    """Always the pool's last model."""

    n_model: int
    parameters = {}

    def predict(self, vectors):
        score = np.tile(np.arange(self.n_model, dtype=float), (len(vectors), 1))
        return Prediction(score, np.full_like(score, np.nan))


@routers.register("last")
class Last:
    def fit(self, train: Train) -> LastModel:
        return LastModel(train.scores.shape[1])
'''
ENTRY_POINTS = """
[concertino.sources]
echoes = concertino_echo
[concertino.scorers]
shout = concertino_echo
[concertino.routers]
last = concertino_echo
broken = no_such_module
"""
PROFILE = """
title: a foreign source, judged by a foreign scorer
source: echoes
datasets: [echo]
pool: POOL
presets: []
routers: [last, knn]
judged_system: last
"""
POOL = """
model_list:
  - model_name: loud
    litellm_params: {model: replay/loud}
  - model_name: quiet
    litellm_params: {model: replay/quiet}
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of processes that find the foreign package installed."""
    site = tmp_path / "site"
    about = site / "concertino_echo-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "concertino_echo.py").write_text(MODULE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: concertino-echo\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "pool.yaml").write_text(POOL)
    (tmp_path / "echo.yaml").write_text(PROFILE.replace("POOL", str(tmp_path / "pool.yaml")))
    return os.environ | {"CONCERTINO_HOME": str(tmp_path / "home"), "PYTHONPATH": str(site)}


def concertino(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("concertino")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400)


@pytest.mark.e2e
def test_a_run_profile_uses_a_foreign_source_scorer_and_router(environment: dict[str, str], tmp_path: Path) -> None:
    done = concertino(environment, "run", str(tmp_path / "echo.yaml"), "--json")
    assert done.returncode == 0, done.stderr
    systems = {system["system"]: system for system in json.loads(done.stdout)["systems"]}
    assert systems["last"]["macro_accuracy"] == 0, (
        "the last model is the quiet one, whom the foreign scorer calls wrong"
    )
    assert systems["best-single"]["macro_accuracy"] == systems["knn"]["macro_accuracy"] == 1
    again = concertino(environment, "evaluate", "--profile", str(tmp_path / "echo.yaml"), "--routers", "last")
    assert again.returncode == 0, again.stderr


@pytest.mark.e2e
def test_names_are_offered_and_a_broken_plug_in_stops_nobody_else(environment: dict[str, str]) -> None:
    code = (
        "import json; from flows.evaluate import evaluate; from flows.ingest import ingest; "
        "print(json.dumps([flow.parameters.model_dump()['properties'] for flow in (evaluate, ingest)]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    evaluate, ingest = json.loads(told.stdout)
    assert evaluate["routers"]["items"]["enum"] == ["avengers", "broken", "knn", "last"]
    assert "echoes" in ingest["source"]["anyOf"][0]["enum"]
    assert "last" in concertino(environment, "evaluate", "--help").stdout
    assert "echoes" in concertino(environment, "ingest", "--help").stdout
    unknown = concertino(environment, "evaluate", "--routers", "lost")
    assert unknown.returncode == 2
    assert unknown.stderr == "concertino: unknown router 'lost'; choose one of: avengers, broken, knn, last\n"
