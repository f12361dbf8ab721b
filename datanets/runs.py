"""Runs: queued and paid for in one transaction, written by workers behind a fence."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import (
    Actor,
    Estimate,
    Lease,
    NewsKind,
    Point,
    Progress,
    Result,
    RunOrder,
    RunState,
    RunView,
    Sample,
)
from datanets.ids import new_id
from datanets.ledger import member_account, post, shares
from datanets.news import tell
from datanets.recipe import Recipe
from datanets.refusals import BudgetSpent, NotAllowed, NotFound, RunOver, TooManyRuns
from datanets.releases import release_items, release_views
from datanets.tables import (
    Budget,
    ContributionRow,
    DatanetRow,
    Member,
    ReleaseItemRow,
    ReleaseRow,
    RunPoint,
    RunRow,
)

MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.STOPPED, RunState.FAILED}),
    RunState.RUNNING: frozenset({RunState.RUNNING, RunState.SUCCEEDED, RunState.FAILED, RunState.STOPPED}),
    RunState.SUCCEEDED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.STOPPED: frozenset(),
}
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
USE_POINTS = 100


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
class RunStanding:
    """Where a run stands, as the dispatcher needs it."""

    state: RunState
    attempt: int
    step: int
    stop_requested: bool
    progress_at: datetime | None


@dataclass(frozen=True)
class Runs:
    """Starts, reads and stops runs; the worker's writes are fenced by attempt."""

    db: Database
    clock: Clock
    queue: Queue
    runs_at_once: int = 1
    minutes_a_day: int = 240

    # --- members ---------------------------------------------------------------------------------
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
            row = await _row(session, run, actor.community, lock=True)
            if actor.member != row.starter_id and not actor.is_validator:
                raise NotAllowed("validator", "stop")
            if RunState(row.state).is_over:
                raise RunOver(row.state)
            row.stop_requested = True
            if row.state == RunState.QUEUED:
                await _end(session, row, RunState.STOPPED, now)
            await session.flush()
            await tell(session, row.community_id, NewsKind.RUN, row.id, now)
            return (await run_views(session, [row]))[0]

    async def get(self, community: str, run: str) -> RunView:
        """Return a run with its loss curve, by id or model name; raises NotFound."""
        async with self.db.read() as session:
            row = await _row(session, run, community)
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

    # --- dispatcher ------------------------------------------------------------------------------
    async def standing(self, run: str) -> RunStanding:
        """Return where a run stands; raises NotFound."""
        async with self.db.read() as session:
            row = await _row(session, run)
        step = int(row.progress.get("step", 0))
        return RunStanding(RunState(row.state), row.attempt, step, row.stop_requested, row.progress_at)

    async def begin(self, run: str) -> int | None:
        """Begin the next attempt and return its number, or None when the run is over.

        From here on every write of an earlier attempt falls off the fence.
        """
        now = self.clock.now()
        async with self.db.begin() as session:
            row = await _row(session, run, lock=True)
            if RunState(row.state).is_over:
                return None
            if row.stop_requested:
                await _end(session, row, RunState.STOPPED, now)
                return None
            row.state, row.attempt = RunState.RUNNING, row.attempt + 1
            row.started_at, row.progress_at = row.started_at or now, now
            await tell(session, row.community_id, NewsKind.RUN, row.id, now)
            return row.attempt

    async def give_up(self, run: str, failure: str) -> None:
        """End a run that no attempt could finish; one that is over stays as it is."""
        async with self.db.begin() as session:
            row = await _row(session, run, lock=True)
            if not RunState(row.state).is_over:
                state = RunState.STOPPED if row.stop_requested else RunState.FAILED
                row.failure = "" if row.stop_requested else failure
                await _end(session, row, state, self.clock.now())

    async def unfinished(self) -> tuple[str, ...]:
        """Return every run that is queued or running, oldest first."""
        query = select(RunRow.id).where(RunRow.state.in_(UNFINISHED)).order_by(RunRow.created_at)
        async with self.db.read() as session:
            return tuple(await session.scalars(query))

    # --- the training process ----------------------------------------------------------------------
    async def order(self, run: str, attempt: int) -> RunOrder | None:
        """Return what to train, or None when the attempt does not hold the run any more."""
        from datanets.feedback import preference_pairs

        async with self.db.read() as session:
            row = await _row(session, run)
            if row.attempt != attempt or row.state != RunState.RUNNING:
                return None
            recipe = Recipe.from_dict(row.recipe)
            release = (await release_views(session, [await session.get_one(ReleaseRow, row.release_id)]))[0]
            items = await release_items(session, row.release_id)
            prefers = recipe.objective == "preferences"
            pairs = await preference_pairs(session, row.community_id, row.family) if prefers else ()
        return RunOrder(
            run=row.id,
            attempt=attempt,
            model=row.model,
            community=row.community_id,
            datanet=release.datanet,
            release=release,
            items=items,
            recipe=recipe,
            parent=row.parent_id or "",
            pairs=pairs,
        )

    async def report(self, run: str, attempt: int, progress: Progress, points: Iterable[Point] = ()) -> Lease:
        """Write progress and curve points behind the fence; the answer says whether to go on."""
        now = self.clock.now()
        values = {"progress": asdict(progress), "progress_at": now}
        async with self.db.begin() as session:
            if not await _fenced(session, run, attempt, values):
                return Lease(held=False)
            for point in points:
                losses = {"loss": point.loss, "held_out_loss": point.held_out_loss}
                row = insert(session, RunPoint).values(run_id=run, step=point.step, **losses)
                known = {name: value for name, value in losses.items() if value is not None}
                await session.execute(
                    row.on_conflict_do_update(index_elements=["run_id", "step"], set_=known)
                    if known
                    else row.on_conflict_do_nothing()
                )
            found = await _row(session, run)
            await tell(session, found.community_id, NewsKind.RUN, run, now)
            return Lease(held=True, stop_requested=found.stop_requested)

    async def lease(self, run: str, attempt: int) -> Lease:
        """Look whether an attempt still holds its run, without writing."""
        async with self.db.read() as session:
            row = await _row(session, run)
        held = row.attempt == attempt and row.state == RunState.RUNNING
        return Lease(held=held, stop_requested=row.stop_requested)

    async def finish(
        self, run: str, attempt: int, result: Result, *, stopped: bool = False, has_model: bool = True
    ) -> bool:
        """End a run with its result, once; False when the attempt does not hold the run any more."""
        now = self.clock.now()
        async with self.db.begin() as session:
            if not await _fenced(session, run, attempt, {"result": asdict(result), "has_model": has_model}):
                return False
            row = await _row(session, run)
            await _end(session, row, RunState.STOPPED if stopped else RunState.SUCCEEDED, now)
            if has_model:
                await tell(session, row.community_id, NewsKind.MODEL, row.id, now)
                await _credit_use(session, row, now)
            return True

    async def fail(self, run: str, attempt: int, failure: str) -> bool:
        """End a run for good with a sentence that says why and what to do; fenced like `finish`."""
        async with self.db.begin() as session:
            if not await _fenced(session, run, attempt, {"failure": failure}):
                return False
            await _end(session, await _row(session, run), RunState.FAILED, self.clock.now())
            return True

    # --- inside ----------------------------------------------------------------------------------
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


