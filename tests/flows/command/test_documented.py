"""Commands that README and docs show exist as they are shown."""

import re
import shlex
from pathlib import Path

import pytest
from cyclopts.exceptions import CycloptsError, MissingArgumentError

from flows.command.app import app

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
SHOWN = re.compile(r"(?:`|^\s*)(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(concertino \w[^`\n#|>&\[]*)", re.MULTILINE)


def shown(page: str) -> list[str]:
    """The commands of a page, without what is said behind them, the first of a choice, and no `[--option]`."""
    commands = [re.sub(r"\s{2,}\(.*$", "", found).strip() for found in SHOWN.findall(page)]
    return list(dict.fromkeys(commands))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_shown_command_is_one_and_takes_what_is_shown(page: Path) -> None:
    refused = []
    for command in shown(page.read_text()):
        try:
            app.parse_args(shlex.split(command)[1:], print_error=False, exit_on_error=False)
        except MissingArgumentError as error:
            if " -" in command:  # else the command is only named
                refused.append(f"{command}: {error}")
        except (CycloptsError, ValueError) as error:
            refused.append(f"{command}: {error}")
    assert not refused


def test_what_is_not_a_command_is_found() -> None:
    assert shown("so `concertino evaluate --nosuch 1` and\n\n    concertino ask x   # note\n") == [
        "concertino evaluate --nosuch 1",
        "concertino ask x",
    ]
    with pytest.raises(CycloptsError):
        app.parse_args(["evaluate", "--nosuch", "1"], print_error=False, exit_on_error=False)
