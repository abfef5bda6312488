"""`concertino init`: a pool, a run profile and dataset blocks from what is there."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from flows.command.options import AsJson
from warehouse.errors import UserError


def init(
    name: Annotated[str, Parameter(help="of the pool and the run profile that are written")] = "mine",
    *,
    from_litellm: Annotated[
        str | None, Parameter(help="address of a LiteLLM proxy or OpenAI-compatible server, or a LiteLLM config file")
    ] = None,
    questions: Annotated[Path | None, Parameter(help="your questions: JSONL, CSV or Parquet")] = None,
    release: Annotated[Path | None, Parameter(help="folder of LLMRouterBench results")] = None,
    column: Annotated[
        dict[str, str] | None, Parameter(help="our column from the file's: --column.question prompt_text")
    ] = None,
    budget_usd: Annotated[float, Parameter(help="hard cap on what a run's model calls cost")] = 5.0,
    force: Annotated[bool, Parameter(help="write over files that are there")] = False,
    json: AsJson = False,
) -> None:
    """Write a pool, a run profile and dataset blocks below CONCERTINO_HOME/profiles, to be read and edited.

    Example: concertino init mine --from-litellm http://127.0.0.1:4000 --questions questions.jsonl
    """
    _file_name(name)
    if not 0 <= budget_usd < float("inf"):
        raise UserError(f"a budget of {budget_usd:g} US dollars cannot be; --budget-usd is an amount of 0 or more")
    import flows.environment  # noqa: F401  (before a server is asked)
    from tasks.init.draft import write
    from tasks.init.make import of_questions, of_release

    if not (from_litellm or questions or release):
        name, from_litellm, questions, release = _proposed(name)
    if release is not None and (from_litellm or questions):
        raise UserError("--release is a run of its own; leave --from-litellm and --questions away, or run init twice")
    if release is not None:
        made = of_release(name, release)
    else:
        made = of_questions(name, from_litellm, questions, column or {}, budget_usd)
    write(made.drafts, force=force)
    _tell([draft.path for draft in made.drafts], made.notes, made.commands, as_json=json)


def _proposed(name: str) -> tuple[str, str | None, Path | None, Path | None]:
    """A name and what the user says is there, asked for in a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError(
            "say what is there: --from-litellm URL or FILE with --questions FILE, or --release DIR (see `init --help`)"
        )
    from rich.prompt import Prompt

    what = Prompt.ask(
        "What is there? my questions, or a [b]release[/b] of LLMRouterBench",
        default="questions",
        choices=["questions", "release"],
    )
    if what == "release":
        folder = _there("Folder of its results", "results/bench")
        return _file_name(Prompt.ask("Name of its run profile", default=name)), None, None, folder
    questions = _there("File of questions (JSONL, CSV or Parquet)", "questions.jsonl")
    source = Prompt.ask("LiteLLM proxy, OpenAI-compatible server or config file", default="http://127.0.0.1:4000")
    return _file_name(Prompt.ask("Name of the pool and the run profile", default=name)), source, questions, None


def _there(asked: str, default: str) -> Path:
    """A path that is there; asked for again where it is not."""
    from rich.prompt import Prompt

    while not (path := Path(Prompt.ask(asked, default=default)).expanduser()).exists():
        print(f"there is nothing at {path}")  # noqa: T201
    return path


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"'{name}' is no name of a file; use letters, digits, - and _")
    return name


def _tell(written: Sequence[Path], notes: Sequence[str], commands: Sequence[str], *, as_json: bool) -> None:
    from flows.command import show
    from flows.command.console import command

    if as_json:
        show.as_json({"written": [str(path) for path in written], "notes": list(notes), "next": list(commands)})
        return
    lines: list[Any] = [*(f"wrote {path}" for path in written), *notes, "", "Next:"]
    for line in [*lines, *(f"  {command()} {arguments}" for arguments in commands)]:
        show.out.print(line, soft_wrap=True, markup=False, highlight=False)