async def run_views(
    session: AsyncSession, rows: Sequence[RunRow], curves: dict[str, tuple[Point, ...]] | None = None
) -> tuple[RunView, ...]:
    """Show runs with the names of their datanets and starters."""
    nets = dict((await session.execute(select(DatanetRow.id, DatanetRow.name))).all())
    starters = {row.starter_id for row in rows}
    names = dict((await session.execute(select(Member.id, Member.name).where(Member.id.in_(starters)))).all())
    releases = {row.release_id for row in rows}
    found = select(ReleaseRow.id, ReleaseRow.number).where(ReleaseRow.id.in_(releases))
    numbers = dict((await session.execute(found)).all())
    return tuple(
        RunView(
            id=row.id,
            community=row.community_id,
            datanet=nets[row.datanet_id],
            release_id=row.release_id,
            release=numbers[row.release_id],
            recipe=Recipe.from_dict(row.recipe),
            base_title=row.base_title,
            state=RunState(row.state),
            attempt=row.attempt,
            progress=Progress(**row.progress),
            result=read_result(row.result) if row.result else None,
            failure=row.failure,
            model=row.model,
            starter=row.starter_id,
            starter_name=names[row.starter_id],
            stop_requested=row.stop_requested,
            estimate=Estimate(**row.estimate) if row.estimate else None,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            curve=(curves or {}).get(row.id, ()),
        )
        for row in rows
    )


