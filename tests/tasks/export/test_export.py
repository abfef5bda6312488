"""Exports: read back by our own sources without a figure changed, and as the other projects' checkers want them."""

import hashlib
import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from flows.evaluate import evaluate
from profiles.load import load_pool, load_run
from profiles.schema import Pool, RunProfile
from tasks.export.export import export
from tasks.ingest.ingest import ingest_source
from tests.fill import fill
from tests.result_tree import record, result
from tests.routing_world import MODELS, SEEDS, make_world
from warehouse.connect import connection, read
from warehouse.errors import UserError
from warehouse.runs import start_run

MODEL = "some/gpt 5"
RUN = RunProfile(
    name="mine", title="mine", source="llmrouterbench", datasets=["gpqa"], pool="two", score_mode="recorded"
)
POOL = Pool(
    name="two", model_list=[{"model_name": m, "litellm_params": {"model": f"replay/{m}"}} for m in (MODEL, "b")]
)
ANSWERS = (
    "select dataset, variant, question.text, prompt, ground_truth, model, response.text as said, finish_reason, score, "
    "prompt_tokens, completion_tokens, cost_usd from response join question using (question_id) "
    "left join score using (response_id) order by model, question.text"
)


@pytest.fixture
def answers(home: Path, tmp_path: Path) -> Path:
    """Two models' answers, with a cost, a token count, a score and a text that nobody knows."""
    for model in (MODEL, "b"):
        records = [record(1), record(2, cost=None, completion_tokens=None), record(3, score=None)]
        result(
            tmp_path / "in",
            model=model.replace("/", "_"),
            model_name=model,
            records=[*records, record(4, raw_output=None)],
        )
    ingest_source("llmrouterbench", str(tmp_path / "in"), {}, "run")
    return tmp_path


@pytest.mark.parametrize(("name", "source"), [("parquet", "recorded"), ("llmrouterbench", "llmrouterbench")])
def test_what_is_exported_is_read_back_as_it_was(
    answers: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str
) -> None:
    before = read(ANSWERS)
    assert before["cost_usd"].null_count() == 2
    counts = export(name, answers / "out", RUN, POOL)
    assert counts == {"files": 2, "answers": len(before)}
    extracted = "select count(extracted) from score where mode = 'recorded'"  # our Parquet does not hold it
    expected = read(extracted).item() if name == "llmrouterbench" else 0
    monkeypatch.setenv("CONCERTINO_HOME", str(answers / "another"))
    ingest_source(source, str(answers / "out"), {}, "run")
    assert read(ANSWERS).rows() == before.rows()
    assert read(extracted).item() == expected


