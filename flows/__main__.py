"""Entry point of `concertino`: signals, then the command line; every error is one sentence."""

import errno
import gc
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn

from tasks.stopping import KEPT, asked, listen, tell

_FORMER = {"profile": "bank", "ablate": "analyse"}  # commands' names of before


def main() -> None:
    """Run a command: 0 done, 1 failed, 2 wrong usage or input, 130 and 143 stopped by SIGINT and SIGTERM."""
    _open_streams()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may know fewer letters than we print; stderr spells them
    for name, nothing in (("COLUMNS", "0"), ("CONCERTINO_PROFILE", "")):  # no table would have a letter, no run a name
        if os.environ.get(name) == nothing:
            del os.environ[name]
    try:
        listen()
        gc.set_threshold(50_000, 20)  # imports make hundreds of thousands of objects that stay
        _run()
    except KeyboardInterrupt as stopped:
        sys.exit(tell(str(stopped) or KEPT))
    except Exception:
        if not asked():
            raise
        sys.exit(tell(KEPT))
    finally:
        gc.freeze()  # what imports left is not looked through once more: that takes a second after LiteLLM's


def _open_streams() -> None:
    """Give /dev/null to standard streams that are closed; else the next file opened, the warehouse's, would be one."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8", closefd=False))


def _run() -> None:
    import cyclopts
    from pydantic import ValidationError

    from flows.command.app import app
    from warehouse.errors import ConcertinoError, UserError, fault_of, no_memory

    try:
        if not {"--help", "-h", "--version"} & set(sys.argv[1:]):
            _check_settings()
        _check_arguments()
        if (former := sys.argv[1:2]) and former[0] in _FORMER:
            raise UserError(f"`concertino {former[0]}` is now `concertino {_FORMER[former[0]]}`, with the same options")
        app(exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        command = " ".join(["concertino", *(error.command_chain or ())])
        _fail(f"{' '.join(str(error).split())} (see `{command} --help`)", 2)
    except UserError as error:
        _fail(str(error), 2)
    except ConcertinoError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(_said(error), 1)
    except ValidationError as error:
        if not error.title.endswith("Settings"):
            raise
        where, why = fault_of(error)
        _fail(f"Prefect's {error.title} take no such {where} ({why}); mend or unset its variable PREFECT_...", 2)
    except MemoryError as error:
        _fail(no_memory(error), 1)


def _check_settings() -> None:
    from flows.command.show import printable
    from warehouse.settings import check_settings

    for note in check_settings():
        print(f"note: {printable(note)}", file=sys.stderr)  # noqa: T201


def _check_arguments() -> None:
    from warehouse.errors import UserError

    encoding = sys.getfilesystemencoding()
    for argument in sys.argv[1:]:
        if any("\ud800" <= sign <= "\udfff" for sign in argument):  # how Python keeps bytes that it cannot read
            mend = "rename it" if encoding == "utf-8" else "set PYTHONUTF8=1"
            raise UserError(f"'{argument}' has bytes that are no {encoding}; if it names a file, {mend}")


def _said(error: OSError) -> str:
    """One sentence about a file or the disk."""
    from warehouse.errors import full_disk, reason_of

    if full := full_disk(error):
        return full
    text = reason_of(error)
    if error.errno == errno.EROFS or "Read-only file system" in text:
        return f"the disk is read-only ({text}); set CONCERTINO_HOME to a folder that can be written"
    return text


def _fail(message: str, code: int) -> NoReturn:
    from flows.command.show import printable

    if asked():
        sys.exit(tell(KEPT))
    with suppress(OSError):  # where standard error is full, the exit code says it alone
        print(f"concertino: {printable(message)}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()
