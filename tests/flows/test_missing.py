"""Recorded answers with holes, from a file to the leaderboard; no router and no preset, so that nothing is embedded."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from flows.command.app import app
from flows.command.console import print_result
from flows.evaluate import evaluate
from flows.ingest import ingest
from flows.run import run
from tasks.measure.result import RunResult, load_result
from tests.small_world import EMBEDDER
from warehouse.connect import read
from warehouse.errors import UserError
from warehouse.identity import text_hash
from warehouse.writer import land

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "route"
pytestmark = pytest.mark.usefixtures("home")


def evaluated(profiles: Path, answers: Path, models: list[str], **settings: object) -> RunResult:
    """What a file of recorded answers says of a pool of these models."""
    profile = described(profiles, answers, models, **settings)
    ingest(profile=profile)
    evaluate(profile=profile, resamples=200)
    newest = "select run_id from run where flow = 'evaluate' order by started_at desc limit 1"
    return load_result(read(newest).item())


def described(profiles: Path, answers: Path, models: list[str], **settings: object) -> str:
    """Write a run profile of recorded answers and its pool; the profile's path."""
    entries = [{"model_name": model, "litellm_params": {"model": f"replay/{at}"}} for at, model in enumerate(models)]
    run = {
        "title": "t",
        "source": "recorded",
        "path": str(answers),
        "datasets": ["*"],
        "verdict": "recorded",
        "pool": str(profiles / "pool.yaml"),
        "presets": [],
        "routers": [],
        **settings,
    }
    (profiles / "pool.yaml").write_text(yaml.safe_dump({"model_list": entries}))
    (profiles / "run.yaml").write_text(yaml.safe_dump(run))
    return str(profiles / "run.yaml")


def put(path: Path, cells: list[tuple[str, str, int]], response: str | None = "so") -> Path:
    """Write recorded answers, each given as (dataset, model, question); one cost is not known."""
    pl.DataFrame(
        [
            {
                "dataset": dataset,
                "split": "t",
                "question_id": str(at),
                "question": f"What is {dataset} {at}?",
                "model": model,
                "response": response,
                "score": float((at + len(model)) % 3 > 0),
                "cost_usd": None if (model, at) == ("m1", 0) else 0.01,
            }
            for dataset, model, at in cells
        ],
        infer_schema_length=None,
    ).write_ndjson(path)
    return path


def embed_in_turns(dataset: str, n: int) -> None:
    """Give a dataset's questions one of two vectors, so that no model is loaded."""
    vectors = np.eye(2, 384, dtype=np.float32)[[at % 2 for at in range(n)]].tolist()
    texts = [text_hash(f"What is {dataset} {at}?") for at in range(n)]
    land("embedding", pl.DataFrame({"embedder": EMBEDDER, "text_hash": texts, "vector": vectors}))


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project")
@pytest.mark.parametrize("name", ["surv", "surw"])
def test_a_model_that_answered_half_is_compared_on_what_all_answered(name: str, tmp_path: Path) -> None:
    result = evaluated(tmp_path, CASES / f"{name}.jsonl", ["steady", "half-missing"])
    assert {line.n for line in result.systems} == {result.n_questions}
    assert 0 < result.n_questions < (result.n_expected or 0)
    best, top = result.system("best-single"), result.system("oracle")
    assert best is not None
    assert top is not None
    assert (best.macro_accuracy or 0) <= (top.macro_accuracy or 0)
    assert (best.ci_low or 0) < 0.9, "few questions prove little"


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project")
def test_models_of_which_next_to_nothing_is_known_are_named_and_take_no_question_away(tmp_path: Path) -> None:
    models = ["模型/七B", "openai/gpt-4o:free", "Llama 3.1 (8B)", "m\"q'uote, comma"]
    result = evaluated(tmp_path, CASES / "miss_first.jsonl", models)
    assert result.n_questions == result.n_expected == 13
    assert [gap.name for gap in result.gaps if gap.kind == "model"] == ["Llama 3.1 (8B)", "模型/七B"]


def test_a_vote_over_answers_without_words_is_absent_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [("d", model, at) for model in ("m1", "m2", "m3") for at in range(40)]
    result = evaluated(tmp_path, put(tmp_path / "scores.jsonl", cells, response=None), ["m1", "m2", "m3"])
    assert result.system("majority") is None
    assert result.system("best-single") is not None
    assert [(gap.kind, gap.name) for gap in result.gaps] == [("baseline", "majority")]
    for form in ([], ["--json"]):  # named, and no failure: exit code 0
        app(["evaluate", "--profile", str(tmp_path / "run.yaml"), *form], result_action="return_value")
        assert "majority" in capsys.readouterr().out
        assert print_result(result.run_id, as_json=bool(form)) == (True, None)
        assert "words of these answers were never recorded" in " ".join(capsys.readouterr().out.split())


def test_a_cascade_over_answers_without_words_is_shown_and_not_missing(tmp_path: Path) -> None:
    cells = [("d", model, at) for model in ("m1", "m22", "m333") for at in range(60)]
    answers = put(tmp_path / "scores.jsonl", cells, response=None)
    embed_in_turns("d", 60)
    result = evaluated(tmp_path, answers, ["m1", "m22", "m333"], routers=["frugalgpt-frozen"])
    shown = result.system("frugalgpt-frozen")
    assert shown is not None
    assert (shown.calls_per_question or 0) > 1
    assert [gap.name for gap in result.gaps] == ["majority"]


