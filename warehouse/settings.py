"""Settings from the environment (`CONCERTINO_*`) and the paths below `CONCERTINO_HOME`."""

import os
import re
import sys
from contextlib import suppress
from difflib import get_close_matches
from errno import ENOTDIR
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR
from tempfile import TemporaryFile
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.errors import NEAR, UserError, fault_of

_PREFIX = "CONCERTINO_"
_PAIR = r"\w+\s*=\s*(?:'(?:\\.|[^'\\])*'|[^\s']+)"  # as PostgreSQL's own clients take them
_LAKE = re.compile(rf"ducklake:postgres:(?=(?:.*\s)?dbname\s*=)\s*{_PAIR}(?:\s+{_PAIR})*\s*", re.DOTALL)
_TASK_RUNNER = re.compile(r"threads|dask:local|dask://([\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}")


def _server(value: str) -> str:
    """An address that may be shown: who may use the server is told elsewhere."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("that is no server's address, which is like http://host:8000")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address with a user, a password or a query is not taken, because it is shown")
    return value.rstrip("/")


def _hook(value: str) -> str:
    """An address that is only called, and never shown: it may hold a key."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("that is no address, which is like https://host/path")
    return value


def _store(value: str) -> str:
    """The same of what fsspec opens."""
    if not re.match(r"[a-z][a-z0-9+.-]*:///*[^/]", value):
        raise ValueError("that is no URL, which is like s3://bucket/prefix")
    if "@" in value or "?" in value:
        raise ValueError("a URL with a user, a password or a query is not taken, because it is shown")
    return value.rstrip("/")


def _lake(value: str) -> str:
    if "password" in value.lower():
        raise ValueError("it has a password, which would be shown; set PGPASSWORD or ~/.pgpass instead")
    if not _LAKE.fullmatch(value) or not value.isprintable() or "://" in value:
        raise ValueError("that is no DuckLake's address, which is like ducklake:postgres:dbname=lake host=db user=me")
    return value


def _task_runner(value: str) -> str:
    if not _TASK_RUNNER.fullmatch(value):
        raise ValueError("it is none of threads, dask:local and dask://HOST:PORT")
    return value


class Settings(BaseSettings):
    """One field per environment variable; read anew at each call so that tests and workers can differ."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore")

    home: Path = Field(default=Path("data"), description="folder of all state: warehouse, snapshots, index, report")
    recorded: Path | None = Field(default=None, description="folder of recorded answers of real models (Parquet)")
    chroma: Annotated[str, AfterValidator(_server)] | None = Field(
        default=None, description="address of a Chroma server, http://host:port; none: an index below the home"
    )
    lock_wait_s: float = Field(
        default=120.0, ge=0, allow_inf_nan=False, description="seconds to wait for the warehouse before giving up"
    )
    storage: Annotated[str, AfterValidator(_store)] | None = Field(
        default=None,
        description="shared storage of the published copy, pages, snapshots, policies and a lake: s3://bucket/prefix",
    )
    lake: Annotated[str, AfterValidator(_lake)] | None = Field(
        default=None,
        validation_alias=f"{_PREFIX}WAREHOUSE",
        description="the warehouse as a DuckLake, ducklake:postgres:dbname=lake host=db user=me; none: a file",
    )
    motherduck: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_]\w*$",
        description="database of MotherDuck that the published copy replaces; its token is MOTHERDUCK_TOKEN",
    )
    storage_version: str = Field(
        default="v1.4.0",
        pattern=r"^v\d+\.\d+\.\d+$",
        description="DuckDB storage version of the published copy and of a new warehouse",
    )
    report_url: str | None = Field(default=None, description="where the report folder is served; links point there")
    webhook_url: Annotated[str, AfterValidator(_hook)] | None = Field(
        default=None, description="where the nightly verdict is posted as JSON"
    )
    task_runner: Annotated[str, AfterValidator(_task_runner)] = Field(
        default="threads", description="where chunks are worked on: threads (here), dask:local or dask://HOST:PORT"
    )

    @property
    def root(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def warehouse(self) -> Path:
        """The writer's database, where no lake is set; people read `published` instead."""
        return self.root / "warehouse.duckdb"

    @property
    def has_warehouse(self) -> bool:
        """Whether there is one to look into; a lake that is set is taken to be."""
        return self.lake is not None or self.warehouse.exists()

    @property
    def lake_data(self) -> str:
        """URL or folder of the lake's Parquet, where one is set."""
        return f"{self.storage or self.root}/lake"

    @property
    def published(self) -> Path:
        """The read-only copy that `publish` swaps in."""
        return self.root / "published.duckdb"

    @property
    def landing(self) -> Path:
        """Parquet files that wait for the loader."""
        return self.root / "landing"

    @property
    def quarantine(self) -> Path:
        """Landing files that could not be loaded."""
        return self.root / "quarantine"

    @property
    def snapshots(self) -> Path:
        """Immutable exports of the outcome matrix, one folder per hash."""
        return self.root / "snapshots"

    @property
    def policies(self) -> Path:
        """Fitted routers and what they predict, one folder per policy; what is deleted is fitted anew."""
        return self.root / "policies"

    @property
    def index(self) -> Path:
        """Chroma's folder where no server is set; can be deleted at any time and is rebuilt."""
        return self.root / "index"

    @property
    def report(self) -> Path:
        """The published page."""
        return self.root / "report" / "index.html"

    def link(self, page: Path) -> str:
        """Where a browser opens a page of the report folder: at `report_url`, else the file itself."""
        return f"{self.report_url}/{page.name}" if self.report_url else page.as_uri()

    @property
    def profiles(self) -> Path:
        """The user's own pools, datasets, prices and run profiles; searched before the packaged ones."""
        return self.root / "profiles"


