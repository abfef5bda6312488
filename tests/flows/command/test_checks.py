"""What a command refuses before anything starts, and what it says without starting anything."""

from pathlib import Path

import polars as pl
import pytest

from flows.command.checks import check, dry_ingest, estimate
from flows.command.doctor import examine
from flows.params import (
    BankParams,
    CollaborateParams,
    CollectParams,
    EvaluateParams,
    IngestParams,
    NightlyParams,
    RunParams,
)
from tests.observed import observed
from warehouse.errors import UnreadFiles, UserError
from warehouse.identity import content_hash, question_id, text_hash
from warehouse.writer import land, load_landing, write

KEYED = """
model_list:
  - model_name: m
    litellm_params: {model: openai/m, api_key: os.environ/NO_SUCH_KEY}
  - model_name: n
    litellm_params: {model: openai/n, api_key: prefect-secret/mine}
"""


@pytest.fixture
def keyed(tmp_path: Path) -> str:
    path = tmp_path / "keyed.yaml"
    path.write_text(KEYED)
    return str(path)


def a_question() -> None:
    row = {
        "question_id": question_id("synthetic-sums", "v1", "1"),
        "dataset": "synthetic-sums",
        "variant": "v1",
        "source_key": "1",
        "text": "What is 1 plus 1?",
        "ground_truth": "2",
        "content_hash": content_hash("1"),
    }
    land("question", pl.DataFrame([row]))
    land("dataset", pl.DataFrame({"dataset": ["synthetic-sums"], "variant": "v1", "source": "t", "synthetic": True}))
    load_landing()


def test_names_files_and_keys_come_first(home: Path, keyed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONCERTINO_RECORDED", raising=False)
    with pytest.raises(UserError, match="unknown preset 'nobody'"):
        check("collaborate", CollaborateParams(presets=["nobody"]))
    with pytest.raises(UserError, match="unknown router 'nobody'; choose one of: avengers, "):
        check("evaluate", EvaluateParams(routers=["nobody"]))
    with pytest.raises(UserError, match="unknown source 'nobody'; choose one of: hub, inspect, jisi, llmrouter, llmr"):
        check("ingest", IngestParams(source="nobody"))
    with pytest.raises(UserError, match="unknown run profile 'nobody'"):
        check("run", RunParams(profile="nobody"))
    own = home / "mine.yaml"
    own.write_text("title: t\nsource: synthetic\ndatasets: ['*']\npool: synthetic\nrouters:\n- knn\n- knnn\n")
    with pytest.raises(UserError, match=r"mine.yaml, line 7: unknown router 'knnn'; .*; did you mean 'knn'\?"):
        check("evaluate", EvaluateParams(profile=str(own)))
    (home / "near.yaml").write_text("router: knn\noptions: {kk: 5}\n")
    with pytest.raises(UserError, match=r"router 'near': options.kk"):
        check("evaluate", EvaluateParams(routers=[str(home / "near.yaml")]))
    with pytest.raises(UserError, match="set CONCERTINO_RECORDED"):
        check("run", RunParams(profile="zeroeval"))
    with pytest.raises(UserError, match="needs the environment variable NO_SUCH_KEY"):
        check("collect", CollectParams(pool=keyed))
    a_question()
    with pytest.raises(UserError, match="needs the environment variable NO_SUCH_KEY"):
        check("run", RunParams(pool=keyed))
    monkeypatch.setenv("NO_SUCH_KEY", "sk-something")
    check("collect", CollectParams(pool=keyed))


@pytest.mark.parametrize(
    ("presets", "routers", "told"),
    [
        ("[knn]", "[knn]", "'knn' is the name of two systems"),
        ("[shuffled-labels]", "[knn]", "'shuffled-labels' is the name of two systems"),
        ("[oracle]", "[]", "'oracle' is the name of two systems"),
    ],
)
def test_a_preset_takes_no_other_systems_place(home: Path, presets: str, routers: str, told: str) -> None:
    own = home / "profiles" / "presets"
    own.mkdir(parents=True)
    for name in ("knn", "shuffled-labels", "oracle"):
        (own / f"{name}.yaml").write_text("title: a vote\naggregate: false\nposterior: majority\n")
    run = home / "run.yaml"
    run.write_text(
        f"title: t\nsource: synthetic\ndatasets: ['*']\npool: synthetic\npresets: {presets}\nrouters: {routers}\n"
    )
    for name, params in (("run", RunParams), ("collaborate", CollaborateParams), ("evaluate", EvaluateParams)):
        with pytest.raises(UserError, match=told):
            check(name, params(profile=str(run)))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("scorer: maths", "line 2: unknown scorer 'maths'; .*; did you mean 'math'"),
        ("scorer: choice\nscorer_options: {lettres: AB}", "line 2: scorer 'choice': option 'lettres'"),
        ("also_scorers: [maths]", "unknown scorer 'maths'"),
        ("prompt: '{{ question'", r"line 2: template '\{\{ question', line 1: unexpected end"),
        ("scorrer: math", "line 2: .*scorer"),
        ("scorer: [", "is not valid YAML"),
    ],
)
def test_how_a_dataset_is_judged_is_known_before_anything_is_asked(
    line: str, told: str, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = home / "profiles" / "datasets" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(f"match: mi?e\n{line}\n")
    (home / "run.yaml").write_text("title: t\nsource: synthetic\ndatasets: [mine]\npool: synthetic\n")
    for name, params in (("ingest", IngestParams), ("collect", CollectParams), ("run", RunParams)):
        with pytest.raises(UserError, match=f"mine.yaml.*{told}"):
            check(name, params(profile=str(home / "run.yaml")))
        assert "mine.yaml" not in caplog.text
        check(name, params(profile="demo"))  # needs it for nothing
        assert "mine.yaml" in caplog.text
        caplog.clear()


def test_an_embedder_that_is_nowhere_is_refused_at_once(home: Path) -> None:
    own = home / "mine.yaml"
    own.write_text("title: t\nsource: synthetic\ndatasets: ['*']\npool: synthetic\nembedder: nobody/nothing\n")
    for name, params in (("bank", BankParams), ("run", RunParams), ("nightly", NightlyParams)):
        with pytest.raises(UserError, match=r"mine.yaml, line 5: embedder 'nobody/nothing' is no folder here"):
            check(name, params(profile=str(own)))
    with pytest.raises(UserError, match=r"^embedder 'nobody/other' is no folder here"):
        check("bank", BankParams(embedder="nobody/other"))
    with own.open("a") as more:
        more.write("source_options: {embedder: nobody/nothing}\n")
    check("bank", BankParams(profile=str(own)))  # whose source brings the vectors
    a_question()
    with pytest.raises(UserError, match=r"^embedder 'nobody/other' is no folder here"):
        check("bank", BankParams(embedder="nobody/other"))
    vector = {"embedder": "nobody/other", "text_hash": text_hash("What is 1 plus 1?"), "vector": [[1.0]]}
    write("embedding", pl.DataFrame(vector))
    check("bank", BankParams(embedder="nobody/other"))  # nothing is left to embed


def test_a_verdict_is_about_a_system_that_the_run_has(home: Path) -> None:
    own = home / "mine.yaml"
    lines = "title: t\nsource: synthetic\ndatasets: ['*']\npool: synthetic\nrouters: [knn]\n"
    for judged in ("knn", "smcs-select", "best-single", "tutti-xl", "smcs-select (select)", "knn [k=5]"):
        own.write_text(f"{lines}judged_system: {judged}\n")
        check("nightly", NightlyParams(profile=str(own)))
    (home / "choosing.yaml").write_text("title: t\n")
    own.write_text(f"{lines}presets: [{home}/choosing.yaml]\njudged_system: choosing\n")
    check("nightly", NightlyParams(profile=str(own)))
    own.write_text(f"{lines}judged_system: smsc-select\n")
    for name, params in (("nightly", NightlyParams), ("run", RunParams)):
        with pytest.raises(UserError, match=r"mine.yaml, line 6: unknown judged_system .*; did you mean 'smcs-select'"):
            check(name, params(profile=str(own)))
    own.write_text(f"{lines}presets: []\n")  # a run may do without a verdict, a night not
    check("run", RunParams(profile=str(own)))
    with pytest.raises(UserError, match=r"mine.yaml: unknown judged_system .*; choose one of: abacus-m, "):
        check("nightly", NightlyParams(profile=str(own)))


def test_an_estimate_without_a_question_says_which_profile_to_ingest(home: Path) -> None:
    with pytest.raises(UserError, match="`concertino ingest --profile zeroeval` first"):
        estimate(CollectParams(profile="zeroeval", pool="synthetic"))


def test_a_dry_run_ends_as_the_run_would_on_a_file_of_which_nothing_can_be_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"question": "1 + 1?", "ground_truth": "2"}\n')
    (tmp_path / "none.jsonl").touch()
    with pytest.raises(UnreadFiles, match=r"none\.jsonl: it has no rows"):
        dry_ingest(IngestParams(source="questions", path=str(tmp_path)))