def test_a_question_has_one_index_in_the_files_of_all_models(home: Path, tmp_path: Path) -> None:
    rows = [
        {"model": m, "dataset": "gpqa", "question_id": key, "question": f"q {key}", "response": "A", "score": 1.0}
        for m, keys in ((MODEL, "xyz"), ("b", "yz"))
        for key in keys
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ingest_source("recorded", str(tmp_path / "in.jsonl"), {}, "run")
    export("llmrouterbench", tmp_path / "out", RUN, POOL)
    records = [one for path in (tmp_path / "out").rglob("*.json") for one in json.loads(path.read_text())["records"]]
    assert {(one["index"], one["prompt"]) for one in records} == {(1, "q x"), (2, "q y"), (3, "q z")}


def test_samples_that_no_format_has_a_row_for_are_counted(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"model": "b", "dataset": "gpqa", "question_id": "1", "question": "q", "response": "A"}
    rows = [row | {"split": f"run{at}", "score": at % 2} for at in (1, 2, 3)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ingest_source("recorded", str(tmp_path / "in.jsonl"), {"samples_from_split": True}, "run")
    assert export("parquet", tmp_path / "out", RUN, POOL)["answers"] == 1
    assert "2 further samples of these answers are left out" in caplog.text


def test_no_two_datasets_or_splits_share_a_file(home: Path, tmp_path: Path) -> None:
    pairs = [("gpqa", ""), ("gpqa", "test"), ("gpqa", "te/st"), ("gpqa", "te st"), ("gp qa", "test"), ("gp/qa", "test")]
    row = {"model": "b", "question_id": "1", "question": "q", "response": "A", "score": 1.0}
    rows = [row | {"dataset": dataset, "split": split} for dataset, split in pairs]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ingest_source("recorded", str(tmp_path / "in.jsonl"), {}, "run")
    export("llmrouterbench", tmp_path / "out", RUN.model_copy(update={"datasets": ["*"]}), POOL)
    written = [json.loads(path.read_text()) for path in (tmp_path / "out").rglob("*.json")]
    expected = [("gpqa", "unnamed"), *pairs[1:]]
    assert sorted((one["dataset_name"], one["split"]) for one in written) == sorted(expected)


def test_the_reference_adds_up_what_is_known(answers: Path) -> None:
    """Its loader takes `record.get("cost", 0.0)` and adds: a null there ends it, what is left out counts nothing."""
    export("llmrouterbench", answers / "out", RUN, POOL)
    records = [one for path in (answers / "out").rglob("*.json") for one in json.loads(path.read_text())["records"]]
    for name in ("cost", "prompt_tokens", "completion_tokens"):
        assert None not in [record.get(name, 0) for record in records]
    assert sum("cost" not in record for record in records) == 2
    assert sum(record["score"] is None for record in records) == 2


def test_where_the_verdict_is_the_sources_so_is_what_was_extracted(answers: Path) -> None:
    for mode in ("recorded", "fixed"):
        export("llmrouterbench", answers / mode, RUN.model_copy(update={"score_mode": mode}), POOL)
    [before, after] = [
        [path.read_text() for path in sorted((answers / mode).rglob("*.json"))] for mode in ("recorded", "fixed")
    ]
    assert before == after
    assert '"prediction": "1"' in before[0]


def test_an_answer_without_what_its_source_extracted_is_not_given_what_we_do(answers: Path) -> None:
    [(first,)] = read("select min(response_id) from score where mode = 'recorded'").rows()
    recorded = {"response_id": first, "mode": "recorded", "score": 1.0, "scored_at": datetime(2999, 1, 1)}
    fill(score=[recorded, {"response_id": first, "mode": "fixed", "extracted": "ours"}])
    export("llmrouterbench", answers / "out", RUN, POOL)
    assert not any("ours" in path.read_text() for path in (answers / "out").rglob("*.json"))


def test_every_eval_ever_has_what_its_schema_requires(answers: Path) -> None:
    counts = export("every-eval-ever", answers / "out", RUN, POOL)
    assert counts == {"models": 2, "results": 2, "samples": 4}  # of four answers one has no verdict, one no text
    [aggregate] = [json.loads(one.read_text()) for one in (answers / "out" / "data/mine/some").glob("*/*.json")]
    required = (
        "schema_version evaluation_id retrieved_timestamp source_metadata eval_library model_info evaluation_results"
    )
    assert set(required.split()) <= aggregate.keys()
    assert aggregate["schema_version"] == "0.3.0"
    assert aggregate["model_info"]["id"] == MODEL
    assert {"deployment_type", "model_availability"} <= aggregate["model_info"]["additional_details"].keys()
    [found] = aggregate["evaluation_results"]
    assert {"evaluation_name", "source_data", "metric_config", "score_details"} <= found.keys()
    assert found["score_details"]["score"] == pytest.approx(1 / 3)
    assert found["score_details"]["details"] == {}  # a sum without one of its costs is none
    interval = found["score_details"]["uncertainty"]["confidence_interval"]
    assert interval["lower"] < 1 / 3 < interval["upper"]

    told = aggregate["detailed_evaluation_results"]
    version4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(rf"data/[^/]+/[^/]+/[^/]+/{version4}_samples\.jsonl", told["file_path"])
    content = (answers / "out" / told["file_path"]).read_bytes()
    assert told["checksum"] == hashlib.sha256(content).hexdigest()
    samples = [json.loads(line) for line in content.splitlines()]
    assert len(samples) == told["total_rows"] == 2
    assert [one["sample_id"] for one in samples] == ["1", "2"]
    assert [one["evaluation"] for one in samples] == [
        {"score": 1.0, "is_correct": True},
        {"score": 0.0, "is_correct": False},
    ]
    assert samples[0]["token_usage"] == {"input_tokens": 12, "output_tokens": 34, "total_tokens": 46}
    assert samples[0]["metadata"] == {"cost_usd": "0.25"}
    assert not {"token_usage", "metadata", "performance"} & samples[1].keys()  # unknown is absent, never 0
    assert samples[0]["output"]["raw"] == ["I think it is 1."]
    assert samples[0].get("messages") is None


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"litellm_params": {"model": "openai/gpt-4o"}}, ("openai/gpt-4o", "openai/gpt-4o", None)),
        ({"litellm_params": {"model": "openrouter/q/q3:free"}}, ("q/q3:free", "q/q3_free", "openrouter")),
        ({"litellm_params": {"model": "replay/b"}}, ("unknown/b", "unknown/b", None)),
        ({"litellm_params": {"model": "replay/b"}, "model_info": {"base_model": "q/q3"}}, ("q/q3", "q/q3", None)),
        (
            {"litellm_params": {"model": "azure/mine"}, "model_info": {"base_model": "a/b/c d"}},
            ("a/b/c d", "a/b_c d", None),
        ),
    ],
)
def test_a_model_is_found_below_its_developer(answers: Path, entry: dict[str, object], told: tuple[str, ...]) -> None:
    """`data/COLLECTION/DEVELOPER/MODEL` follows from the identity, else the validator warns, and nothing is merged."""
    pool = Pool.model_validate({"name": "one", "model_list": [{"model_name": "b", **entry}]})
    export("every-eval-ever", answers / "out", RUN, pool)
    [path] = (answers / "out").rglob("*.json")
    about = json.loads(path.read_text())["model_info"]
    assert (about["id"], about.get("inference_platform")) == (told[0], told[2])
    assert path.parent == answers / "out" / "data" / "mine" / told[1]
    assert about["id"] == f"{about['developer']}/{about['name']}"


