"""Entry point of `concertino`: signals, then the command line; every error is one sentence."""

import gc
import sys
from typing import NoReturn

from tasks.stopping import KEPT, listen, tell


def main() -> None:
    """Run a command: 0 done, 1 failed, 2 wrong usage or input, 130 and 143 stopped by SIGINT and SIGTERM."""
    try:
        listen()
        gc.set_threshold(50_000, 20)  # imports make hundreds of thousands of objects that stay
        _run()
    except KeyboardInterrupt as stopped:
        sys.exit(tell(str(stopped) or KEPT))


def _run() -> None:
    import cyclopts

    from flows.cli import app
    from warehouse.errors import ConcertinoError, UserError

    try:
        app(exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        _fail(f"{' '.join(str(error).split())} (see `concertino --help`)", 2)
    except UserError as error:
        _fail(str(error), 2)
    except ConcertinoError as error:
        _fail(str(error), 1)


def _fail(message: str, code: int) -> NoReturn:
    from flows.show import printable

    print(f"concertino: {printable(message)}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()
