"""The command line: help, exit codes, one-sentence errors, JSON."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from flows.command.app import STAGES, app
from warehouse.errors import UserError

COMMANDS = sorted(name for name in app if not name.startswith("-"))


def concertino(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CONCERTINO_HOME": str(home)}
    command = [str(Path(sys.executable).with_name("concertino")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def test_a_terminal_with_fewer_letters_is_no_traceback(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = concertino("datasets", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout
    assert "unknown run profile 'n\\xf6'" in concertino("run", "n\u00f6", home=home).stderr
    told = "import sys; from flows.command.show import as_json; as_json({'n\u00f6': '\U0001f600\x7f'})"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout) == {"n\u00f6": "\U0001f600\x7f"}


@pytest.mark.parametrize(
    ("arguments", "streams", "code"),
    [
        ("queries --json", ">&-", 0),
        ("init", "<&- >&-", 2),
        ("queries nope", "<&- >&- 2>&-", 2),
        ("queries nope", "2>/dev/full", 2),
        ("queries", ">/dev/full", 1),
        ("ingest", "2>/dev/full", 0),
    ],
)
def test_standard_streams_that_are_closed_or_full_leave_the_exit_code(
    arguments: str, streams: str, code: int, home: Path
) -> None:
    line = f"{Path(sys.executable).with_name('concertino')} {arguments} {streams}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=120)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_what_a_process_opens_is_no_standard_stream(home: Path) -> None:
    told = "from flows import __main__ as main; main._open_streams(); import os; os._exit(os.open('/dev/null', 0))"
    assert subprocess.run(["sh", "-c", f'{sys.executable} -c "{told}" <&- >&- 2>&-'], timeout=120).returncode >= 3


def test_json_that_nobody_reads_on_is_no_fault(home: Path) -> None:
    told = "from flows.command.show import as_json; as_json(list(range(100_000)))"
    done = subprocess.run(
        ["sh", "-c", f'{sys.executable} -c "{told}" | true'], capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""


def test_a_locale_without_utf8_reads_and_names_the_same_texts(tmp_path: Path) -> None:
    plain = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}
    (tmp_path / "plain.jsonl").write_text(
        '{"question": "Wie heißt die Hauptstadt?", "ground_truth": "Ankara"}\n', "utf-8"
    )
    for home, file, code, said in (
        ("home", "plain.jsonl", 0, ""),
        ("hömé", "plain.jsonl", 2, "DuckDB opens UTF-8 only; set PYTHONUTF8=1"),
        ("home", "höm.jsonl", 2, "has bytes that are no ascii; if it names a file, set PYTHONUTF8=1"),
    ):
        done = subprocess.run(
            [str(Path(sys.executable).with_name("concertino")), "ingest", "questions", str(tmp_path / file)],
            env=plain | {"CONCERTINO_HOME": str(tmp_path / home)},
            capture_output=True,
            timeout=120,
        )
        assert (done.returncode, said in done.stderr.decode()) == (code, True), done.stderr


def test_a_setting_that_prefect_does_not_take_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "NOPE")
    done = concertino("ingest", home=home)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "Prefect's LoggingSettings take no such level (Input should be 'DEBUG'" in done.stderr


def test_memory_that_is_not_to_be_had_is_one_sentence(home: Path) -> None:
    told = "import numpy; from flows import __main__ as m; m._check_settings = lambda: numpy.empty(1 << 50); m.main()"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=120)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "there is not enough memory (Unable to allocate 8.00 PiB" in done.stderr


def test_an_argument_that_is_no_utf8_is_named(home: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("concertino"), "ingest", "questions", b"lat\xe4.jsonl"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "has bytes that are no utf-8; if it names a file, rename it" in done.stderr


def test_a_terminal_that_does_not_know_its_width_gets_tables(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "0")
    assert "aime-1983-2023" in concertino("datasets", home=home).stdout


def test_an_empty_profile_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCERTINO_PROFILE", "")
    assert "run `concertino ingest --profile demo` first" in concertino("collect", "--dry-run", home=home).stderr


def test_help_loads_nothing_heavy_and_shows_examples(home: Path) -> None:
    code = (
        "import sys; from flows.command.app import app; app(['--help'], result_action='return_value'); "
        "heavy = {'prefect', 'litellm', 'torch', 'chromadb', 'great_expectations', 'duckdb', 'polars'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("[]"), done.stdout[-300:] + done.stderr
    assert "concertino demo" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    app([command, "--help"], result_action="return_value")
    shown = capsys.readouterr().out
    assert f"concertino {command}" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "Unknown command"),
        (["profile", "--profile", "demo"], "`concertino profile` is now `concertino bank`"),
        (["sql"], "requires an argument"),
        (["collect", "--limit", "1.5"], "'1.5' is no whole number"),
        (["serve", "--port", "80.5"], "'80.5' is no whole number"),
        (["sql", "select 1"], "no published copy"),
        (["queries", "leaderboard"], "no published copy"),
        (["collaborate", "--presets="], "unknown preset ''"),
        (["evaluate", "--routers=knn,"], "unknown router ''"),
        (["run", "no-such-profile"], "choose one of: bfcl-open, demo"),
        (["collect", "--budget-usd", "-1"], "greater than or equal to 0"),
        (["collect", "--pool", "missing.yaml"], "there is no file missing.yaml"),
        (["baseline", "no-such-run"], "no-such-run"),
        (["score", "--run-id", "no-such-run"], "there is no run no-such-run"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(arguments: list[str], words: str, home: Path) -> None:
    done = concertino(*arguments, home=home)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("concertino: ")


@pytest.mark.parametrize(
    "command",
    [f"{stage.__name__} --run-id" for stage in STAGES if stage.__name__ != "analyse"]
    + ["analyse demo --resume", "collect --resume", "nightly --baseline"],
)
def test_a_run_that_is_not_there_is_refused_before_anything_starts(command: str, home: Path) -> None:
    with pytest.raises(UserError, match="there is no run no-such-run"):
        app([*command.split(), "no-such-run"], exit_on_error=False, print_error=False)
    assert not (home / "prefect" / "prefect.db").exists()


def test_a_port_of_another_program_is_named_before_anything_starts(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(UserError, match=f"^port {port} cannot be used .*--port$"):
            app(["up", "--port", port], exit_on_error=False, print_error=False)


def test_doctor_reports_as_json(home: Path) -> None:
    done = concertino("doctor", "--json", home=home)
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 0
    assert findings["duckdb"]["ok"]
    assert "demo" in findings["run profiles"]["detail"]
