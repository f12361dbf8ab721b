"""Runs are paid for once, fenced by attempt, and end once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.config import CoreSettings
from datanets.core import Core
from datanets.facts import Account, Actor, Caller, Estimate, Place, Point, Progress, Result, Role, RunState
from datanets.ids import new_id
from datanets.nets import Kind
from datanets.presets import Preset
from datanets.recipe import Recipe
from datanets.refusals import BudgetSpent, NotAllowed, RunOver, TooManyRuns
from datanets.runs import RunPlan
from datanets.tables import ContributionRow
from tests.conftest import HeldClock

ESTIMATE = Estimate(memory_bytes=1, seconds=600, steps=10, fits=True)


class Remembered:
    """A queue that remembers, in the transaction like the real one."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    async def enqueue(self, session: AsyncSession, run: str) -> None:
        assert session.in_transaction()
        self.runs.append(run)


@pytest.fixture
async def core(database_url: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Core]:
    settings = CoreSettings(
        data_dir=tmp_path, database_url=database_url, gpu_minutes_a_day=25, _env_file=None
    )
    opened = Core.open(settings, clock=clock, queue=Remembered())
    yield opened
    await opened.close()


async def actor(core: Core, name: str, *roles: Role) -> Actor:
    caller = Caller(Account("playground", name), Place("playground", "house"), frozenset(roles), name)
    return await core.members.actor(caller)


async def plan(core: Core, ana: Actor, **changes: object) -> RunPlan:
    """A release with one accepted contribution of eve, and a plan to train on it."""
    eve = await actor(core, "eve")
    nets = await core.datanets.list(ana.community)
    net = nets[0] if nets else await core.datanets.create(ana, "facts", Kind.TEXT)
    async with core.db.begin() as session:
        session.add(
            ContributionRow(
                id=new_id(),
                community_id=ana.community,
                datanet_id=net.id,
                author_id=eve.member,
                state="accepted",
                format="txt",
                name="a.txt",
                size=3,
                digest=new_id(),
                clean_digest=new_id(),
                clean_size=3,
                context={},
                notes=[],
                excerpt="abc",
                consent_version=1,
                points=90,
                score=0.9,
                created_at=core.clock.now(),
                decided_at=core.clock.now(),
            )
        )
    release = await core.releases.make(ana, "facts")
    recipe = Recipe.preset(Preset.TASTE, "smollm2-135m")
    return RunPlan(release.id, recipe, "SmolLM2", "chef", ESTIMATE, **changes)


async def test_a_run_is_queued_and_its_minutes_are_spent_together(core: Core) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    run = await core.runs.start(ana, await plan(core, ana))

    assert (run.state, run.model) == (RunState.QUEUED, "chef-1")
    assert core.runs.queue.runs == [run.id]  # type: ignore[attr-defined]
    assert await core.runs.minutes_left(ana.community) == 15


async def test_a_second_run_is_refused_and_spends_nothing(core: Core) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    wanted = await plan(core, ana)
    await core.runs.start(ana, wanted)
    with pytest.raises(TooManyRuns):
        await core.runs.start(ana, wanted)
    assert await core.runs.minutes_left(ana.community) == 15


async def test_of_twenty_starts_at_once_one_is_queued(core: Core) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    wanted = await plan(core, ana)
    results = await asyncio.gather(*(core.runs.start(ana, wanted) for _ in range(20)), return_exceptions=True)

    assert sum(1 for one in results if not isinstance(one, BaseException)) == 1
    assert all(
        isinstance(one, TooManyRuns | BudgetSpent) for one in results if isinstance(one, BaseException)
    )
    assert await core.runs.minutes_left(ana.community) == 15


async def test_the_budget_is_never_overspent(core: Core, clock: HeldClock) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    wanted = await plan(core, ana)
    for _ in range(2):
        run = await core.runs.start(ana, wanted)
        attempt = await core.runs.begin(run.id)
        clock.advance(minutes=10)
        assert await core.runs.finish(run.id, attempt or 0, Result())
    with pytest.raises(BudgetSpent) as refused:
        await core.runs.start(ana, wanted)
    assert (refused.value.left, refused.value.wanted) == (5, 10)


