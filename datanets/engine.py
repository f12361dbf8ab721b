"""The durable queue of runs: enqueues in the caller's own transaction, cancels, says what it holds."""

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "runs"
WORKFLOW = "dispatch_run"


def engine_url(database: str) -> str:
    """Turn an async SQLAlchemy URL into the one that the engine connects with."""
    url = make_url(database)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return url.set(drivername=driver).render_as_string(hide_password=False)


@dataclass(frozen=True)
class Engine:
    """A client of the engine's tables, which live in our own database; it runs nothing itself."""

    database: str

    @cached_property
    def _client(self) -> "DBOSClient":
        # Half a second and twenty megabytes that no chat has to wait for.
        from dbos import DBOSClient

        return DBOSClient(
            system_database_url=engine_url(self.database), lazy=True, retry_connection_errors=False
        )

    async def prepare(self) -> None:
        """Create or migrate the engine's tables; harmless when they are there."""
        await asyncio.to_thread(self._prepare)

    def _prepare(self) -> None:
        from dbos import DBOS

        DBOS.migrate(engine_url(self.database))

    async def enqueue(self, session: AsyncSession, run: str) -> None:
        """Queue a run in the transaction of `session`: both happen, or neither does."""
        client = await asyncio.to_thread(lambda: self._client)
        await session.run_sync(
            lambda sync: client.enqueue_in_transaction(
                sync, {"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": run}, run
            )
        )

    async def requeue(self, run: str) -> None:
        """Start the workflow of a run again from its first step, whatever became of it."""
        client = await asyncio.to_thread(lambda: self._client)
        if await client.list_workflows_async(workflow_ids=[run]):
            await client.delete_workflow_async(run)
        await client.enqueue_async({"workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": run}, run)

    async def cancel(self, run: str) -> None:
        """Cancel the workflow of a run; its attempt is killed by the dispatcher."""
        client = await asyncio.to_thread(lambda: self._client)
        await client.cancel_workflow_async(run)

    async def unfinished(self) -> frozenset[str]:
        """Return the runs that the engine still means to work on."""
        client = await asyncio.to_thread(lambda: self._client)
        found = await client.list_workflows_async(
            name=WORKFLOW, status=["ENQUEUED", "PENDING", "DELAYED"], load_input=False, load_output=False
        )
        return frozenset(workflow.workflow_id for workflow in found)

    async def close(self) -> None:
        """Give the connections back."""
        if "_client" in self.__dict__:
            await asyncio.to_thread(self._client.destroy)
