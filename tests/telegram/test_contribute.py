"""Handing files in on Telegram, from the phone to the card."""

import asyncio

from tests.telegram.scenes import jpeg, kitchen, mp3, ogg


async def test_consent_is_asked_once_and_the_file_goes_on_by_itself(house) -> None:
    scene = await kitchen(house)
    dan = scene.telegram.person("Dan")
    dan.joins(scene.group)
    sent = dan.sends_document("soup.txt", b"Add salt.", scene.group, caption="/contribute soups grandma")
    terms = await scene.telegram.heard(scene.group, "first contribution")
    stranger = scene.ben.presses(terms, "I agree")
    await scene.telegram.until(lambda: stranger.answer)
    assert "somebody else" in stranger.answer["text"]
    press = dan.presses(terms, "I agree")
    card = await scene.telegram.heard(scene.group, "soup.txt", "needs")
    assert "grandma" in card["text"]
    assert card["reply_to_message"]["message_id"] == sent["message_id"]
    assert scene.group.bot_reactions[sent["message_id"]][0]["emoji"] == "👀"
    await house.settled()
    assert press.answer is not None
    dan.sends_document("two.txt", b"Add pepper.", scene.group, caption="/contribute soups")
    await scene.telegram.heard(scene.group, "two.txt", "needs")


async def test_a_photo_is_the_largest_size_with_its_caption_and_the_hint_comes_once(house) -> None:
    scene = await kitchen(house, net=False)
    await scene.net("plates", "image")
    scene.ana.sends_photo(jpeg("noise"), scene.group, caption="/contribute plates A red plate")
    card = await scene.telegram.heard(scene.group, "A red plate", "needs")
    assert "photo" in card
    hint = await scene.telegram.heard(scene.group, "compresses")
    scene.ana.sends_photo(jpeg("blue"), scene.group, caption="/contribute plates A blue plate")
    await scene.telegram.heard(scene.group, "A blue plate", "needs")
    await house.settled()
    hints = [one for one in scene.telegram.said(scene.group) if "compresses" in one.get("text", "")]
    assert [one["message_id"] for one in hints] == [hint["message_id"]]


async def test_a_voice_note_is_taken_with_its_transcript(house) -> None:
    scene = await kitchen(house, net=False)
    await scene.net("voices", "audio")
    scene.ana.sends_voice(ogg(), scene.group, caption="/contribute voices Hum hum hum")
    await scene.telegram.heard(scene.group, "Hum hum hum", "needs")


async def test_a_music_file_is_taken_and_comes_with_its_card(house) -> None:
    scene = await kitchen(house, net=False)
    await scene.net("songs", "audio")
    piece = mp3()
    scene.ana.sends_audio("pot.mp3", piece, scene.group, caption="/contribute songs The lid rattles")
    card = await scene.telegram.heard(scene.group, "pot.mp3", "The lid rattles", "needs")
    assert "document" in card
    listed = await _own_files(scene)
    assert "pot.mp3" in listed["text"]


async def _own_files(scene):
    scene.ana.says("/mine")
    return await scene.telegram.heard(scene.ana.chat, "in review")


async def test_one_contribution_is_looked_at_from_ones_list(house) -> None:
    scene = await kitchen(house)
    await scene.card()
    listed = await _own_files(scene)
    text = lambda: scene.ana.chat.messages[listed["message_id"]]["text"]  # noqa: E731
    scene.ana.presses(listed, "🔎 soup.txt")
    await scene.telegram.until(lambda: "Boil water." in text())
    scene.ana.presses(listed, "See the file")
    await scene.telegram.until(
        lambda: [one for one in scene.telegram.said(scene.ana.chat) if "document" in one]
    )
    scene.ana.presses(listed, "Back")
    await scene.telegram.until(lambda: "Boil water." not in text())
    scene.ana.presses(listed, "🔎 soup.txt")
    await scene.telegram.until(lambda: "Boil water." in text())
    scene.ana.presses(listed, "Take it back")
    await scene.telegram.until(lambda: "withdrawn" in text())


async def test_a_deep_link_leads_into_the_consent(house) -> None:
    scene = await kitchen(house)
    dan = scene.telegram.person("Dan", started=False)
    dan.joins(scene.group)
    dan.starts(f"c-soups-{abs(scene.group.id)}")
    await scene.telegram.heard(dan.chat, "Send me the file")
    dan.sends_document("soup.txt", b"Add salt.")
    terms = await scene.telegram.heard(dan.chat, "first contribution")
    dan.presses(terms, "I agree")
    await scene.telegram.heard(dan.chat, "Received")
    await scene.telegram.heard(scene.group, "soup.txt", "needs")


async def test_an_album_in_any_order_is_answered_once(house) -> None:
    scene = await kitchen(house, net=False)
    await scene.net("plates", "image")
    files = [(f"{name}.jpg", jpeg(name)) for name in ("red", "green", "blue", "gold", "pink", "cyan")]
    files[5] = files[0]
    scene.ana.sends_album(files, scene.group, caption="/contribute plates Plates")
    scene.telegram.updates.queue[-6:] = reversed(scene.telegram.updates.queue[-6:])
    summary = await scene.telegram.heard(scene.group, "6 files", "5 received")
    await house.settled()
    assert "15 of 20" in summary["text"]
    assert sum("6 files" in one.get("text", "") for one in scene.telegram.said(scene.group)) == 1
    assert sum("photo" in one for one in scene.telegram.said(scene.group)) == 5


