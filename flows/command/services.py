"""What `concertino up` keeps running: Prefect's processes, tethered to it, with a log file each; the pages' server."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from warehouse.errors import UserError
from warehouse.settings import settings


def log_file(name: str) -> Path:
    """Where a service's output goes."""
    return settings().root / "prefect" / f"{name}.log"


@contextmanager
def service(name: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """`prefect COMMAND`, which ends when this process does; its output is added to its log file."""
    line = [sys.executable, "-P", "-m", "flows.command.tether", str(os.getpid()), "prefect", *command]
    log_file(name).parent.mkdir(parents=True, exist_ok=True)
    with log_file(name).open("ab") as output:
        process = subprocess.Popen(line, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def pages(port: int) -> Iterator[str]:
    """Serve the report folder to this machine's browsers; the address.

    Raises:
        UserError: the port is taken.
    """
    folder = settings().report.parent
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Pages, directory=str(folder)))
    except OSError as error:
        raise UserError(f"port {port}, for the report pages, is taken; choose another --port") from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()


class _Pages(SimpleHTTPRequestHandler):
    """Files of a folder, without a line per request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
