"""Votes by reaction and by button, also those that were cast while nobody was told."""

from tests.discord.conftest import Kitchen
from tests.servers.discord import Person, text_of
from tests.servers.discord_shapes import Json, walk

UP, DOWN = "👍", "👎"


def people_at(kitchen: Kitchen, card: Json, emoji: str) -> list[str]:
    bot = kitchen.server.world.bot["id"]
    return [p for p in kitchen.server.world.reactions.get(card["id"], {}).get(emoji, []) if p != bot]


async def opened(kitchen: Kitchen) -> tuple[Person, list[Person], Json]:
    """A card by Ana, and three validators."""
    voters = [kitchen.validator(name) for name in ("Vera", "Viktor", "Vito")]
    await kitchen.net()
    ana = kitchen.person("Ana")
    card = await kitchen.card(ana, "Robins sing at dawn.")
    await kitchen.server.until(lambda: len(kitchen.server.world.reactions.get(card["id"], {})) == 2)
    return ana, voters, card


async def test_three_validators_accept_by_reactions_and_the_author_is_told(kitchen: Kitchen) -> None:
    ana, voters, card = await opened(kitchen)
    for voter in voters[:2]:
        await voter.react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **2**" in text_of(card))
    await voters[2].react(card, UP)
    await kitchen.server.until(lambda: "Accepted · 100 points" in text_of(card))
    assert all(name in text_of(card) for name in ("Vera", "Viktor", "Vito"))
    assert not card["components"]
    await kitchen.server.until(lambda: ana.inbox())
    assert "Accepted" in text_of(ana.inbox()[0])
    board = await ana.slash("leaderboard", kitchen.general)
    await board.until(lambda a: "Ana" in a.text)


async def test_reactions_of_the_author_and_of_strangers_do_not_count_and_are_removed(
    kitchen: Kitchen,
) -> None:
    ana, voters, card = await opened(kitchen)
    stranger = kitchen.person("Stranger")
    await stranger.react(card, UP)
    await ana.react(card, UP)
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    await kitchen.server.until(lambda: people_at(kitchen, card, UP) == [voters[0].id])


