"""Puts the server's parts together; importing this imports torch."""

import time
from pathlib import Path

import torch

from datanets.blobs import Blobs
from workers.serve.adapters import Adapters
from workers.serve.bases import Bases
from workers.serve.embed import Embedder
from workers.serve.models import Manners, Models
from workers.serve.refused import unknown_model
from workers.serve.settings import ServeSettings


def build(settings: ServeSettings) -> Models:
    """Everything but the weights."""
    if settings.threads:
        torch.set_num_threads(settings.threads)
    blobs = Blobs(settings.blobs)

    async def fetch(run: str, folder: Path) -> None:
        try:
            await blobs.fetch_folder(f"adapters/{run}", folder)
        except FileNotFoundError as missing:
            raise unknown_model(run) from missing

    return Models(
        Bases(settings.bases, settings.serve_bases, settings.serve_precision or precision(), settings.limits),
        Adapters(fetch, settings.data_dir / "cache" / "adapters", settings.serve_adapter_mb << 20),
        Embedder(settings.bases / settings.serve_encoder),
        Manners(seconds=settings.serve_seconds),
    )


def precision() -> str:
    """bfloat16 where the processor multiplies it well, else float32: some are far slower at it."""
    if torch.cuda.is_available():
        return "bfloat16"
    return "bfloat16" if _seconds(torch.bfloat16) < _seconds(torch.float32) else "float32"


def _seconds(dtype: torch.dtype) -> float:
    matrix = torch.ones((192, 192), dtype=dtype)
    matrix @ matrix
    start = time.perf_counter()
    matrix @ matrix
    return time.perf_counter() - start
