"""`concertino ask` and `concertino label` as a person or a program types them."""

import json
from pathlib import Path

import pytest

from flows.bank import bank
from flows.command.app import app
from flows.command.show import printable
from tests.live_world import N, make_world, rows_of, synthetic_pool
from tests.observed import observed
from warehouse.errors import UserError

Out = pytest.CaptureFixture[str]


def run(*arguments: str) -> None:
    app(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "160")
    make_world(home, synthetic_pool())
    return home


@pytest.mark.usefixtures("world")
def test_ask_then_label_then_the_bank_knows_it(capsys: Out, prefect_server: None) -> None:
    run("ask", "What is q7?", "--preset", "choosing", "--profile", "small", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert "Answer: town 0" in answer["text"]
    assert len(answer["candidates"]) == answer["n_call"] == 3
    (made,) = rows_of("select run_id, flow, status from run where run_id <> 'made'")
    assert made == {"run_id": answer["run_id"], "flow": "ask", "status": "completed"}

    run("label", "--list")
    assert answer["collaboration_id"] in capsys.readouterr().out
    run("label", answer["collaboration_id"], "--truth", "town 0", "--json")
    assert sorted(json.loads(capsys.readouterr().out)) == sorted(one["model"] for one in answer["candidates"])
    run("label", "--list", "--json")
    assert json.loads(capsys.readouterr().out) == []

    bank(profile="small")
    banks = rows_of("select bank_id, n_item from bank where split_id = 'all' order by created_at")
    assert [bank["n_item"] for bank in banks] == [N, N + 1]
    gained = rows_of(
        f"select provenance from bank_label where bank_id = '{banks[1]['bank_id']}' and provenance = 'user'"
    )
    assert len(gained) == 3


@pytest.mark.usefixtures("world")
def test_neighbours_shows_what_each_model_got_and_asks_nobody(capsys: Out) -> None:
    run("neighbours", "What is q7?", "--profile", "small", "-k", "3", "--where", "dataset=small-sums", "--json")
    found = json.loads(capsys.readouterr().out)
    assert [one["dataset"] for one in found] == ["small-sums"] * 3
    assert all(set(one["labels"]) == {"poet", "accountant", "tutti"} for one in found)
    run("neighbours", "What is q7?", "--profile", "small")
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("small-sums", "accountant", "0.00"))
    assert rows_of("select count(*) as n from call") == [{"n": 0}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "demo"], "no question bank for pool 'synthetic' yet; run `concertino run demo` first"),
        (["--profile", "small", "--where", "dataset"], "--where is like dataset=NAME, not 'dataset'"),
        (["--profile", "small", "--where", "part=train"], "choose one of: category, dataset, source, variant"),
        (["--profile", "small", "-k", "0"], "--k has to be a number above 0"),
    ],
)
@pytest.mark.usefixtures("world")
def test_neighbours_says_in_one_sentence_what_is_missing(options: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        run("neighbours", "What is q7?", *options)


@pytest.mark.usefixtures("world")
def test_explained_and_read_from_standard_input_without_torch() -> None:
    choices = ("--preset", "quick", "--profile", "small", "--system", "Be [bold]brief[/bold].", "--explain")
    done, imported = observed("ask", "-", *choices, said="What is q7?\n")
    for words in ("Similar questions", "small-sums", "Models, best first", "answered", "Candidates", "*", "label with"):
        assert words in done.stdout, done.stderr[-2000:]
    assert imported == "0 ['litellm']"
    assert "synthetic: simulated models wrote this" in done.stderr
    (question,) = rows_of("select metadata from question where dataset = 'live'")
    assert json.loads(question["metadata"])["messages"][0] == {"role": "system", "content": "Be [bold]brief[/bold]."}


def test_a_stated_cost_refuses_a_model_whose_price_nobody_knows(world: Path) -> None:
    pool = world / "profiles" / "pools" / "small.yaml"
    pool.write_text(pool.read_text().replace("input_cost_per_token: 1.0e-6, output_cost_per_token: 2.0e-6, ", "", 1))
    with pytest.raises(UserError, match=r"nobody knows the price of model 'poet'.*`unpriced: allow`"):
        run("ask", "What is q7?", "--preset", "choosing", "--profile", "small", "--max-cost", "0.5")


def test_wrong_usage_is_one_sentence(home: Path) -> None:
    with pytest.raises(UserError, match="unknown preset or policy id 'nobody'"):
        run("ask", "x", "--preset", "nobody")
    with pytest.raises(UserError, match="there is no question"):
        run("ask", "  ")
    with pytest.raises(UserError, match="no option --explian"):
        run("ask", "--explian")
    with pytest.raises(UserError, match="concertino run demo"):
        run("ask", "x", "--explain")
    with pytest.raises(UserError, match="right, wrong or --truth"):
        run("label", "some", "right", "--truth", "1")
    with pytest.raises(UserError, match="CONCERTINO_API_KEY"):
        run("serve", "--host", "0.0.0.0")


def test_models_cannot_write_to_the_terminal() -> None:
    assert printable("a\x1b[31mb\x07\r\nc\u202ed\te\x9b") == "a\\x1b[31mb\\x07\ncd\te\\x9b"


def test_what_a_model_writes_cannot_steer_the_terminal_and_keeps_its_spaces() -> None:
    assert printable("10\u202f000\u00a0km\x1b[31m\u202e\n\tdone") == "10 000 km\\x1b[31m\n\tdone"
