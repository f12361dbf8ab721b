"""Start the inference server: `python -m workers.serve`."""

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from workers.lifeline import tie
from workers.serve import app
from workers.serve.refused import Refused
from workers.serve.settings import ServeSettings

if TYPE_CHECKING:
    from workers.serve.models import Models

log = logging.getLogger(__name__)


def main() -> int:
    """Serve until told to stop."""
    tie()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    # Training runs beside us: threads that spin while they wait would take its cores. torch reads this once.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    asyncio.run(serve(ServeSettings()))
    return 0


async def serve(settings: ServeSettings) -> None:
    """Open the door at once, bring in torch and the first base behind it, stop on a signal."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    coming = asyncio.create_task(_build(settings))
    key = settings.inference_key.get_secret_value() if settings.inference_key else None
    first = asyncio.create_task(_load_first(coming, settings.serve_base))
    await app.run(app.make(coming, key), settings.serve_host, settings.serve_port, stop)
    first.cancel()
    if coming.done():
        await coming.result().stop()


async def _build(settings: ServeSettings) -> "Models":
    def build() -> "Models":
        from workers.serve.start import build

        return build(settings)

    return await asyncio.to_thread(build)


async def _load_first(coming: "asyncio.Task[Models]", base: str) -> None:
    if not base:
        return
    try:
        await (await coming).bases.get(base)
    except Refused as refused:
        log.warning("the first base is not loaded: %s", refused.message)


if __name__ == "__main__":
    sys.exit(main())
