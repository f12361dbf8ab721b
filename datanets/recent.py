"""What many ask for at the same moment is worked out once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

from cachetools import TTLCache

T = TypeVar("T")

# This process sees its own changes at once; those of another process show after so long.
SECONDS = 5.0
MOST = 256


class Recent:
    """Answers of the last few seconds, dropped as soon as this process writes."""

    def __init__(self) -> None:
        self._kept: TTLCache[Hashable, asyncio.Task[Any]] = TTLCache(maxsize=MOST, ttl=SECONDS)

    async def get(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer that is kept or under way, or start `work`; a failure is not kept."""
        task: asyncio.Task[T] | None = self._kept.get(key)
        if task is None:
            task = self._kept[key] = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._forget_failure(key, done))
        # One asker who goes away must not take the answer from the others.
        return await asyncio.shield(task)

    def drop(self) -> None:
        """Something was written: whoever asks from now on is told what is new."""
        self._kept.clear()

    def _forget_failure(self, key: Hashable, done: "asyncio.Task[Any]") -> None:
        if (done.cancelled() or done.exception() is not None) and self._kept.get(key) is done:
            del self._kept[key]
