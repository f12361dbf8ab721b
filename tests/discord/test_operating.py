"""What moderators and admins do: decide, take back, join servers, look after the library."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.doctor import Finding, examine
from datanets.core import Core
from tests.discord.conftest import Kitchen, NoQueue
from tests.discord.test_review import opened
from tests.servers.discord import text_of
from tests.servers.discord_shapes import Json


@dataclass(frozen=True)
class Ahead:
    """A clock that is some days ahead."""

    days: int

    def now(self) -> datetime:
        """Return the moment so many days from now."""
        return datetime.now(UTC) + timedelta(days=self.days)


async def escalated(kitchen: Kitchen) -> Json:
    """A card for which nobody voted in time."""
    _, _, card = await opened(kitchen)
    core = Core.open(kitchen.settings, queue=NoQueue(), clock=Ahead(8))
    assert await core.review.sweep() == 1
    await core.close()
    await kitchen.server.until(lambda: "A moderator decides" in text_of(card))
    return card


async def test_a_moderator_alone_decides_what_was_escalated(kitchen: Kitchen) -> None:
    card = await escalated(kitchen)
    refused = await kitchen.validator("Vera").click(card, "Decide: accept")
    await refused.until(lambda a: "an admin" in a.text)
    await kitchen.server.owner(kitchen.guild).click(card, "Decide: accept")
    await kitchen.server.until(lambda: "Accepted · 50 points" in text_of(card))


async def test_a_moderators_rejection_carries_reason_and_note(kitchen: Kitchen) -> None:
    card = await escalated(kitchen)
    owner = kitchen.server.owner(kitchen.guild)
    asked = await owner.click(card, "Decide: reject")
    done = await owner.submit(asked, {"reason": "rights", "note": "Whose text is it?"})
    await done.until(lambda a: "Whose text is it?" in a.text)
    await kitchen.server.until(lambda: "Not taken" in text_of(card) and "Rights" in text_of(card))


async def test_an_admin_takes_back_what_was_accepted_and_its_points(kitchen: Kitchen) -> None:
    ana, voters, card = await opened(kitchen)
    owner = kitchen.server.owner(kitchen.guild)
    too_soon = await owner.submit(await owner.menu("Take back", kitchen.review, card), {"note": "No."})
    await too_soon.until(lambda a: a.text and "Taken back" not in a.text)
    for voter in voters:
        await voter.click(card, "Accept")
    await kitchen.server.until(lambda: "Accepted" in text_of(card))
    credit = await ana.slash("credit", kitchen.general)
    await credit.until(lambda a: "100" in a.text)
    asked = await owner.menu("Take back", kitchen.review, card)
    gone = await owner.submit(asked, {"note": "It was copied from a book."})
    await gone.until(lambda a: "Taken back by a moderator" in a.text)
    await kitchen.server.until(lambda: "Taken back by a moderator" in text_of(card))
    credit = await ana.slash("credit", kitchen.general)
    await credit.until(lambda a: "taken back" in a.text and "-100" in a.text)


async def test_two_servers_become_one_community(kitchen: Kitchen) -> None:
    await kitchen.net()
    owner = kitchen.server.owner(kitchen.guild)
    setup = await owner.slash("setup", kitchen.general)
    await setup.until(lambda a: a.followups)
    code = await owner.click(setup.followups[0], "Code for another place")
    await code.until(lambda a: "The code is" in a.text)
    typed = code.text.split("`")[1]
    other = kitchen.server.guild("Second kitchen")
    hall = kitchen.server.channel(other, "hall")
    head = kitchen.server.owner(other)
    empty = await head.slash("datanet list", hall)
    await empty.until(lambda a: a.text and "birds" not in a.text)
    setup = await head.slash("setup", hall)
    await setup.until(lambda a: a.followups)
    asked = await head.click(setup.followups[0], "Join a community")
    joined = await head.submit(asked, {"code": typed})
    await joined.until(lambda a: "belongs to that community" in a.text)
    listed = await head.slash("datanet list", hall)
    await listed.until(lambda a: "birds" in a.text)


async def test_an_admin_looks_after_the_library_and_nobody_else(kitchen: Kitchen) -> None:
    owner = kitchen.server.owner(kitchen.guild)
    setup = await owner.slash("setup", kitchen.general)
    await setup.until(lambda a: a.followups)
    more = setup.followups[0]
    again = await owner.click(more, "Test again")
    await again.until(lambda a: "Nothing is missing" in a.text)
    read = await owner.click(more, "Refresh the library")
    await read.until(lambda a: not a.thinking and "Refresh the library" in a.text, 30)
    gaps = await owner.click(more, "What the docs did not answer")
    await gaps.until(lambda a: "0 of 0" in a.text)
    kitchen.server.world.hidden.pop(more["id"])
    stranger = kitchen.person("Stranger")
    for what in ("Code for another place", "Refresh the library", "What the docs did not answer"):
        refused = await stranger.click(more, what)
        await refused.until(lambda a: "an admin" in a.text)


async def test_a_datanet_is_listed_and_changed_by_values_and_by_form(kitchen: Kitchen) -> None:
    await kitchen.net()
    owner = kitchen.server.owner(kitchen.guild)
    changed = await owner.slash(
        "datanet edit", kitchen.general, datanet="birds", description="What birds do", tags="song, sky"
    )
    await changed.until(lambda a: "What birds do" in a.text and "song" in a.text)
    form = await owner.slash("datanet edit", kitchen.general, datanet="birds")
    saved = await owner.submit(form, {"rules": "Only birds that you saw.", "open": False})
    await saved.until(lambda a: "Only birds that you saw." in a.text and "What birds do" in a.text)
    refused = await kitchen.person("Ana").slash(
        "datanet edit", kitchen.general, datanet="birds", description="Mine now"
    )
    await refused.until(lambda a: "Only its owner" in a.text)
    listed = await kitchen.person("Ana").slash("datanet list", kitchen.general)
    await listed.until(lambda a: "birds** 🔒" in a.text)


async def test_the_doctor_names_missing_rights_and_the_way_to_give_them(bare: Kitchen) -> None:
    async def found() -> Finding:
        return next(one for one in await examine(bare.settings) if one.part == "Discord")

    assert (await found()).is_well
    bot = bare.server.world.members[bare.guild["id"]][bare.server.world.bot["id"]]
    bot["roles"] = []
    lacking = await found()
    assert "Kitchen (Manage Messages, Manage Threads)" in lacking.found
    assert "permissions=326417640512" in lacking.advice
    del bare.server.world.guilds[bare.guild["id"]]
    assert "no server yet" in (await found()).found
