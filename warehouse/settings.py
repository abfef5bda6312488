"""Settings from the environment (`CONCERTINO_*`) and the paths below `CONCERTINO_HOME`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field per environment variable; read anew at each call so that tests and workers can differ."""

    model_config = SettingsConfigDict(env_prefix="CONCERTINO_", extra="ignore")

    home: Path = Field(default=Path("data"), description="folder of all state: warehouse, snapshots, index, report")
    recorded: Path | None = Field(default=None, description="folder of recorded answers of real models (Parquet)")
    lock_wait_s: float = Field(default=120.0, ge=0, description="seconds to wait for the warehouse before giving up")
    storage_version: str = Field(default="v1.4.0", description="DuckDB storage version of the published copy")
    report_url: str | None = Field(default=None, description="where the report folder is served; links point there")
    webhook_url: str | None = Field(default=None, description="where the nightly verdict is posted as JSON")

    @property
    def root(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def warehouse(self) -> Path:
        """The writer's database; people read `published` instead."""
        return self.root / "warehouse.duckdb"

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
    def index(self) -> Path:
        """Chroma's folder; can be deleted at any time and is rebuilt."""
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
    """The settings of this moment."""
    return Settings()
