"""The other commands, menus, links and languages on Telegram."""

import asyncio
import io
import json
import zipfile

from bot.desk.commands import COMMANDS as TABLE
from bot.telegram.handlers import COMMANDS
from tests.servers.telegram_state import Json
from tests.telegram.scenes import Kitchen, kitchen


def test_every_command_of_the_table_is_offered() -> None:
    assert {command.group for command in TABLE} == set(COMMANDS)


async def test_menus_are_set_for_each_scope_and_language(house) -> None:
    await house.telegram.until(lambda: len(house.telegram.world.commands) >= 8)
    assert all(len(menu) <= 7 for menu in house.telegram.world.commands.values())
    assert {"all_chat_administrators:", "all_private_chats:de"} <= set(house.telegram.world.commands)


async def test_datanets_are_made_edited_and_exported_by_words_and_by_buttons(house) -> None:
    scene = await kitchen(house)
    scene.owner.says("/datanet create Stews", scene.group)
    kinds = await scene.telegram.heard(scene.group, "What does it collect")
    scene.owner.presses(kinds, "Text")
    await scene.telegram.heard(scene.group, "stews · text")
    scene.owner.says("/datanet edit stews\ndescription: Slow <food> & more\ntags: slow, warm", scene.group)
    net = await scene.telegram.heard(scene.group, "Slow <food> & more", "#slow")
    scene.owner.presses(net, "Edit")
    await scene.telegram.until(
        lambda: "licence" in str(scene.group.messages[net["message_id"]]["reply_markup"])
    )
    scene.owner.presses(net, "licence")
    ask = await scene.telegram.heard(scene.group, "licence:")
    scene.owner.says("CC0", scene.group, reply_to=ask)
    await scene.telegram.heard(scene.group, "stews · text · CC0")
    await scene.accepted(1)
    scene.owner.says("/datanet release soups", scene.group)
    await scene.telegram.heard(scene.group, "soups v1")
    scene.owner.says("/datanet export soups", scene.group)
    await scene.telegram.heard(scene.group, "soups v1", "Its files")
    scene.ana.says("/datanet create mine text", scene.group)
    await scene.telegram.heard(scene.group, "validator")
    scene.owner.says("/datanet show sups", scene.group)
    await scene.telegram.heard(scene.group, "soups")


def held(scene: Kitchen, message: Json) -> zipfile.ZipFile:
    stored = scene.telegram.world.files[message["document"]["file_id"]]
    return zipfile.ZipFile(io.BytesIO(stored.data))


async def test_a_release_is_exported_as_a_file_in_answer_and_in_its_topic(house) -> None:
    scene = await kitchen(house, forum=True)
    await scene.accepted(2)
    scene.owner.says("/datanet release soups", scene.group)
    await scene.telegram.heard(scene.group, "soups v1")
    made = await house.platform.client.create_forum_topic(scene.group.id, "Releases")
    topic = made.message_thread_id
    asked = scene.ana.says("/datanet export soups", scene.group, topic=topic)
    sent = await scene.telegram.heard(scene.group, "soups v1", "Its files")
    assert sent["document"]["file_name"] == "soups-r1.zip"
    assert int(scene.telegram.calls("sendDocument")[-1]["message_thread_id"]) == topic
    assert sent["reply_to_message"]["message_id"] == asked["message_id"]
    with held(scene, sent) as packed:
        about = [json.loads(line) for line in packed.read("metadata.jsonl").splitlines()]
        assert sorted(packed.read(one["file"]).decode()[:20] for one in about) == [
            f'{{"question": "Dish {number}' for number in (0, 1)
        ]
        assert "Ana" in packed.read("README.md").decode()


async def test_a_release_too_big_for_telegram_is_exported_without_its_files(house) -> None:
    scene = await kitchen(house)
    await scene.accepted(1)
    scene.owner.says("/datanet release soups", scene.group)
    await scene.telegram.heard(scene.group, "soups v1")
    house.platform.room.most_upload = 700
    uwe = scene.telegram.person("Uwe", language="de")
    uwe.joins(scene.group)
    uwe.says("/datanet export soups", scene.group)
    sent = await scene.telegram.heard(scene.group, "potluck export release soups", "eine Zeile je Datei")
    with held(scene, sent) as packed:
        assert set(packed.namelist()) == {"metadata.jsonl", "README.md"}


async def test_a_code_from_another_platform_joins_two_accounts(house) -> None:
    from datanets.facts import Account, Caller, Place

    scene = await kitchen(house)
    elsewhere = Caller(Account("discord", "77"), Place("discord", "1", "Server"), name="Ana D")
    code = await house.desk.people.link_code(elsewhere)
    scene.ana.says(f"/link {code}")
    await scene.telegram.heard(scene.ana.chat, "one member now")
    scene.ben.says("/link", scene.group)
    await scene.telegram.heard(scene.ben.chat, "Your code is")
    assert not any("Your code" in one.get("text", "") for one in scene.telegram.said(scene.group))
    shy = scene.telegram.person("Shy", started=False)
    shy.joins(scene.group)
    shy.says("/link", scene.group)
    hint = await scene.telegram.heard(scene.group, "may not write to you")
    assert shy.follows(hint, "Open in private").startswith("https://t.me/")


