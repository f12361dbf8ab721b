"""What nobody can need any more is thrown away; what members said or handed in is never touched here.

Faults, drafts and the inbox throw their own old rows away when the next one comes.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta

from sqlalchemy import CursorResult, delete

from datanets.clock import Clock
from datanets.database import Database
from datanets.tables import Budget, LinkCode, Quota

# A day's counters are asked for on that day, and once more when an upload or a run from before midnight ends.
DAYS_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Retention:
    """Prunes what only counts for a while."""

    db: Database
    clock: Clock

    async def prune(self) -> int:
        """Throw away counters of past days and codes that expired; return how many rows that were."""
        now = self.clock.now()
        oldest = now.astimezone(UTC).date() - DAYS_KEPT
        stale = (Quota.day < oldest, Budget.day < oldest, LinkCode.expires_at < now)
        gone = 0
        async with self.db.begin() as session:
            for table, old in zip((Quota, Budget, LinkCode), stale, strict=True):
                result = await session.execute(delete(table).where(old))
                gone += result.rowcount if isinstance(result, CursorResult) else 0
        return gone
