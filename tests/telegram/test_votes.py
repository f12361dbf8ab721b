"""Votes on Telegram: by reaction and by button, both the same."""

from tests.servers.telegram_flood import Fault
from tests.telegram.scenes import jpeg, kitchen


def tally(scene, card) -> str:
    current = scene.group.messages[card["message_id"]]
    return current.get("text", current.get("caption", ""))


async def test_three_reactions_decide_and_the_card_is_edited_in_place(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    for person in scene.validators:
        person.reacts(card, "👍")
    await scene.telegram.until(lambda: "accepted" in tally(scene, card))
    assert "👍 3 · 👎 0" in tally(scene, card)
    await scene.telegram.heard(scene.ana.chat, "soup.txt", "accepted", "points")
    await house.settled()
    source = card["reply_to_message"]["message_id"]
    assert scene.group.bot_reactions[source][0]["emoji"] == "🎉"
    assert sum("soup.txt" in one.get("text", "") for one in scene.telegram.said(scene.group)) == 1


async def test_a_changed_and_a_removed_reaction_change_and_withdraw_the_vote(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    scene.ben.reacts(card, "👍")
    await scene.telegram.until(lambda: "👍 1 · 👎 0" in tally(scene, card))
    scene.ben.reacts(card, "👎", "🔥")
    await scene.telegram.until(lambda: "👍 0 · 👎 1" in tally(scene, card), 20)
    scene.ben.reacts(card, "🔥")
    await scene.telegram.until(lambda: "👍 0 · 👎 0" in tally(scene, card), 20)
    scene.ben.reacts(card, "👍", "👎")
    scene.cleo.reacts(card, "👎")
    await scene.telegram.until(lambda: "👍 0 · 👎 1" in tally(scene, card), 20)


async def test_only_validators_count_and_nobody_votes_on_their_own(house) -> None:
    scene = await kitchen(house)
    card = await scene.card(by=scene.owner)
    scene.owner.reacts(card, "👍")
    scene.ana.reacts(card, "👍")
    press = scene.owner.presses(card, "👍")
    await scene.telegram.until(lambda: press.answer)
    assert "yours" in press.answer["text"]
    stranger = scene.ana.presses(card, "👎")
    await scene.telegram.until(lambda: stranger.answer)
    assert "validator" in stranger.answer["text"]
    await house.settled()
    assert "👍 0 · 👎 0" in tally(scene, card)


async def test_buttons_toggle_like_reactions_and_reasons_are_kept(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    first = scene.ben.presses(card, "👍 0")
    await scene.telegram.until(lambda: "👍 1" in tally(scene, card))
    assert "counts" in first.answer["text"]
    again = scene.ben.presses(card, "👍 1")
    await scene.telegram.until(lambda: again.answer)
    assert "taken back" in again.answer["text"]
    scene.ben.presses(card, "because")
    await scene.telegram.until(
        lambda: "Duplicate" in str(scene.group.messages[card["message_id"]]["reply_markup"])
    )
    scene.ben.presses(card, "Duplicate")
    await scene.telegram.until(lambda: "👎 1" in tally(scene, card), 20)
    scene.cleo.presses(card, "👎 1")
    await scene.telegram.until(lambda: "rejected" in tally(scene, card), 20)
    assert "much like something" in tally(scene, card)
    assert "reply_markup" not in scene.group.messages[card["message_id"]]


async def test_anonymous_admins_are_told_once_why_they_do_not_count(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    scene.ben.reacts(card, "👍", anonymously=True)
    await scene.telegram.heard(scene.group, "anonymous admin", "does not count")
    scene.cleo.reacts(card, "👎", anonymously=True)
    await house.settled()
    said = [one for one in scene.telegram.said(scene.group) if "anonymous admin" in one.get("text", "")]
    assert len(said) == 1
    assert "👍 0 · 👎 0" in tally(scene, card)
    scene.ben.says("/quota", scene.group, anonymously=True)
    await scene.telegram.heard(scene.group, "cannot tell who you are")


async def test_a_reaction_on_an_album_counts_for_each_of_its_files(house) -> None:
    scene = await kitchen(house, net=False)
    await scene.net("plates", "image")
    files = [(f"{name}.jpg", jpeg(name)) for name in ("red", "green")]
    album = scene.ana.sends_album(files, scene.group, caption="/contribute plates Plates")
    await scene.telegram.heard(scene.group, "2 files")
    await house.settled()
    scene.ben.reacts(album[0], "👍")
    cards = [one for one in scene.telegram.said(scene.group) if "photo" in one]
    assert len(cards) == 2
    for card in cards:
        await scene.telegram.until(lambda card=card: "👍 1" in tally(scene, card), 20)


async def test_the_queue_leads_a_validator_through_what_waits(house) -> None:
    scene = await kitchen(house)
    await scene.card()
    scene.ben.says("/review")
    mine = await scene.telegram.heard(scene.ben.chat, "soup.txt")
    scene.ben.presses(mine, "See the file")
    await scene.telegram.until(
        lambda: [one for one in scene.telegram.said(scene.ben.chat) if "document" in one]
    )
    scene.ben.presses(mine, "👍")
    await scene.telegram.until(lambda: "👍 1" in scene.ben.chat.messages[mine["message_id"]]["text"])
    scene.ben.presses(mine, "More")
    await scene.telegram.heard(scene.ben.chat, "Nothing waits")


async def test_a_deep_link_leads_into_a_review_only_those_who_belong(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    item = next(
        button["callback_data"].partition(":")[2]
        for row in card["reply_markup"]["inline_keyboard"]
        for button in row
        if "|up:" in button["callback_data"]
    )
    payload = f"r-{item}-{abs(scene.group.id)}"
    scene.ben.starts(payload)
    await scene.telegram.heard(scene.ben.chat, "soup.txt", "needs")
    stranger = scene.telegram.person("Stranger")
    stranger.starts(payload)
    await scene.telegram.heard(stranger.chat, "do not know which community")


async def test_old_and_foreign_buttons_are_answered_kindly(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    for data in ("nonsense", "|gone:1", "zz zz|mine", "|ft:000000000000:net:x"):
        press = scene.ben.presses_data(card, data)
        await scene.telegram.until(lambda press=press: press.answer)
        assert "no longer in use" in press.answer["text"]


async def _accepted(scene):
    """Have a card accepted by its validators."""
    card = await scene.card()
    for person in scene.validators:
        person.reacts(card, "👍")
    await scene.telegram.until(lambda: "accepted" in tally(scene, card))
    return card


async def test_admins_take_an_accepted_file_out_again_with_a_reason(house) -> None:
    scene = await kitchen(house)
    card = await _accepted(scene)
    press = scene.ana.presses(card, "Take it out")
    await scene.telegram.until(lambda: press.answer)
    assert "admin" in press.answer["text"]
    forged = scene.ana.presses_data(card, f"|revoked:{_item(card)}:rights")
    await scene.telegram.until(lambda: forged.answer)
    assert "admin" in forged.answer["text"]
    assert "accepted" in tally(scene, card)
    scene.owner.presses(card, "Take it out")
    await scene.telegram.until(lambda: "Its author reads" in tally(scene, card))
    scene.owner.presses(card, "Rights unclear")
    await scene.telegram.until(lambda: "taken back by a moderator" in tally(scene, card))
    await house.settled()
    assert "reply_markup" not in scene.group.messages[card["message_id"]]
    member = await scene.caller(scene.ana)
    assert (await house.desk.rankings.credit(member)).balance == 0


async def test_a_card_that_stands_twice_is_one_again_after_a_press(house) -> None:
    scene = await kitchen(house)
    scene.telegram.faults.order("sendMessage", Fault("cut after"))
    scene.ana.sends_document("soup.txt", b"Boil water.", scene.group, caption="/contribute soups")
    both = lambda: [one for one in scene.telegram.said(scene.group) if "needs" in one.get("text", "")]  # noqa: E731
    await scene.telegram.until(lambda: len(both()) == 2)
    await house.settled()
    copy, kept = both()
    scene.ben.presses(copy, "👍 0")
    await scene.telegram.until(lambda: "👍 1" in tally(scene, kept), 20)
    await scene.telegram.until(lambda: copy["message_id"] not in scene.group.messages)
    scene.cleo.presses(scene.group.messages[kept["message_id"]], "👍 1")
    await scene.telegram.until(lambda: "👍 2" in tally(scene, kept), 20)


def _item(card) -> str:
    return next(
        button["callback_data"].split(":")[1]
        for row in card["reply_markup"]["inline_keyboard"]
        for button in row
        if ":" in button["callback_data"]
    )