async def test_everybody_is_spoken_to_in_their_language(house) -> None:
    scene = await kitchen(house)
    uwe = scene.telegram.person("Uwe", language="de")
    uwe.joins(scene.group)
    uwe.says("/quota")
    await scene.telegram.heard(uwe.chat, "Dateien")
    scene.ana.starts()
    hello = await scene.telegram.heard(scene.ana.chat, "Kitchen")
    scene.ana.presses(hello, "Language")
    await scene.telegram.until(lambda: "Deutsch" in str(scene.ana.chat.messages[hello["message_id"]]))
    scene.ana.presses(hello, "Deutsch")
    await scene.telegram.until(lambda: "Du bist in" in scene.ana.chat.messages[hello["message_id"]]["text"])


async def test_forgetting_asks_first_and_the_export_comes_in_private(house) -> None:
    scene = await kitchen(house)
    await scene.card()
    scene.ana.says("/privacy", scene.group)
    card = await scene.telegram.heard(scene.group, "keep only")
    scene.ana.presses(card, "Export")
    await scene.telegram.until(
        lambda: [one for one in scene.telegram.said(scene.ana.chat) if "document" in one]
    )
    scene.ana.presses(card, "Forget")
    await scene.telegram.until(lambda: "for good" in scene.group.messages[card["message_id"]]["text"])
    scene.ana.presses(card, "Delete everything")
    await scene.telegram.until(lambda: "Deleted: 1 files" in scene.group.messages[card["message_id"]]["text"])


async def test_setup_names_missing_rights_and_makes_validators(house) -> None:
    scene = await kitchen(house)
    scene.owner.adds_bot(scene.group, "member")
    scene.owner.says("/setup", scene.group)
    await scene.telegram.heard(scene.group, "not an administrator")
    scene.ana.says("/setup", scene.group)
    await scene.telegram.heard(scene.group, "admin")
    said = scene.ana.says("/quota", scene.group)
    scene.owner.says("/setup validator", scene.group, reply_to=said)
    await scene.telegram.heard(scene.group, "Ana: validator")
    card = await scene.card(by=scene.owner)
    press = scene.ana.presses(card, "👍")
    await scene.telegram.until(lambda: press.answer)
    assert "counts" in press.answer["text"]


async def test_plain_words_are_heard_by_the_agent(house) -> None:
    opening = asyncio.create_task(house.desk.ask.library.open())
    await asyncio.wait({opening}, timeout=60)
    scene = await kitchen(house)
    scene.ana.says("how much of my quota is left?")
    await scene.telegram.heard(scene.ana.chat, "20/20", seconds=60)
    scene.ana.says("hello there", scene.group)
    scene.owner.says(f"@{scene.telegram.world.username} release the datanet soups", scene.group)
    card = await scene.telegram.heard(scene.group, "/datanet release", seconds=60)
    press = scene.owner.presses(card, "Done")
    await scene.telegram.until(lambda: press.answer, 30)
    assert "nothing accepted" in press.answer["text"]
    scene.ana.says("/ask What is a datanet?")
    await scene.telegram.until(lambda: len(scene.telegram.said(scene.ana.chat)) >= 2, 60)
    await house.settled()
    assert not (await house.core.faults.latest())
    await house.desk.ask.close()


async def test_the_leaderboard_says_where_one_stands(house) -> None:
    scene = await kitchen(house)
    await scene.accepted(2)
    scene.ana.says("/leaderboard")
    board = await scene.telegram.heard(scene.ana.chat, "➜ Ana: place 1")
    scene.ana.presses(board, "All time")
    await scene.telegram.until(lambda: "All time" in scene.ana.chat.messages[board["message_id"]]["text"])
    assert "➜ Ana: place 1" in scene.ana.chat.messages[board["message_id"]]["text"]
    scene.ben.says("/leaderboard")
    first = await scene.telegram.heard(scene.ben.chat, "🏆")
    assert "➜" not in first["text"]


async def test_what_the_docs_did_not_answer_reaches_the_admins(house) -> None:
    await house.desk.ask.library.open()
    await house.desk.ask.library.refresh()
    scene = await kitchen(house)
    for person in (scene.ana, scene.ben):
        person.says("/ask who won the world cup", scene.group)
        await scene.telegram.heard(scene.group, "The docs do not say", seconds=60)
    scene.ana.says("/ask What is a datanet?", scene.group)
    answer = await scene.telegram.heard(scene.group, "[1]", seconds=60)
    for opinion in ("👎", "Not answered"):
        press = scene.ana.presses(answer, opinion)
        await scene.telegram.until(lambda press=press: press.answer)
        assert "Thank you" in press.answer["text"]
    scene.owner.says("/setup", scene.group)
    setup = await scene.telegram.heard(scene.group, "Who may train")
    scene.owner.presses(setup, "The library")
    number = setup["message_id"]
    await scene.telegram.until(lambda: "3 asked" in scene.group.messages[number]["text"])
    shown = scene.group.messages[number]["text"]
    assert "3 asked, 0 answered, 👍 0 · 👎 0" in shown
    assert "who won the world cup (2 ×)" in shown
    assert "What is a datanet? (1 ×)" in shown
    await house.desk.ask.close()


async def test_admins_see_the_library_and_read_it_again(house) -> None:
    scene = await kitchen(house)
    scene.owner.says("/setup", scene.group)
    setup = await scene.telegram.heard(scene.group, "Who may train")
    number = setup["message_id"]
    press = scene.ana.presses_data(setup, "|library")
    await scene.telegram.until(lambda: press.answer)
    assert "admin" in press.answer["text"]
    scene.owner.presses(setup, "The library")
    await scene.telegram.until(lambda: "Last 7 days: 0 asked" in scene.group.messages[number]["text"])
    scene.owner.presses(setup, "Read it again")
    await scene.telegram.heard(scene.group, "read,", seconds=30)
