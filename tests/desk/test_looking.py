"""Looking costs no transaction and leaves nothing behind; what one has just done shows at once."""

from dataclasses import replace

import pytest
from sqlalchemy import event, func, select

from bot.desk import Desk
from datanets.core import Core
from datanets.facts import Place, Role
from datanets.members import validators
from datanets.tables import Member
from tests.desk.people import ANA, BEN, EVE, HERE, hand_in, person


async def members(core: Core) -> int:
    async with core.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Member)) or 0


@pytest.fixture
def written(core: Core) -> list[str]:
    """What is said to the database in transactions that may write, from now on."""
    said: list[str] = []
    event.listen(core.db.writer.sync_engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    return said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_known_caller_costs_no_transaction_and_a_changed_one_does(
    desk: Desk, written: list[str]
) -> None:
    first = await desk.people.actor(EVE)
    written.clear()
    assert await desk.people.actor(EVE) == first
    assert written == []
    renamed = await desk.people.actor(replace(EVE, name="Eva"))
    assert (renamed.member, renamed.name) == (first.member, "Eva")
    assert written


async def test_a_stranger_who_looks_is_answered_and_nothing_is_kept(desk: Desk, core: Core) -> None:
    stranger, before = person("zoe"), await members(core)
    left = await desk.contribute.quota(stranger)
    assert left.files_left == left.files_limit
    assert left.bytes_left == left.bytes_limit
    assert await desk.contribute.mine(stranger) == ()
    assert [net.name for net in await desk.nets.list(stranger)] == ["recipes"]
    assert await desk.rankings.leaderboard(stranger) == ()
    assert await desk.rankings.place_of(stranger) is None
    assert (await desk.rankings.credit(stranger)).balance == 0
    assert await members(core) == before


async def test_a_stranger_elsewhere_sees_their_own_community(desk: Desk) -> None:
    away = replace(EVE, place=Place("playground", "shed", "Shed"))
    assert await desk.nets.list(away) == ()
    assert [net.name for net in await desk.nets.list(EVE)] == ["recipes"]


async def test_what_one_has_just_done_shows_at_once(desk: Desk) -> None:
    whole = await desk.contribute.quota(EVE)
    assert (await desk.nets.list(EVE))[0].pending == 0
    one = await hand_in(desk, "Warm the plates before serving.")
    left = await desk.contribute.quota(EVE)
    assert left.files_left == whole.files_left - 1
    assert left.bytes_left < whole.bytes_left
    assert [item.id for item in await desk.contribute.mine(EVE)] == [one]
    assert (await desk.nets.list(EVE))[0].pending == 1
    assert await desk.rankings.leaderboard(EVE) == ()
    for validator in (ANA, BEN, person("cem", Role.VALIDATOR)):
        await desk.reviewing.cast(validator, one, True)
    assert [row.name for row in await desk.rankings.leaderboard(EVE)] == ["eve"]


async def test_a_role_that_came_or_went_is_remembered_by_looking(desk: Desk, core: Core) -> None:
    core.members.look_again()
    former, new = replace(ANA, roles=frozenset()), person("zoe", Role.ADMIN)
    for one in (former, new):
        await desk.contribute.quota(one)
    async with core.db.read() as session:
        counted = await validators(session, await core.members.community(HERE))
    assert (await desk.people.actor(former)).member not in counted
    assert (await desk.people.actor(new)).member in counted