async def test_unused_minutes_come_back(core: Core, clock: HeldClock) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    run = await core.runs.start(ana, await plan(core, ana))
    attempt = await core.runs.begin(run.id)
    clock.advance(minutes=2)
    await core.runs.finish(run.id, attempt or 0, Result())
    assert await core.runs.minutes_left(ana.community) == 23


async def test_an_older_attempt_falls_off_the_fence(core: Core) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    run = await core.runs.start(ana, await plan(core, ana))
    first = await core.runs.begin(run.id)
    second = await core.runs.begin(run.id)

    assert (first, second) == (1, 2)
    assert not (await core.runs.report(run.id, 1, Progress(step=9))).held
    assert not await core.runs.finish(run.id, 1, Result())
    assert await core.runs.order(run.id, 1) is None
    assert (await core.runs.report(run.id, 2, Progress(step=3))).held
    assert await core.runs.finish(run.id, 2, Result())
    assert not await core.runs.finish(run.id, 2, Result())
    assert [model.name for model in await core.models.list(ana.community)] == ["chef-1"]


async def test_use_is_credited_once_and_never_to_the_starter(core: Core) -> None:
    ana, eve = await actor(core, "ana", Role.ADMIN), await actor(core, "eve")
    run = await core.runs.start(ana, await plan(core, ana))
    await core.runs.begin(run.id)
    await core.runs.finish(run.id, 1, Result())
    await core.runs.finish(run.id, 1, Result())

    assert (await core.credit.of(ana.community, eve.member)).balance == 100
    assert (await core.credit.of(ana.community, ana.member)).balance == 0
    assert await core.credit.trial_balance() == 0


async def test_a_repeated_step_overwrites_its_point(core: Core) -> None:
    ana = await actor(core, "ana", Role.ADMIN)
    run = await core.runs.start(ana, await plan(core, ana))
    await core.runs.begin(run.id)
    await core.runs.report(run.id, 1, Progress(step=2), [Point(1, 3.0), Point(2, 2.0)])
    await core.runs.report(run.id, 1, Progress(step=2), [Point(2, 2.5), Point(2, None, 2.2)])
    assert (await core.runs.get(ana.community, run.id)).curve == (Point(1, 3.0), Point(2, 2.5, 2.2))


async def test_stop_reaches_the_worker_and_a_queued_run_ends_at_once(core: Core) -> None:
    ana, eve = await actor(core, "ana", Role.ADMIN), await actor(core, "eve")
    wanted = await plan(core, ana)
    queued = await core.runs.start(ana, wanted)
    with pytest.raises(NotAllowed):
        await core.runs.stop(eve, queued.id)
    assert (await core.runs.stop(ana, queued.id)).state is RunState.STOPPED
    assert await core.runs.begin(queued.id) is None
    with pytest.raises(RunOver):
        await core.runs.stop(ana, queued.id)

    run = await core.runs.start(ana, wanted)
    await core.runs.begin(run.id)
    await core.runs.stop(ana, run.model)
    assert (await core.runs.report(run.id, 1, Progress())).stop_requested
    await core.runs.finish(run.id, 1, Result(), stopped=True)
    assert (await core.runs.get(ana.community, run.id)).state is RunState.STOPPED


async def test_another_community_sees_nothing(core: Core) -> None:
    from datanets.refusals import NotFound

    ana = await actor(core, "ana", Role.ADMIN)
    run = await core.runs.start(ana, await plan(core, ana))
    stranger = Caller(Account("discord", "1"), Place("discord", "2"), frozenset({Role.ADMIN}), "x")
    away = await core.members.actor(stranger)
    with pytest.raises(NotFound):
        await core.runs.get(away.community, run.id)
    with pytest.raises(NotFound):
        await core.runs.stop(away, run.id)
