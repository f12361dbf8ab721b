"""Puts the server's parts together; importing this imports torch."""

from pathlib import Path

import torch

from datanets.blobs import Blobs
from workers.machine import probe, threads_wanted
from workers.serve.adapters import Adapters
from workers.serve.bases import Bases
from workers.serve.embed import Embedder
from workers.serve.models import Manners, Models
from workers.serve.reader import Reader
from workers.serve.refused import unknown_model
from workers.serve.settings import ServeSettings


def build(settings: ServeSettings) -> Models:
    """Everything but the weights."""
    torch.set_num_threads(threads_wanted(settings.threads))
    small = (settings.bases / settings.serve_encoder, threads_wanted(settings.threads))
    precision = settings.serve_precision or probe(settings.threads).precision
    blobs = Blobs(settings.blobs)

    async def fetch(run: str, folder: Path) -> None:
        try:
            await blobs.fetch_folder(f"adapters/{run}", folder)
        except FileNotFoundError as missing:
            raise unknown_model(run) from missing

    return Models(
        Bases(settings.bases, settings.serve_bases, precision, settings.limits),
        Adapters(
            fetch,
            settings.data_dir / "cache" / "adapters",
            settings.serve_adapter_mb << 20,
            settings.serve_cache_mb << 20,
        ),
        Embedder(*small, precision),
        Reader(*small, precision),
        Manners(seconds=settings.serve_seconds),
    )
