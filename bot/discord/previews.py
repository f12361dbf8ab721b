"""Small pictures of contributed images, for their cards."""

import asyncio
import io

from PIL import Image

from datanets.blobs import Blobs
from datanets.facts import ContributionView, Kind

EDGE = 640


async def preview(blobs: Blobs, item: ContributionView) -> bytes | None:
    """Return a small PNG of an image; None for other kinds and for bytes that are gone."""
    if item.kind is not Kind.IMAGE:
        return None
    try:
        data = await blobs.read(item.digest)
    except (FileNotFoundError, KeyError):
        return None
    return await asyncio.to_thread(_small, data)


def _small(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGB")
    small.thumbnail((EDGE, EDGE))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return buffer.getvalue()
