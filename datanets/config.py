"""The settings that the bot and the workers share; read once by `main` and passed down."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class CoreSettings(BaseSettings):
    """Where data lies and what a member may use: environment variables POTLUCK_…, or `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="POTLUCK_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Path(".potluck")
    database_url: str = Field("", description="Empty: SQLite in the data folder. Or postgresql+psycopg://…")
    blobs_url: str = Field("", description="Empty: a folder in the data folder. Or any fsspec URL, s3://…")
    bases_dir: Path | None = Field(None, description="Where base models lie; default: DATA_DIR/bases")
    engine: str = Field("embedded", description="embedded, or ray+http://head:8265")
    engine_token: SecretStr | None = Field(None, description="Bearer token of the Ray head")
    inference_url: str = Field("", description="Empty: the embedded server. Or any OpenAI-compatible /v1 URL")
    inference_key: SecretStr | None = None

    member_bytes_a_day: int = Field(10_000_000, description="Bytes a member may hand in a day")
    member_files_a_day: int = Field(20, description="Files a member may hand in a day")
    datanet_bytes_a_day: int = Field(10_000_000, description="Bytes a datanet takes a day")

    runs_at_once: int = Field(1, description="Unfinished runs a community may have")
    gpu_minutes_a_day: int = Field(240, description="Minutes of training a community may queue a day")

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'potluck.db').resolve()}"

    @property
    def blobs(self) -> str:
        """The URL of the blob store in force."""
        return self.blobs_url or str((self.data_dir / "blobs").resolve())

    @property
    def bases(self) -> Path:
        """The folder of base models in force."""
        return (self.bases_dir or self.data_dir / "bases").resolve()

    @property
    def secrets(self) -> list[str]:
        """Every secret that was given, so that no log shows it."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
