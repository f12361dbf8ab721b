"""The workers' side of runs: attempts begin, report and end, and every write is fenced by its attempt."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Lease, NewsKind, Point, Progress, Result, RunOrder, RunState
from datanets.feedback import preference_pairs
from datanets.ledger import member_account, post, shares
from datanets.news import tell
from datanets.recipe import Recipe
from datanets.refusals import NotFound
from datanets.releases import release_items, release_views
from datanets.tables import Budget, ContributionRow, ReleaseItemRow, ReleaseRow, RunPoint, RunRow

MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.STOPPED, RunState.FAILED}),
    RunState.RUNNING: frozenset({RunState.RUNNING, RunState.SUCCEEDED, RunState.FAILED, RunState.STOPPED}),
    RunState.SUCCEEDED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.STOPPED: frozenset(),
}
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)
USE_POINTS = 100


@dataclass(frozen=True)
class RunStanding:
    """Where a run stands, as the dispatcher needs it."""

    state: RunState
    attempt: int
    step: int
    stop_requested: bool
    progress_at: datetime | None


@dataclass(frozen=True)
class Fence:
    """Hands runs to attempts; what an earlier attempt still writes falls off."""

    db: Database
    clock: Clock

    # --- the dispatcher ----------------------------------------------------------------------------
    async def standing(self, run: str) -> RunStanding:
        """Return where a run stands; raises NotFound."""
        async with self.db.read() as session:
            row = await run_row(session, run)
        step = int(row.progress.get("step", 0))
        return RunStanding(RunState(row.state), row.attempt, step, row.stop_requested, row.progress_at)

    async def begin(self, run: str) -> int | None:
        """Begin the next attempt and return its number, or None when the run is over.

        From here on every write of an earlier attempt falls off the fence.
        """
        now = self.clock.now()
        async with self.db.begin() as session:
            row = await run_row(session, run, lock=True)
            if RunState(row.state).is_over:
                return None
            if row.stop_requested:
                await end_run(session, row, RunState.STOPPED, now)
                return None
            row.state, row.attempt = RunState.RUNNING, row.attempt + 1
            row.started_at, row.progress_at = row.started_at or now, now
            await tell(session, row.community_id, NewsKind.RUN, row.id, now)
            return row.attempt

    async def give_up(self, run: str, failure: str) -> None:
        """End a run that no attempt could finish; one that is over stays as it is."""
        async with self.db.begin() as session:
            row = await run_row(session, run, lock=True)
            if not RunState(row.state).is_over:
                state = RunState.STOPPED if row.stop_requested else RunState.FAILED
                row.failure = "" if row.stop_requested else failure
                await end_run(session, row, state, self.clock.now())

    async def unfinished(self) -> tuple[str, ...]:
        """Return every run that is queued or running, oldest first."""
        query = select(RunRow.id).where(RunRow.state.in_(UNFINISHED)).order_by(RunRow.created_at)
        async with self.db.read() as session:
            return tuple(await session.scalars(query))

    # --- the training process ----------------------------------------------------------------------
    async def order(self, run: str, attempt: int) -> RunOrder | None:
        """Return what to train, or None when the attempt does not hold the run any more."""
        async with self.db.read() as session:
            row = await run_row(session, run)
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
            found = await run_row(session, run)
            await tell(session, found.community_id, NewsKind.RUN, run, now)
            return Lease(held=True, stop_requested=found.stop_requested)

    async def lease(self, run: str, attempt: int) -> Lease:
        """Look whether an attempt still holds its run, without writing."""
        async with self.db.read() as session:
            row = await run_row(session, run)
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
            row = await run_row(session, run)
            await end_run(session, row, RunState.STOPPED if stopped else RunState.SUCCEEDED, now)
            if has_model:
                await tell(session, row.community_id, NewsKind.MODEL, row.id, now)
                await _credit_use(session, row, now)
            return True

    async def fail(self, run: str, attempt: int, failure: str) -> bool:
        """End a run for good with a sentence that says why and what to do; fenced like `finish`."""
        async with self.db.begin() as session:
            if not await _fenced(session, run, attempt, {"failure": failure}):
                return False
            await end_run(session, await run_row(session, run), RunState.FAILED, self.clock.now())
            return True


async def run_row(
    session: AsyncSession, run: str, community: str | None = None, *, lock: bool = False
) -> RunRow:
    """Find a run by its id, in a community by its model's name too; raises NotFound."""
    query = select(RunRow).where((RunRow.id == run) | (RunRow.model == run.strip().lower()))
    query = query.where(RunRow.community_id == community) if community else query.where(RunRow.id == run)
    query = query.execution_options(populate_existing=True)
    row = (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if row is None:
        raise NotFound("run", run)
    return row


async def end_run(session: AsyncSession, row: RunRow, to: RunState, now: datetime) -> None:
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


async def _fenced(session: AsyncSession, run: str, attempt: int, values: dict[str, object]) -> bool:
    mine = (RunRow.id == run, RunRow.attempt == attempt, RunRow.state == RunState.RUNNING)
    done = await session.execute(update(RunRow).where(*mine).values(values))
    return bool(done.rowcount)  # type: ignore[attr-defined]


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