def read_result(values: dict[str, object]) -> Result:
    """Read a result back from its row."""
    plain = {**values, "notes": tuple(values.get("notes") or ())}  # type: ignore[arg-type]
    samples = tuple(Sample(**sample) for sample in values.get("samples") or ())  # type: ignore[attr-defined]
    return Result(**{**plain, "samples": samples})  # type: ignore[arg-type]


async def _fenced(session: AsyncSession, run: str, attempt: int, values: dict[str, object]) -> bool:
    mine = (RunRow.id == run, RunRow.attempt == attempt, RunRow.state == RunState.RUNNING)
    done = await session.execute(update(RunRow).where(*mine).values(values))
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def _row(
    session: AsyncSession, run: str, community: str | None = None, *, lock: bool = False
) -> RunRow:
    query = select(RunRow).where((RunRow.id == run) | (RunRow.model == run.strip().lower()))
    query = query.where(RunRow.community_id == community) if community else query.where(RunRow.id == run)
    query = query.execution_options(populate_existing=True)
    row = (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if row is None:
        raise NotFound("run", run)
    return row


async def _end(session: AsyncSession, row: RunRow, to: RunState, now: datetime) -> None:
    """Move a run to one of its ends and give back the minutes that it did not use."""
    if to not in MOVES[RunState(row.state)]:
        raise AssertionError(f"a run never goes from {row.state} to {to}")
    row.state, row.finished_at = to, now
    used = min(row.minutes, round((now - row.started_at).total_seconds() / 60)) if row.started_at else 0
    mine = (Budget.community_id == row.community_id, Budget.day == row.day)
    await session.execute(update(Budget).where(*mine).values(minutes=Budget.minutes - row.minutes + used))
    row.minutes = used
    await session.flush()
    await tell(session, row.community_id, NewsKind.RUN, row.id, now)
    await tell(session, row.community_id, NewsKind.RUN_OVER, row.id, now)


async def _next_version(session: AsyncSession, community: str, family: str) -> int:
    query = select(func.max(RunRow.version)).where(RunRow.community_id == community, RunRow.family == family)
    return int(await session.scalar(query) or 0) + 1


async def _credit_use(session: AsyncSession, row: RunRow, now: datetime) -> None:
    """Credit the contributors whose accepted work went into a model, by their points, except the starter."""
    query = (
        select(ContributionRow.author_id, func.sum(ContributionRow.points))
        .join(ReleaseItemRow, ReleaseItemRow.contribution_id == ContributionRow.id)
        .where(ReleaseItemRow.release_id == row.release_id, ContributionRow.author_id != row.starter_id)
        .group_by(ContributionRow.author_id)
    )
    weights = {
        member_account(author): float(points) for author, points in (await session.execute(query)).all()
    }
    await post(
        session,
        key=f"use:{row.id}",
        kind="use",
        community=row.community_id,
        to=shares(USE_POINTS, weights),
        at=now,
        note=row.model,
    )


def _tomorrow(now: datetime) -> datetime:
    day: date = now.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
