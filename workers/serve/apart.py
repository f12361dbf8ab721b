"""Work on texts in a thread of its own, a few at a time."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
# Few at a time: texts of a batch are filled up to the longest one.
BATCH = 8


class Apart:
    """A thread for a small model, so that a question to the library never waits for a reply to end."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)

    async def each(
        self, texts: Sequence[str], work: Callable[[list[str]], tuple[list[T], int]]
    ) -> tuple[list[T], int]:
        """What `work` makes of each text, and how many tokens it read in all."""
        loop = asyncio.get_running_loop()
        made: dict[int, T] = {}
        tokens = 0
        alike = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        # Batch by batch, so that a short request gets in between those of a long one.
        for start in range(0, len(texts), BATCH):
            batch = alike[start : start + BATCH]
            results, read = await loop.run_in_executor(self._thread, work, [texts[n] for n in batch])
            made.update(zip(batch, results, strict=True))
            tokens += read
        return [made[number] for number in range(len(texts))], tokens

    def soon(self, work: Callable[[], None]) -> None:
        """Have something done before what comes next."""
        self._thread.submit(work)

    def stop(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)