@pytest.mark.usefixtures("prefect_server")
def test_routerarena_has_a_prediction_for_every_test_question_of_every_router(home: Path, tmp_path: Path) -> None:
    make_world(home)
    with connection("keys of several parts") as con:
        con.execute("update question set source_key = 'a_' || source_key")
    run, pool = load_run("small"), load_pool("small")
    with pytest.raises(UserError, match="no run of profile 'small' is evaluated yet"):
        export("routerarena", tmp_path / "out", run, pool)
    start_run("first", "run", parameters={}, profile="small", seeds=SEEDS, synthetic=True)
    evaluate(profile="small", run_id="first", only="route")
    counts = export("routerarena", tmp_path / "out", run, pool)
    inference = tmp_path / "out" / "router_inference"
    config = json.loads((inference / "config" / "knn.json").read_text())
    assert config == {"pipeline_params": {"router_name": "knn", "models": pool.models}}
    predictions = json.loads((inference / "predictions" / "knn.json").read_text())
    assert counts["predictions"] >= len(predictions) > 0
    assert len({one["global index"] for one in predictions}) == len(predictions)
    for one in predictions:
        assert one.keys() == {"global index", "prompt", "prediction", "generated_result", "cost", "accuracy"}
        assert one["prediction"] in MODELS
        # A key is one of its dataset only, which is read back as all up to the last underscore.
        assert one["global index"].rpartition("_")[0] in {"small-poems", "small-sums"}
        assert {"generated_answer", "success", "token_usage"} <= one["generated_result"].keys()
        assert one["generated_result"]["token_usage"]["total_tokens"] == 1001

    with connection("tokens are unknown") as con:
        con.execute("update response set completion_tokens = null")
    export("routerarena", tmp_path / "uncounted", run, pool)
    [uncounted, *_] = json.loads((tmp_path / "uncounted/router_inference/predictions/knn.json").read_text())
    assert uncounted["generated_result"]["token_usage"].keys() == {"input_tokens"}

    with connection("an answer is lost") as con:
        con.execute("delete from response where model = ?", [predictions[0]["prediction"]])
    export("routerarena", tmp_path / "again", run, pool)
    again = json.loads((tmp_path / "again/router_inference/predictions/knn.json").read_text())
    assert len(again) == len(predictions)  # the checker counts them
    assert again[0] == predictions[0] | {"generated_result": None, "cost": None, "accuracy": None}


def test_nothing_is_written_over_and_nothing_half_written(answers: Path) -> None:
    (answers / "there").mkdir()
    (answers / "there" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        export("parquet", answers / "there", RUN, POOL)
    nobody = Pool(name="nobody", model_list=[{"model_name": "n", "litellm_params": {"model": "replay/n"}}])
    with pytest.raises(UserError, match="there is no answer of pool 'nobody' to gpqa"):
        export("parquet", answers / "out", RUN, nobody)
    with pytest.raises(UserError, match="unknown export format 'csv'"):
        export("csv", answers / "out", RUN, POOL)
    assert sorted(one.name for one in answers.iterdir()) == ["home", "in", "there"]


def test_names_from_files_lead_nowhere_else(answers: Path) -> None:
    evil = "../../evil"
    result(answers / "more", dataset=evil.replace("/", "_"), dataset_name=evil, model="b")
    ingest_source("llmrouterbench", str(answers / "more"), {}, "run")
    export("llmrouterbench", answers / "out", RUN.model_copy(update={"datasets": ["*"]}), POOL)
    assert not (answers.parent / "evil").exists()
    assert {one.relative_to(answers / "out").parts[0] for one in (answers / "out").rglob("*.json")} == {
        "gpqa",
        "_.._evil",
    }
