"""The wire between a training thread and the core: progress out, the lease and the wish to stop in."""

import asyncio
import logging
import os
import threading
import time
from dataclasses import dataclass, field

from datanets.facts import Lease, Point, Progress
from datanets.runs import Runs

log = logging.getLogger(__name__)

REPORT_SECONDS = 1.0
LOOK_SECONDS = 5.0
# Longer than a restart of the database takes, shorter than anybody waits for a second attempt.
LONGEST_SILENCE = 60.0
NOT_OURS = 3


@dataclass
class Link:
    """Written to by the training thread, carried by the event loop."""

    runs: Runs
    run: str
    attempt: int
    stop: threading.Event = field(default_factory=threading.Event)
    ending: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._sending = asyncio.Lock()
        self._progress: Progress | None = None
        self._points: dict[int, Point] = {}
        self._heard = time.monotonic()

    def stop_requested(self) -> bool:
        """Whether somebody pressed Stop."""
        return self.stop.is_set()

    def interrupted(self) -> bool:
        """Whether this process was told to end."""
        return self.ending.is_set()

    def tell(self, progress: Progress, points: tuple[Point, ...] = ()) -> None:
        """Take news from any thread; the newest progress goes out, and every point."""
        with self._lock:
            self._progress = progress
            for point in points:
                self._points[point.step] = point

    async def carry(self) -> None:
        """Send news as they come and watch the lease; ends the process when the run is no longer ours."""
        looked = 0.0
        while True:
            try:
                if await self.send():
                    looked = time.monotonic()
                elif time.monotonic() - looked > LOOK_SECONDS:
                    self._obey(await self.runs.lease(self.run, self.attempt))
                    looked = time.monotonic()
            except Exception:
                silence = time.monotonic() - self._heard
                log.exception("the database did not answer for %.0f s", silence)
                if silence > LONGEST_SILENCE:
                    _leave("the database cannot be reached")
            await asyncio.sleep(REPORT_SECONDS)

    async def send(self) -> bool:
        """Send what is waiting, after what is on its way; False when nothing was."""
        async with self._sending:
            return await self._send()

    async def _send(self) -> bool:
        with self._lock:
            progress, points = self._progress, list(self._points.values())
            self._progress, self._points = None, {}
        if progress is None:
            return False
        try:
            lease = await self.runs.report(self.run, self.attempt, progress, points)
        except Exception:
            with self._lock:
                self._progress = self._progress or progress
                self._points = {**{point.step: point for point in points}, **self._points}
            raise
        self._obey(lease)
        return True

    def _obey(self, lease: Lease) -> None:
        self._heard = time.monotonic()
        if not lease.held:
            _leave("another attempt holds the run")
        if lease.stop_requested:
            self.stop.set()


def _leave(why: str) -> None:
    """End at once, in the middle of a step if need be: whatever it computes, nobody will take."""
    log.warning("leaving: %s", why)
    logging.shutdown()
    os._exit(NOT_OURS)