def test_a_dataset_without_a_test_question_and_a_voter_without_words_are_named(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    small = [f"small-{at}" for at in range(6)]  # one question each: most are not in the test part
    for name, models, response in (("words", ["m1", "m2"], "so"), ("scores", ["m3"], None)):
        cells = [("d", model, at) for model in models for at in range(40)]
        put(
            tmp_path / "tree" / f"{name}.jsonl",
            cells + [(one, model, 0) for one in small for model in models],
            response,
        )
    result = evaluated(tmp_path, tmp_path / "tree", ["m1", "m2", "m3"])
    assert result.n_questions == result.n_expected
    untested = [gap.name for gap in result.gaps if "in the test part" in gap.reason]
    assert untested
    assert set(untested) < set(small)
    assert ("majority", True) in [(gap.name, "without those of m3" in gap.reason) for gap in result.gaps]


def test_a_model_without_a_test_answer_is_named_instead_of_the_split(tmp_path: Path) -> None:
    answers = put(tmp_path / "answers.jsonl", [("d", model, at) for model in ("m1", "m2", "m3") for at in range(20)])
    parts = pl.read_ndjson(answers).with_columns(
        part=pl.when(pl.col("question_id").cast(int) < 12).then(pl.lit("train")).otherwise(pl.lit("test"))
    )
    parts.filter((pl.col("model") != "m3") | (pl.col("part") == "train")).write_ndjson(answers)
    with pytest.raises(UserError, match="of the test part of seed 0 has a verdict of every model, and m3 has none"):
        evaluated(tmp_path, answers, ["m1", "m2", "m3"], splitter="file")
    result = evaluated(tmp_path, answers, ["m1", "m2", "m3"], splitter="file", missing="drop")
    assert (result.n_questions, [gap.name for gap in result.gaps]) == (8, ["m3"])


def test_groups_that_share_nothing_are_refused_and_each_is_compared_by_itself(tmp_path: Path) -> None:
    cells = [(dataset, model, at) for dataset, model in (("d", "m1"), ("d", "m2"), ("e", "n1")) for at in range(40)]
    answers = put(tmp_path / "answers.jsonl", cells)
    with pytest.raises(UserError, match=r"2 models \(m1, m2\) on d; 1 models \(n1\) on e; .* run profile"):
        evaluated(tmp_path, answers, ["m1", "m2", "n1"])
    with pytest.raises(UserError, match=r"2 models \(m1, m2\) on d; 1 models \(n1\) on e"):
        run(profile=str(tmp_path / "run.yaml"))
    assert read("select count(*) from bank").item() == 0, "it is refused before questions are embedded"
    result = evaluated(tmp_path, answers, ["m1", "m2"], datasets=["d"])
    assert (result.gaps, result.n_questions) == ((), result.n_expected)
    single = next(line for line in result.systems if line.system == "dataset-oracle")
    assert single.cost_usd is not None, "what is known of a cost is shown"


def test_a_missing_answer_is_wrong_where_the_profile_says_so(tmp_path: Path) -> None:
    cells = [("d", model, at) for model in ("m1", "m2") for at in range(60) if model == "m1" or at % 3]
    answers = put(tmp_path / "answers.jsonl", cells)
    result = evaluated(tmp_path, answers, ["m1", "m2"], missing="fail")
    assert result.n_questions == result.n_expected
    assert {line.n for line in result.systems} == {result.n_questions}


def test_a_stage_by_itself_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = put(tmp_path / "answers.jsonl", [("d", model, at) for model in ("m1", "m2") for at in range(40)])
    stages = [[command, "--profile", str(tmp_path / "run.yaml")] for command in ("score", "evaluate")]
    evaluated(tmp_path, answers, ["m1", "m2"], datasets=["d"])
    for arguments in stages:
        app(arguments, result_action="return_value")
        assert "MISSING" not in capsys.readouterr().out
    described(tmp_path, answers, ["m1", "m2"], datasets=["d"], presets=["smcs"])
    app(stages[1], result_action="return_value")  # to collaborate is another stage: exit code 0
    assert "MISSING preset smcs: it has no answers in this run" in " ".join(capsys.readouterr().out.split())
    described(tmp_path, answers, ["m1", "m2"], datasets=["d", "nowhere-*"])
    for arguments in stages:
        for form in ([], ["--json"]):
            with pytest.raises(SystemExit) as ended:
                app([*arguments, *form], result_action="return_value")
            assert ended.value.code == 3
            shown = " ".join(capsys.readouterr().out.split())
            assert "dataset nowhere-*: no question is of such a dataset" in shown
            assert ('"missing": [' if form else "MISSING") in shown


def test_a_damaged_file_ends_ingest_alone_and_is_named_by_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tree").mkdir()
    put(tmp_path / "tree" / "good.jsonl", [("d", model, at) for model in ("m1", "m2") for at in range(40)])
    (tmp_path / "tree" / "torn.parquet").write_bytes(b"PAR1 and no more")
    profile = described(tmp_path, tmp_path / "tree", ["m1", "m2"], datasets=["d"])
    with pytest.raises(UserError, match=r"cannot read .*torn\.parquet"):
        app(["ingest", "--profile", profile], result_action="return_value")
    embed_in_turns("d", 40)
    with pytest.raises(SystemExit) as ended:
        app(["run", profile], result_action="return_value")
    assert ended.value.code == 3
    told = capsys.readouterr()
    assert re.search(r"^publish +[\d.]+ s *$", told.err, re.MULTILINE), "the counts of all stages are not told again"
    shown = "".join(told.out.split())
    assert f"MISSINGfile{tmp_path}/tree/torn.parquet:" in shown
    assert read("select status from run where flow = 'run'").item() == "completed"