async def test_fifty_files_at_once_against_a_quota_of_twenty_give_exactly_twenty(house) -> None:
    scene = await kitchen(house)
    for number in range(50):
        scene.ana.sends_document(
            f"f{number}.txt", f"Recipe {number}".encode(), scene.group, caption="/contribute soups"
        )
    await house.settled()
    people = house.desk.contribute
    caller = await scene.caller(scene.ana)
    assert len(await people.mine(caller, 100)) == 20
    texts = [one.get("text", "") for one in scene.telegram.said(scene.group)]
    assert sum("all your files for today" in text for text in texts) == 1
    assert sum("needs" in text for text in texts) == 20


async def test_a_file_over_20_mib_is_refused_before_any_byte_is_asked_for(house) -> None:
    scene = await kitchen(house)
    scene.ana.sends_document("big.txt", b"x", scene.group, caption="/contribute soups", size=(20 << 20) + 1)
    await scene.telegram.heard(scene.group, "21 MB", "at most 20 MB")
    assert scene.telegram.calls("getFile") == []


async def test_everything_works_by_buttons_in_private(house) -> None:
    scene = await kitchen(house)
    scene.ana.starts()
    hello = await scene.telegram.heard(scene.ana.chat, "Kitchen")
    scene.ana.presses(hello, "Contribute")
    await scene.telegram.heard(scene.ana.chat, "Send me the file")
    scene.ana.sends_document("leek.txt", b"Leek and potato.")
    await scene.telegram.heard(scene.ana.chat, "Received", "19 of 20")
    await scene.telegram.heard(scene.group, "leek.txt", "needs")


async def test_a_loose_file_in_private_is_asked_about_and_in_a_group_ignored(house) -> None:
    scene = await kitchen(house)
    await scene.net("stews")
    scene.ana.sends_document("leek.txt", b"Leek and potato.")
    which = await scene.telegram.heard(scene.ana.chat, "Which datanet")
    scene.ana.presses(which, "stews")
    await scene.telegram.heard(scene.ana.chat, "Received", "stews")
    scene.ana.sends_document("holiday.txt", b"Not for you.", scene.group)
    await house.settled()
    assert not any("holiday" in one.get("text", "") for one in scene.telegram.said(scene.group))


async def test_the_marked_place_takes_files_without_a_command(house) -> None:
    scene = await kitchen(house)
    scene.owner.says("/setup", scene.group)
    setup = await scene.telegram.heard(scene.group, "Who may train")
    scene.owner.presses(setup, "Take files in here")
    await scene.telegram.heard(scene.group, "every file here")
    scene.ana.sends_document("loose.txt", b"A loose recipe.", scene.group)
    await scene.telegram.heard(scene.group, "loose.txt", "needs")


async def test_the_same_file_again_gives_the_first_receipt(house) -> None:
    scene = await kitchen(house)
    await scene.card()
    scene.ana.sends_document("soup.txt", b"Boil water.", scene.group, caption="/contribute soups")
    await scene.telegram.heard(scene.group, "handed this file in before")
    scene.owner.sends_document("mine.txt", b"Boil water.", scene.group, caption="/contribute soups")
    await scene.telegram.heard(scene.group, "holds exactly this file already")


async def test_a_wrong_kind_names_what_fits(house) -> None:
    scene = await kitchen(house)
    scene.ana.sends_photo(jpeg(), scene.group, caption="/contribute soups")
    await scene.telegram.heard(scene.group, "text")
    await house.settled()
    assert not any(
        "needs" in one.get("text", one.get("caption", "")) for one in scene.telegram.said(scene.group)
    )


async def test_ones_own_file_is_contributed_by_answering_it(house) -> None:
    scene = await kitchen(house)
    sent = scene.ana.sends_document("later.txt", b"Thought of later.", scene.group)
    scene.ben.says("/contribute soups", scene.group, reply_to=sent)
    await scene.telegram.heard(scene.group, "Send me the file")
    scene.ana.says("/contribute soups", scene.group, reply_to=sent)
    await scene.telegram.heard(scene.group, "later.txt", "needs")


async def test_an_edited_message_is_not_handled_again(house) -> None:
    scene = await kitchen(house)
    said = scene.ana.says("/quota", scene.group)
    await scene.telegram.heard(scene.group, "20/20")
    before = len(scene.telegram.said(scene.group))
    scene.ana.edits(said, "/quota please")
    await asyncio.sleep(0.3)
    await house.settled()
    assert len(scene.telegram.said(scene.group)) == before


async def test_mine_quota_and_withdrawal(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    scene.ana.says("/mine")
    listed = await scene.telegram.heard(scene.ana.chat, "soup.txt")
    scene.ana.presses(listed, "Take it back")
    await scene.telegram.heard(scene.ana.chat, "soup.txt", "withdrawn")
    await scene.telegram.until(lambda: "needs" not in scene.group.messages[card["message_id"]]["text"])
    for command, words in (
        ("/credit", "points"),
        ("/leaderboard", "🏆"),
        ("/privacy", "keep only"),
        ("/help", "Potluck"),
    ):
        scene.ana.says(command)
        await scene.telegram.heard(scene.ana.chat, words)
