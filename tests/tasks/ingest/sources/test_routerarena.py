"""RouterArena's prediction files: what was not generated or judged is unknown."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest.ingest import ingest_source
from warehouse.connect import read
from warehouse.errors import UserError

pytestmark = pytest.mark.usefixtures("home")


def prediction(index: str, model: str, **given: Any) -> dict[str, Any]:
    usage = {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    return {
        "global index": index,
        "prompt": f"What is {index}?",
        "prediction": model,
        "generated_result": {"generated_answer": f"{model} says", "success": True, "token_usage": usage},
        "cost": 0.002,
        "accuracy": 1.0,
    } | given


def put(folder: Path, name: str, rows: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(rows))


def test_predictions_arrive_as_answers_of_the_chosen_models(tmp_path: Path) -> None:
    failed = {"generated_answer": "", "success": False, "token_usage": None, "error": "timeout"}
    rows = [
        prediction("AIME_1", "a"),
        prediction("AIME_2", "b", accuracy=None, cost=1e300),
        prediction("Geo_Quiz_7", "b", generated_result=failed, accuracy=0.0),
        prediction("AIME_3", "a", generated_result=None, accuracy=None),
    ]
    put(tmp_path / "predictions", "mine.json", rows)
    put(tmp_path / "predictions", "mine-robustness.json", [prediction("AIME_1", "a", prompt="altered")])
    put(tmp_path / "config", "mine.json", {"pipeline_params": {"router_name": "mine", "models": ["a", "b"]}})
    found = ingest_source("routerarena", str(tmp_path), {}, "run")
    assert found.quarantined == {"null_score": 1}
    assert found.notes["odd_number"] == 1
    assert read(
        "select dataset, source_key, model, response.text, score, cost_usd, completion_tokens from response "
        "join question using (question_id) left join score using (response_id) order by source_key"
    ).rows() == [
        ("AIME", "AIME_1", "a", "a says", 1.0, 0.002, 3),
        ("AIME", "AIME_2", "b", "b says", None, None, 3),
        ("Geo_Quiz", "Geo_Quiz_7", "b", "", 0.0, 0.002, None),
    ]
    assert read("select count(*) from question").item() == 4, "the one nobody answered is there"


def test_what_was_not_counted_is_unknown(tmp_path: Path) -> None:
    """As RouterArena writes a failed call; rows for its optimality score are answers as others are."""
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    failed = {"generated_answer": "", "success": False, "token_usage": usage, "provider": None, "error": "timeout"}
    rows = [
        prediction("AIME_1", "a", generated_result=failed, cost=0.0, accuracy=0.0),
        prediction("AIME_1", "b", for_optimality=True),
    ]
    put(tmp_path, "mine.json", rows)
    ingest_source("routerarena", str(tmp_path), {}, "run")
    told = "model, text, score, cost_usd, prompt_tokens, completion_tokens"
    assert read(f"select {told} from response join score using (response_id) order by model").rows() == [
        ("a", "", 0.0, None, None, None),
        ("b", "b says", 1.0, 0.002, 12, 3),
    ]


def test_what_the_export_writes_comes_back(tmp_path: Path) -> None:
    put(tmp_path, "mine.json", [prediction("7", "a", global_index=None)])
    ingest_source("routerarena", str(tmp_path / "mine.json"), {}, "run")
    assert read("select dataset, source_key from question").rows() == [("routerarena", "7")]


def test_a_folder_without_predictions_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "config", "mine.json", {})
    with pytest.raises(UserError, match="has none; give router_inference/predictions"):
        ingest_source("routerarena", str(tmp_path), {}, "run")
