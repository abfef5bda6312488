"""`concertino up` with Prefect's state in a real PostgreSQL."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.command.app import app
from tests.local_servers import postgres
from tests.running_up import started
from warehouse.errors import UserError

pytestmark = pytest.mark.e2e
PASSWORD = "between-us-4711"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres(PASSWORD) as address:
        yield address


def test_the_server_keeps_its_state_there_and_nobody_sees_the_password(database: str, tmp_path: Path) -> None:
    import asyncpg

    async def deployments() -> set[str]:
        connection = await asyncpg.connect(database.replace("+asyncpg", ""), password=PASSWORD)
        try:
            return {row["name"] for row in await connection.fetch("select name from deployment")}
        finally:
            await connection.close()

    with started(tmp_path, "--database-url", database, PGPASSWORD=PASSWORD):
        listed = subprocess.run(["ps", "-eww", "-o", "args="], capture_output=True, text=True, check=True).stdout
        assert "--database-url" in listed
        assert PASSWORD not in listed
        assert {"all-stages-every-night", "ask-models"} < asyncio.run(deployments())
    assert not (tmp_path / "prefect" / "prefect.db").exists()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("address", "password", "why"),
    [
        ("{}", "wrong", r"the database postgres on 127.0.0.1 cannot be used \(password authentication failed"),
        ("{}-no", PASSWORD, r"\(database \"postgres-no\" does not exist\); make it with `createdb postgres-no`$"),
        ("postgresql+asyncpg://prefect@127.0.0.1:9/x", PASSWORD, "the database x on 127.0.0.1 cannot be used"),
        ("postgresql+asyncpg://prefect:secret@127.0.0.1/x", PASSWORD, "set PGPASSWORD instead"),
        ("postgresql+asyncpg://127.0.0.1/x?password=secret", PASSWORD, "set PGPASSWORD instead"),
        ("postgresql://prefect@127.0.0.1/x", PASSWORD, "takes an address like"),
        ("prefect", PASSWORD, "takes an address like"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_before_anything_starts(
    database: str, home: Path, monkeypatch: pytest.MonkeyPatch, address: str, password: str, why: str
) -> None:
    monkeypatch.setenv("PGPASSWORD", password)
    command = ["up", "--port", "0", "--database-url", address.format(database)]
    with pytest.raises(UserError, match=why) as refused:
        app(command, exit_on_error=False, print_error=False)
    assert "secret" not in str(refused.value)
    assert not (home / "prefect").exists()