def settings() -> Settings:
    """The settings of this moment.

    Raises:
        UserError: a variable's value is wrong.
    """
    return _settings_of(tuple(pair for pair in os.environ.items() if pair[0].upper().startswith(_PREFIX)))


@lru_cache
def _settings_of(_environment: tuple[tuple[str, str], ...]) -> Settings:
    """Reading them takes a millisecond, and a run asks hundreds of times."""
    try:
        return Settings()
    except ValidationError as error:
        where, why = fault_of(error)
        name = _PREFIX + where.upper().removeprefix(_PREFIX)
        value = re.sub(r"//.*@|\?.*", "//***", str(error.errors()[0]["input"]))
        value = re.sub(r"password.*", "password=***", value, flags=re.IGNORECASE | re.DOTALL)
        value = "***" if where == "webhook_url" else value
        raise UserError(f"{name} is '{value}': {why}; set it right or unset it") from None


def check_settings() -> list[str]:
    """Look at the settings before any work; nothing is written.

    Returns:
        Notes about variables that look like a setting and are none.

    Raises:
        UserError: a value is wrong, or the home can be no folder.
    """
    home = settings().home
    if re.match(r"[A-Za-z][\w+.-]+:/|\s*$", str(home)):  # not told: it may hold a password
        raise UserError("CONCERTINO_HOME is blank or an address; name a folder on this machine, or unset it")
    try:
        root = settings().root
        with suppress(FileNotFoundError):
            if not S_ISDIR(root.stat().st_mode):
                raise NotADirectoryError(ENOTDIR, "it is no folder")
    except (OSError, RuntimeError) as error:  # too long, a loop of links, no such user
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"CONCERTINO_HOME cannot be {home}: {reason}; name a folder") from error
    if (encoding := sys.getfilesystemencoding()) != "utf-8" and not str(root).isascii():
        raise UserError(f"CONCERTINO_HOME cannot be {root} in {encoding}: DuckDB opens UTF-8 only; set PYTHONUTF8=1")
    if "?" in str(root) or not str(root).isprintable():
        raise UserError(f"CONCERTINO_HOME cannot be {root}: DuckDB opens no path with ? or control codes; name another")
    return [
        f"{name} is no setting; did you mean {_PREFIX}{near[0].upper()}?"
        for name in sorted(os.environ)
        if name.startswith(_PREFIX)
        and (word := name.removeprefix(_PREFIX).lower()) not in _KNOWN
        and (near := get_close_matches(word, _KNOWN, 1, NEAR))
    ]


def writable_root() -> Path:
    """The home folder, made where it is missing.

    Raises:
        UserError: nothing can be written there.
    """
    root = settings().root
    try:
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=root):
            return root
    except OSError as error:
        raise UserError(
            f"nothing can be written to {root} ({error.strerror}); make room or set CONCERTINO_HOME to another folder"
        ) from error


_KNOWN = [*(Settings.model_fields.keys() - {"lake"}), "warehouse", "api_key"]
