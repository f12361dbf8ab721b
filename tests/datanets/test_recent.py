"""Many who ask at the same moment are answered once, and never with what a write has made untrue."""

import asyncio

import pytest

from datanets.recent import Recent


class Counted:
    """Work that says how often it was done."""

    def __init__(self, failing: int = 0) -> None:
        self.times, self.failing, self.gate = 0, failing, asyncio.Event()

    async def __call__(self) -> int:
        self.times += 1
        done = self.times
        await self.gate.wait()
        if done <= self.failing:
            raise OSError("away")
        return done


async def test_a_hundred_at_once_are_answered_by_one_piece_of_work() -> None:
    recent, work = Recent(), Counted()
    asked = [asyncio.create_task(recent.get("board", work)) for _ in range(100)]
    await asyncio.sleep(0)
    asked[0].cancel()
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*asked[1:]) == [1] * 99


async def test_whoever_asks_after_a_write_is_told_what_is_new_even_while_the_old_work_goes_on() -> None:
    recent, work = Recent(), Counted()
    early = asyncio.create_task(recent.get("board", work))
    await asyncio.sleep(0)
    recent.drop()
    late = asyncio.create_task(recent.get("board", work))
    await asyncio.sleep(0)
    work.gate.set()
    assert await early == 1
    assert await late == await recent.get("board", work) == 2


async def test_a_failure_is_told_and_not_kept() -> None:
    recent, work = Recent(), Counted(failing=1)
    work.gate.set()
    with pytest.raises(OSError, match="away"):
        await recent.get("board", work)
    assert await recent.get("board", work) == 2
