"""The workers and what they offer, as their last heartbeat said."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import BaseOffer, Pace, Spelling, WorkerView
from datanets.refusals import BaseAway, NoWorker
from datanets.tables import WorkerRow

FRESH = timedelta(minutes=2)


@dataclass(frozen=True)
class Workshop:
    """Who can train and serve right now."""

    db: Database
    clock: Clock

    async def beat(self, worker: WorkerView) -> None:
        """Write a worker's heartbeat; `seen_at` of the argument is ignored, the clock decides."""
        offer = {key: value for key, value in asdict(worker).items() if key not in ("id", "url", "seen_at")}
        values = {"url": worker.url, "offer": offer, "seen_at": self.clock.now()}
        async with self.db.begin() as session:
            row = insert(session, WorkerRow).values(id=worker.id, **values)
            await session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))

    async def all(self) -> tuple[WorkerView, ...]:
        """Return every worker that ever reported, the latest first."""
        query = select(WorkerRow).order_by(WorkerRow.seen_at.desc())
        async with self.db.read() as session:
            return tuple(_view(row) for row in await session.scalars(query))

    async def online(self) -> tuple[WorkerView, ...]:
        """Return the workers that reported within the last two minutes."""
        since = self.clock.now() - FRESH
        return tuple(worker for worker in await self.all() if worker.seen_at >= since)

    async def bases(self) -> tuple[BaseOffer, ...]:
        """Return every base that a worker offers, ready ones first; raises NoWorker."""
        workers = await self.online()
        if not workers:
            raise NoWorker
        offers = {base.id: base for worker in workers for base in worker.bases}
        return tuple(sorted(offers.values(), key=lambda base: (not base.ready, base.parameters, base.id)))

    async def fitting(self, base: str) -> tuple[WorkerView, BaseOffer]:
        """Return a worker that can train a base now; raises NoWorker, BaseAway."""
        workers = await self.online()
        if not workers:
            raise NoWorker
        wanted = base.strip().lower()
        for worker in sorted(workers, key=lambda one: -one.memory_bytes):
            for offer in worker.bases:
                if offer.id.lower() == wanted and offer.ready:
                    return worker, offer
        known = {offer.id.lower(): offer for worker in workers for offer in worker.bases}
        if wanted in known:
            raise BaseAway(base, known[wanted].note)
        ready = sorted(offer.id for offer in known.values() if offer.ready)
        raise BaseAway(base, f"Ready here: {', '.join(ready)}." if ready else "")


def _view(row: WorkerRow) -> WorkerView:
    offer: dict[str, Any] = dict(row.offer)
    bases = tuple(_offer(base) for base in offer.pop("bases", ()))
    notes = tuple(offer.pop("notes", ()))
    return WorkerView(id=row.id, url=row.url, seen_at=row.seen_at, bases=bases, notes=notes, **offer)


def _offer(raw: dict[str, Any]) -> BaseOffer:
    nested = {
        "methods": tuple(raw["methods"]),
        "spelling": Spelling(**raw.get("spelling", {})),
        "paces": tuple(Pace(**pace) for pace in raw.get("paces", ())),
    }
    return BaseOffer(**{**raw, **nested})
