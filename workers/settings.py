"""What a worker process reads from its environment, once, in its main function."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class WorkerSettings(BaseSettings):
    """Where a worker finds its data, its database and the files of the others."""

    model_config = SettingsConfigDict(env_prefix="POTLUCK_", env_file=".env", extra="ignore")

    data_dir: Path = Path("data")
    database_url: str = ""
    blobs_url: str = ""
    bases_dir: Path | None = None

    @property
    def bases(self) -> Path:
        """The folder of the base models, one folder each."""
        return self.bases_dir or self.data_dir / "bases"

    @property
    def runs(self) -> Path:
        """The folder of checkpoints: one folder a run, in it one an attempt."""
        return self.data_dir / "runs"
