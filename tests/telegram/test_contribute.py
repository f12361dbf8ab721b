"""Handing files in on Telegram, from the phone to the card."""

from tests.telegram.conftest import House


async def open_net(house: House, owner, group, name: str = "soups", kind: str = "text") -> None:
    owner.says(f"/datanet create {name} {kind} Things to cook", group)
    await house.telegram.heard(group, name)


async def test_a_file_with_a_caption_becomes_a_card_after_consent(house) -> None:
    telegram = house.telegram
    owner, ana = telegram.person("Owner"), telegram.person("Ana")
    group = await house.group("Kitchen", owner=owner)
    ana.joins(group)
    await open_net(house, owner, group)
    sent = ana.sends_document("soup.txt", b"Boil water, add salt.", group, caption="/contribute soups grandma")
    terms = await telegram.heard(group, "agree")
    press = ana.presses(terms, "I agree")
    card = await telegram.heard(group, "soup.txt", "needs")
    assert "grandma" in card["text"]
    assert card["reply_to_message"]["message_id"] == sent["message_id"]
    assert group.bot_reactions[sent["message_id"]][0]["emoji"] == "👀"
    await house.settled()
    assert press.answer is not None
