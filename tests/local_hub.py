"""What `huggingface_hub` asks of a hub, answered on this machine from a folder of repositories; it counts."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson

NEWEST = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def local_hub(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Address of a hub whose dataset `owner/name` is the folder `root/owner/name`, at every commit; what was asked."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            asked.append(f"{self.command} {path}")
            owner, name = [*path.removeprefix("/api").split("/"), "", "", ""][2:4]
            folder = root / owner / name
            if not (owner and folder.is_dir()):
                return self._say(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            files = sorted(one for one in folder.rglob("*") if one.is_file())
            if not path.startswith("/api"):
                commit, name = path.split("/resolve/", 1)[1].split("/", 1)
                body = (folder / name).read_bytes()
                return self._say(200, body, {"ETag": f'"{hashlib.sha1(body).hexdigest()}"', "X-Repo-Commit": commit})
            if "/tree/" in path:
                listed = [self._entry(one, folder) for one in files]
                return self._say(200, orjson.dumps(listed), {})
            siblings = [{"rfilename": str(one.relative_to(folder))} for one in files]
            revision = path.rsplit("/", 1)[1]
            sha = revision if len(revision) == len(NEWEST) else NEWEST
            body = orjson.dumps({"id": f"{owner}/{name}", "sha": sha, "siblings": siblings})
            return self._say(200, body, {})

        def _entry(self, file: Path, folder: Path) -> dict:
            body = file.read_bytes()
            oid = hashlib.sha1(body).hexdigest()
            return {"type": "file", "path": str(file.relative_to(folder)), "size": len(body), "oid": oid}

        def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in (
                {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
            ).items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
