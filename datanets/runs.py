"""The members' side of runs: queued and paid for in one transaction, looked at, stopped."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.database import insert
from datanets.facts import Actor, Estimate, NewsKind, Point, RunState, RunView
from datanets.fence import UNFINISHED, Fence, end_run, run_row
from datanets.ids import new_id
from datanets.news import tell
from datanets.recipe import Recipe
from datanets.refusals import BudgetSpent, NotAllowed, NotFound, RunOver, TooManyRuns
from datanets.run_views import run_views
from datanets.tables import Budget, ReleaseRow, RunPoint, RunRow


class Queue(Protocol):
    """The durable queue; `datanets.engine.Engine` is the real one."""

    async def enqueue(self, session: AsyncSession, run: str) -> None:
        """Queue a run in the transaction of `session`."""
        ...


@dataclass(frozen=True)
class RunPlan:
    """What somebody wants trained: everything checked except the community's budget."""

    release: str
    recipe: Recipe
    base_title: str
    family: str
    estimate: Estimate
    parent: str = ""


@dataclass(frozen=True)
class Runs(Fence):
    """Starts, reads and stops the runs of a community."""

    queue: Queue
    runs_at_once: int = 1
    minutes_a_day: int = 240

    async def start(self, actor: Actor, plan: RunPlan) -> RunView:
        """Queue a run and spend its minutes; raises NotFound, TooManyRuns, BudgetSpent."""
        now, minutes = self.clock.now(), max(1, round(plan.estimate.seconds / 60))
        async with self.db.begin() as session:
            release = await session.get(ReleaseRow, plan.release)
            if release is None or release.community_id != actor.community:
                raise NotFound("release", plan.release)
            await self._spend(session, actor.community, minutes, now)
            await self._room(session, actor.community)
            version = await _next_version(session, actor.community, plan.family)
            row = RunRow(
                id=new_id(),
                community_id=actor.community,
                datanet_id=release.datanet_id,
                release_id=release.id,
                starter_id=actor.member,
                parent_id=plan.parent or None,
                family=plan.family,
                version=version,
                model=f"{plan.family}-{version}",
                base_title=plan.base_title,
                recipe=plan.recipe.as_dict(),
                state=RunState.QUEUED,
                progress={},
                estimate=asdict(plan.estimate),
                minutes=minutes,
                day=now.date(),
                created_at=now,
            )
            session.add(row)
            await session.flush()
            await tell(session, actor.community, NewsKind.RUN, row.id, now)
            await self.queue.enqueue(session, row.id)
            return (await run_views(session, [row]))[0]

    async def stop(self, actor: Actor, run: str) -> RunView:
        """Ask a run to stop; its starter and validators may. A queued one stops at once."""
        now = self.clock.now()
        async with self.db.begin() as session:
            row = await run_row(session, run, actor.community, lock=True)
            if actor.member != row.starter_id and not actor.is_validator:
                raise NotAllowed("validator", "stop")
            if RunState(row.state).is_over:
                raise RunOver(row.state)
            row.stop_requested = True
            if row.state == RunState.QUEUED:
                await end_run(session, row, RunState.STOPPED, now)
            await session.flush()
            await tell(session, row.community_id, NewsKind.RUN, row.id, now)
            return (await run_views(session, [row]))[0]

    async def get(self, community: str, run: str) -> RunView:
        """Return a run with its loss curve, by id or model name; raises NotFound."""
        async with self.db.read() as session:
            row = await run_row(session, run, community)
            points = await session.scalars(
                select(RunPoint).where(RunPoint.run_id == row.id).order_by(RunPoint.step)
            )
            curve = tuple(Point(point.step, point.loss, point.held_out_loss) for point in points)
            return (await run_views(session, [row], {row.id: curve}))[0]

    async def list(self, community: str, limit: int = 20) -> Sequence[RunView]:
        """Return the newest runs of a community, without their curves."""
        query = select(RunRow).where(RunRow.community_id == community).order_by(RunRow.created_at.desc())
        async with self.db.read() as session:
            return await run_views(session, list(await session.scalars(query.limit(limit))))

    async def minutes_left(self, community: str) -> int:
        """Return the training minutes that a community may still queue today."""
        async with self.db.read() as session:
            row = await session.get(Budget, (community, self.clock.now().date()))
        return self.minutes_a_day - (row.minutes if row else 0)

    async def _spend(self, session: AsyncSession, community: str, minutes: int, now: datetime) -> None:
        statement = insert(session, Budget).values(community_id=community, day=now.date(), minutes=0)
        await session.execute(statement.on_conflict_do_nothing())
        mine = (Budget.community_id == community, Budget.day == now.date())
        enough = Budget.minutes + minutes <= self.minutes_a_day
        spend = update(Budget).where(*mine, enough).values(minutes=Budget.minutes + minutes)
        if (await session.execute(spend)).rowcount == 0:  # type: ignore[attr-defined]
            used = await session.scalar(select(Budget.minutes).where(*mine))
            raise BudgetSpent(self.minutes_a_day - int(used or 0), minutes, _tomorrow(now))

    async def _room(self, session: AsyncSession, community: str) -> None:
        # The budget row is locked by `_spend`, so two starts of one community cannot both count here.
        query = select(func.count()).where(RunRow.community_id == community, RunRow.state.in_(UNFINISHED))
        if int(await session.scalar(query) or 0) >= self.runs_at_once:
            raise TooManyRuns(self.runs_at_once)


async def _next_version(session: AsyncSession, community: str, family: str) -> int:
    query = select(func.max(RunRow.version)).where(RunRow.community_id == community, RunRow.family == family)
    return int(await session.scalar(query) or 0) + 1


def _tomorrow(now: datetime) -> datetime:
    day: date = now.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
