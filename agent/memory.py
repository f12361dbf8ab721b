"""Where threads are kept, LangGraph's checkpoints in a file or in PostgreSQL, and when they are deleted."""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection

MOST_CONNECTIONS = 4
# LangGraph's ids of checkpoints begin with the time, counted as in a UUID of version 6.
_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)


async def opened(memory: str | Path, stack: contextlib.AsyncExitStack) -> Any:
    """Return LangGraph's saver for a postgresql:// address or a file; the stack closes it."""
    if isinstance(memory, str):
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg.rows import DictRow, dict_row
        from psycopg_pool import AsyncConnectionPool

        # A single connection would be lost for good when PostgreSQL restarts: a pool opens another.
        pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            memory,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            open=False,
            check=AsyncConnectionPool.check_connection,
            kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        )
        saver = AsyncPostgresSaver(await stack.enter_async_context(pool))
        await saver.setup()
        return saver
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    memory.parent.mkdir(parents=True, exist_ok=True)
    return await stack.enter_async_context(AsyncSqliteSaver.from_conn_string(str(memory)))


async def threads_of(saver: Any, member: str) -> set[str]:
    """Return the threads in which a member said anything."""
    return {_thread(one) async for one in saver.alist(None, filter={"member": member})}


async def threads_before(saver: Any, moment: datetime) -> set[str]:
    """Return the threads that keep anything older than a moment."""
    before = {"configurable": {"checkpoint_id": _first_id(moment)}}
    return {_thread(one) async for one in saver.alist(None, before=before)}


async def forget_before(saver: Any, thread: str, moment: datetime) -> bool:
    """Delete a thread untouched since then, and say so; of any other keep its newest checkpoint alone."""
    config = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    newest = await saver.aget_tuple(config)
    await saver.adelete_thread(thread)
    if newest is None or newest.config["configurable"]["checkpoint_id"] < _first_id(moment):
        return True
    kept = await saver.aput(config, newest.checkpoint, newest.metadata, newest.checkpoint["channel_versions"])
    waiting: dict[str, list[tuple[str, Any]]] = {}
    for task, channel, value in newest.pending_writes or ():
        waiting.setdefault(task, []).append((channel, value))
    for task, writes in waiting.items():
        await saver.aput_writes(kept, writes, task)
    return False


def _thread(one: Any) -> str:
    return str(one.config["configurable"]["thread_id"])


def _first_id(moment: datetime) -> str:
    ticks = (moment - _EPOCH) // timedelta(microseconds=1) * 10
    return f"{ticks >> 28:08x}-{ticks >> 12 & 0xFFFF:04x}-6{ticks & 0xFFF:03x}-8000-000000000000"
