"""The core, opened: every service on one database, one clock, one blob store."""

from dataclasses import dataclass

from datanets.blobs import Blobs
from datanets.clock import Clock, SystemClock
from datanets.comparisons import Comparisons
from datanets.config import CoreSettings
from datanets.contributions import Contributions
from datanets.conversations import Conversations
from datanets.database import Database
from datanets.engine import Engine
from datanets.faults import Faults
from datanets.feedback import Opinions
from datanets.formats import Sandbox
from datanets.inbox import Drafts, Inbox
from datanets.intake import Intake
from datanets.ledger import Credit
from datanets.members import Members
from datanets.models import Models
from datanets.nets import Datanets
from datanets.news import Newsroom
from datanets.places import Places
from datanets.privacy import Privacy
from datanets.quota import QuotaLimits, Quotas
from datanets.releases import Releases
from datanets.reliability import Reliability
from datanets.retention import Retention
from datanets.review import Review
from datanets.rooms import Rooms
from datanets.runs import Queue, Runs
from datanets.standing import Standing
from datanets.workshop import Workshop


@dataclass(frozen=True)
class Core:
    """All services; `close` gives the connections back."""

    db: Database
    clock: Clock
    blobs: Blobs
    engine: Engine
    members: Members
    places: Places
    datanets: Datanets
    quotas: Quotas
    intake: Intake
    contributions: Contributions
    review: Review
    reliability: Reliability
    credit: Credit
    standing: Standing
    releases: Releases
    runs: Runs
    models: Models
    conversations: Conversations
    opinions: Opinions
    comparisons: Comparisons
    workshop: Workshop
    newsroom: Newsroom
    inbox: Inbox
    drafts: Drafts
    rooms: Rooms
    faults: Faults
    privacy: Privacy
    retention: Retention

    @classmethod
    def open(
        cls, settings: CoreSettings, *, clock: Clock | None = None, queue: Queue | None = None
    ) -> "Core":
        """Put the services together; nothing is connected before the first use."""
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        db, time, blobs = Database.open(settings.database), clock or SystemClock(), Blobs(settings.blobs)
        engine = Engine(settings.database)
        limits = QuotaLimits(
            settings.member_bytes_a_day, settings.member_files_a_day, settings.datanet_bytes_a_day
        )
        quotas = Quotas(db, time, limits)
        reliability = Reliability(db, time)
        return cls(
            db=db,
            clock=time,
            blobs=blobs,
            engine=engine,
            members=Members(db, time),
            places=Places(db, time),
            datanets=Datanets(db, time),
            quotas=quotas,
            intake=Intake(db, time, blobs, quotas, Sandbox()),
            contributions=Contributions(db, time),
            review=Review(db, time, reliability),
            reliability=reliability,
            credit=Credit(db, time),
            standing=Standing(db, time),
            releases=Releases(db, time),
            runs=Runs(db, time, queue or engine, settings.runs_at_once, settings.gpu_minutes_a_day),
            models=Models(db, time),
            conversations=Conversations(db, time),
            opinions=Opinions(db, time),
            comparisons=Comparisons(db, time),
            workshop=Workshop(db, time),
            newsroom=Newsroom(db, time),
            inbox=Inbox(db, time),
            drafts=Drafts(db, time),
            rooms=Rooms(db, time),
            faults=Faults(db, time),
            privacy=Privacy(db, time, blobs),
            retention=Retention(db, time),
        )

    async def close(self) -> None:
        """Give every connection back and end the children that clean files."""
        await self.intake.sandbox.close()
        await self.engine.close()
        await self.db.close()
