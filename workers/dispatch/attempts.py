"""Carries one attempt of a run from its fence to its end, and ends it when it stalls or will not stop."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from datanets.clock import Clock
from datanets.fence import Fence

log = logging.getLogger(__name__)

# A child looks at its lease every few seconds and keeps the best checkpoint before it ends.
STOP_GRACE = timedelta(seconds=90)


class Attempts(Protocol):
    """Where attempts are carried out: a child process here, or a job of a Ray cluster."""

    async def carry_out(self, run: str, attempt: int) -> str:
        """Train until it ends and return how; cancelling ends what cannot outlive this process."""
        ...

    async def end(self, run: str, attempt: int) -> None:
        """End an attempt that stalls or will not stop, wherever it runs."""
        ...

    async def is_running(self, run: str, attempt: int) -> bool:
        """Whether an attempt that was begun before still runs."""
        ...


@dataclass(frozen=True)
class Ended:
    """How an attempt ended: whether the run is over, and the furthest step that was reported."""

    over: bool
    step: int
    how: str


@dataclass(frozen=True)
class Attempt:
    """The tools of an attempt; `carry_out` is its one door."""

    runs: Fence
    attempts: Attempts
    clock: Clock
    stall: timedelta
    watch_seconds: float = 2.0

    async def carry_out(self, run: str) -> Ended:
        """Begin an attempt, or join the one that still runs, and stay with it to its end."""
        attempt = await self._begin(run)
        if attempt is None:
            return Ended(over=True, step=0, how="the run was over")
        log.info("run %s attempt %s begins", run, attempt)
        job = asyncio.create_task(self.attempts.carry_out(run, attempt))
        try:
            how = await self._stay(run, job)
            if not job.done():
                await self.attempts.end(run, attempt)
        finally:
            if not job.done():
                job.cancel()
                await asyncio.wait({job})
        standing = await self.runs.standing(run)
        log.info("run %s attempt %s ended (%s), the run is %s", run, attempt, how, standing.state)
        return Ended(over=standing.state.is_over, step=standing.step, how=how)

    async def _begin(self, run: str) -> int | None:
        standing = await self.runs.standing(run)
        if standing.state.is_over:
            return None
        if standing.attempt and await self.attempts.is_running(run, standing.attempt):
            return standing.attempt
        return await self.runs.begin(run)

    async def _stay(self, run: str, job: "asyncio.Task[str]") -> str:
        asked_at = None
        while True:
            done, _ = await asyncio.wait({job}, timeout=self.watch_seconds)
            if done:
                return job.result()
            standing = await self.runs.standing(run)
            now = self.clock.now()
            if standing.progress_at and now - standing.progress_at > self.stall:
                return f"no progress for {self.stall}"
            if standing.stop_requested or standing.state.is_over:
                asked_at = asked_at or now
                if now - asked_at > STOP_GRACE:
                    return f"still there {STOP_GRACE} after it was told to stop"