def test_a_chroma_server_that_is_set_has_to_answer_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_CHROMA", "http://127.0.0.1:9")
    check("collaborate", CollaborateParams())  # fills no index
    for name, params in (("bank", BankParams()), ("run", RunParams()), ("nightly", NightlyParams())):
        with pytest.raises(UserError, match=r"the Chroma server at http://127.0.0.1:9 cannot be used .*; start it, or"):
            check(name, params)
    finding = next(one for one in examine() if one.what == "question index")
    assert (finding.ok, finding.required) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["collect", "--dry-run"], 0, "8 calls, at most"),
        (["collect", "--dry-run", "--profile", "zeroeval"], 0, "nothing to collect"),
        (["ingest", "--dry-run", "--json"], 0, '"question": 360'),
        (["collaborate", "--presets", "nobody"], 2, "unknown preset 'nobody'"),
        (["ingest", "recorded", "no/such.csv"], 2, "there is nothing at"),
        (["collect", "--pool", "typo.yaml"], 2, "line 3 is not valid YAML"),
        (["collect", "--pool", "keyed.yaml"], 2, "needs the environment variable NO_SUCH_KEY"),
        (["score", "--run-id", "nosuch"], 2, "there is no run nosuch"),
        (
            ["warehouse", "export", "--nosuch"],
            2,
            "Unknown option: --nosuch. (see `concertino warehouse export --help`)",
        ),
    ],
)
def test_checks_and_dry_runs_import_nothing_slow(
    arguments: list[str], code: int, words: str, home: Path, keyed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_question()
    monkeypatch.chdir(Path(keyed).parent)
    Path("typo.yaml").write_text("model_list:\n  - model_name: m\n   litellm_params: {}\n")
    done, imported = observed(*arguments)
    assert words in done.stdout + done.stderr
    assert imported == f"{code} []"
