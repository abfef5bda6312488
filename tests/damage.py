"""Ways to damage a file of a database."""

import os
from pathlib import Path

_PAGE = 4096


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00garbage" * _PAGE)


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scratched(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(3 * _PAGE)  # the headers stay whole
        file.write(b"\xff" * (path.stat().st_size - 3 * _PAGE))


DAMAGE = [garbage, halved, scratched]