async def test_removing_a_reaction_withdraws_and_the_other_one_replaces(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1** · {DOWN} **0**" in text_of(card))
    await voters[0].react(card, DOWN)
    await kitchen.server.until(lambda: f"{UP} **0** · {DOWN} **1**" in text_of(card))
    await kitchen.server.until(lambda: people_at(kitchen, card, UP) == [])
    await voters[0].unreact(card, DOWN)
    await kitchen.server.until(lambda: f"{UP} **0** · {DOWN} **0**" in text_of(card))


async def test_cleared_reactions_withdraw_and_a_deleted_card_comes_back_without_them(
    kitchen: Kitchen,
) -> None:
    _, voters, card = await opened(kitchen)
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    kitchen.server.world.clear_reactions(card["channel_id"], card["id"])
    await kitchen.server.until(lambda: f"{UP} **0**" in text_of(card))
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    kitchen.server.world.remove(card["channel_id"], card["id"])
    fresh = await kitchen.server.until(lambda: (kitchen.server.by_bot(kitchen.review) or [None])[0])
    await kitchen.server.until(lambda: f"{UP} **0**" in text_of(fresh))
    assert fresh["id"] != card["id"]
    await voters[1].react(fresh, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(fresh))


async def test_one_cleared_emoji_and_deleting_many_messages_withdraw_too(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    await voters[0].react(card, UP)
    await voters[1].react(card, DOWN)
    await kitchen.server.until(lambda: f"{UP} **1** · {DOWN} **1**" in text_of(card))
    kitchen.server.world.clear_reactions(card["channel_id"], card["id"], UP)
    await kitchen.server.until(lambda: f"{UP} **0** · {DOWN} **1**" in text_of(card))
    kitchen.server.world.remove_many(card["channel_id"], [card["id"]])
    fresh = await kitchen.server.until(lambda: (kitchen.server.by_bot(kitchen.review) or [None])[0])
    await kitchen.server.until(lambda: f"{UP} **0** · {DOWN} **0**" in text_of(fresh))


async def test_another_bot_has_no_vote_whatever_its_roles(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    world = kitchen.server.world
    user = world.add_user("Otherbot") | {"bot": True}
    world.users[user["id"]] = user
    world.join(kitchen.guild["id"], user, [kitchen.validator_role["id"]])
    other = Person(kitchen.server, user, kitchen.guild)
    await other.react(card, UP)
    await kitchen.server.until(lambda: people_at(kitchen, card, UP) == [])
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))


async def test_a_reaction_of_which_no_event_came_counts_with_the_next_look(bare: Kitchen) -> None:
    bare.look_every = 0.3
    await bare.start()
    _, voters, card = await opened(bare)
    bare.server.world.reactions[card["id"]][UP].append(voters[0].id)
    await bare.server.until(lambda: f"{UP} **1**" in text_of(card))
    bare.server.world.reactions[card["id"]][UP].remove(voters[0].id)
    await bare.server.until(lambda: f"{UP} **0**" in text_of(card))


async def test_a_button_from_before_an_update_says_so(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    for part in walk(card["components"]):
        if "custom_id" in part:
            part["custom_id"] = part["custom_id"].replace("p1:", "p0:")
    pressed = await voters[0].click(card, "Accept")
    assert "before an update" in pressed.text
    assert pressed.private


async def test_votes_of_a_lost_session_count_after_the_next_ready(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    kitchen.server.gateway.forget_sessions()
    kitchen.server.world.unreact(voters[0].id, card["channel_id"], card["id"], UP)
    await voters[1].react(card, DOWN)
    await voters[2].react(card, DOWN)
    await kitchen.server.gateway.close_all()
    await kitchen.server.until(lambda: "Not taken" in text_of(card), 20)
    assert f"{UP} **0** · {DOWN} **2**" in text_of(card)


async def test_buttons_are_an_equal_path_and_work_after_a_restart(kitchen: Kitchen) -> None:
    ana, voters, card = await opened(kitchen)
    await kitchen.restart()
    own = await ana.click(card, "Accept")
    assert "others decide" in own.text
    assert own.private
    for voter in voters:
        await voter.click(card, "Accept")
    await kitchen.server.until(lambda: "Accepted" in text_of(card))


async def test_a_rejection_names_a_reason_that_the_author_reads(kitchen: Kitchen) -> None:
    ana, voters, card = await opened(kitchen)
    for voter in voters[:2]:
        asked = await voter.menu("Reject with reason", kitchen.review, card)
        done = await voter.submit(asked, {"reason": "off_topic"})
        await done.until(lambda a: not a.thinking)
    await kitchen.server.until(lambda: "Off topic" in text_of(card))
    await kitchen.server.until(lambda: ana.inbox())
    assert "another one may want it" in text_of(ana.inbox()[0])


async def test_the_queue_shows_one_after_the_other_with_its_file(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    shown = await voters[0].slash("review", kitchen.general)
    await shown.until(lambda a: "Robins sing at dawn." in a.text)
    sent = await voters[0].click(shown.message, "Open the file")
    await sent.until(lambda a: a.message and a.message["attachments"])
    await voters[0].click(shown.message, "Accept")
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    empty = await voters[0].slash("review", kitchen.general)
    await empty.until(lambda a: "Nothing waits" in a.text)


async def test_a_lost_role_stops_counting(kitchen: Kitchen) -> None:
    _, voters, card = await opened(kitchen)
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    kitchen.server.world.set_roles(kitchen.guild["id"], voters[0].id, [])
    await voters[1].react(card, UP)
    await kitchen.server.until(lambda: "Viktor" in text_of(card))
    assert f"{UP} **1**" in text_of(card)
