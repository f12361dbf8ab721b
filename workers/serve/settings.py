"""The settings of the inference server."""

from pydantic import Field

from workers.config import WorkerSettings
from workers.machine import threads_wanted
from workers.serve.replies import Limits


class ServeSettings(WorkerSettings):
    """What `python -m workers.serve` reads besides the worker's own settings."""

    serve_base: str = Field(
        "smollm2-135m-instruct", description="Base that is loaded at the start; empty: none"
    )
    serve_bases: int = Field(1, ge=1, description="Bases in memory at once")
    serve_precision: str = Field(
        "", description="float32 or bfloat16; empty: what this machine computes well"
    )
    serve_rows: int = Field(32, ge=1, description="Replies that grow at once")
    serve_rows_each: int = Field(8, ge=1, description="Replies of one member that grow at once")
    serve_waiting: int = Field(64, ge=1, description="Requests that may wait in line")
    serve_waiting_each: int = Field(4, ge=1, description="Requests of one member that may wait in line")
    serve_context: int = Field(
        4096, ge=64, description="Tokens of a conversation, as far as the base reaches"
    )
    serve_chunk: int = Field(128, ge=16, description="Tokens of a new prompt that are read between two steps")
    serve_adapter_mb: int = Field(1024, ge=1, description="Memory for adapters that are not in use")
    serve_cache_mb: int = Field(4096, ge=0, description="Disk for adapters that were fetched once")
    serve_kept_mb: int = Field(512, ge=0, description="Memory for what earlier turns left behind")
    serve_seconds: float = Field(300, gt=0, description="Time that one reply may take, waiting included")
    serve_encoder: str = Field("all-minilm-l6-v2", description="Folder of the model that makes embeddings")

    @property
    def limits(self) -> Limits:
        """The engine's part of them."""
        return Limits(
            rows=self.serve_rows,
            context=self.serve_context,
            chunk=self.serve_chunk,
            waiting=self.serve_waiting,
            waiting_each=self.serve_waiting_each,
            rows_each=self.serve_rows_each,
            shelf_bytes=self.serve_kept_mb << 20,
            threads=threads_wanted(self.threads),
        )
