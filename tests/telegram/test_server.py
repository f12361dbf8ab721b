"""The loopback Bot API behaves like the real one, seen through the unmodified client."""

import asyncio

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReactionTypeEmoji
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)

from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.telegram_flood import Fault

KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])


@pytest.fixture
async def bot(telegram: TelegramServer):
    async with Bot(TOKEN, base_url=telegram.api_url, base_file_url=telegram.file_url) as client:
        yield client


async def test_updates_stay_until_a_higher_offset_confirms_them(telegram, bot) -> None:
    ana = telegram.person("Ana")
    ana.says("one")
    ana.says("two")
    first = await bot.get_updates(timeout=0)
    assert [update.message.text for update in first] == ["one", "two"]
    assert len(await bot.get_updates(timeout=0)) == 2
    assert len(await bot.get_updates(offset=first[1].update_id, timeout=0)) == 1
    assert await bot.get_updates(offset=first[1].update_id + 1, timeout=0) == ()
    ana.says("three")
    ana.says("four")
    assert [update.message.text for update in await bot.get_updates(offset=-1, timeout=0)] == ["four"]


async def test_only_what_the_bot_wrote_since_the_last_update_is_heard(telegram, bot) -> None:
    ana = telegram.person("Ana")
    ana.says("one")
    sent = await bot.send_message(ana.id, "hello")
    assert (await telegram.heard(ana.chat, "hello"))["message_id"] == sent.message_id
    ana.says("two")
    with pytest.raises(AssertionError, match="nobody said"):
        await telegram.heard(ana.chat, "hello", seconds=0.1)
    await bot.edit_message_text("hello again", ana.id, sent.message_id)
    await telegram.heard(ana.chat, "hello")


async def test_a_long_poll_ends_when_something_arrives(telegram, bot) -> None:
    ana = telegram.person("Ana")
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    assert not poll.done()
    ana.says("hello")
    async with asyncio.timeout(2):
        assert (await poll)[0].message.text == "hello"


async def test_reactions_come_only_when_they_are_asked_for_and_the_bot_is_admin(telegram, bot) -> None:
    ana = telegram.person("Ana")
    group = telegram.group("Kitchen", admin=ana)
    sent = await bot.send_message(group.id, "card")
    card = group.messages[sent.message_id]
    ana.reacts(card, "👍")
    assert await bot.get_updates(timeout=0) == ()
    await bot.get_updates(timeout=0, allowed_updates=["message", "message_reaction"])
    ana.reacts(card)
    ana.reacts(card, "👎", anonymously=True)
    plain, hidden = await bot.get_updates(timeout=0)
    assert [item.emoji for item in plain.message_reaction.old_reaction] == ["👍"]
    assert plain.message_reaction.new_reaction == ()
    assert hidden.message_reaction.user is None
    assert hidden.message_reaction.actor_chat.id == group.id
    group.bot_status = "member"
    ana.reacts(card, "👍")
    assert len(await bot.get_updates(offset=hidden.update_id + 1, timeout=0)) == 0


async def test_updates_are_dropped_after_a_day_and_presses_after_150_seconds(telegram, bot) -> None:
    ana = telegram.person("Ana")
    sent = await bot.send_message(ana.id, "card", reply_markup=KEYS)
    press = ana.presses(ana.chat.messages[sent.message_id], "Go")
    ana.says("hello")
    telegram.world.hours.skip(151)
    assert [update.message.text for update in await bot.get_updates(timeout=0)] == ["hello"]
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(str(10**15))
    assert press.answer is None
    telegram.world.hours.skip(86400)
    assert await bot.get_updates(timeout=0) == ()


async def test_a_second_poller_ends_the_first(telegram, bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    async with Bot(TOKEN, base_url=telegram.api_url) as other:
        second = asyncio.create_task(other.get_updates(timeout=1))
        with pytest.raises(Conflict, match=r"(?i)terminated by other getUpdates request"):
            await first
        assert await second == ()


async def test_polling_is_refused_while_a_webhook_is_set(telegram, bot) -> None:
    await bot.set_webhook("http://127.0.0.1:1/nowhere", secret_token="s3cret")
    with pytest.raises(Conflict, match=r"(?i)webhook is active"):
        await bot.get_updates(timeout=0)
    await bot.delete_webhook()
    assert await bot.get_updates(timeout=0) == ()


async def test_edits_are_refused_like_the_real_ones(telegram, bot) -> None:
    ana = telegram.person("Ana")
    group = telegram.group("Kitchen", admin=ana)
    sent = await bot.send_message(group.id, "<b>card</b>", parse_mode="HTML", reply_markup=KEYS)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await bot.edit_message_text(
            "<b>card</b>", group.id, sent.message_id, parse_mode="HTML", reply_markup=KEYS
        )
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("x", group.id, 999)
    theirs = ana.says("mine", group)
    with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
        await bot.edit_message_text("x", group.id, theirs["message_id"])


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("a < b", "HTML", "can't parse entities"),
        ("<b>open", "HTML", "can't parse entities"),
        ("1.5", "MarkdownV2", "is reserved and must be escaped"),
        ("🍲" * 2049, None, "message is too long"),
        (" ", None, "text is empty"),
    ],
)
async def test_texts_are_refused_like_the_real_ones(telegram, bot, text, mode, words) -> None:
    ana = telegram.person("Ana")
    with pytest.raises(BadRequest, match=rf"(?i){words}"):
        await bot.send_message(ana.id, text, parse_mode=mode)
    telegram.log.clear()


async def test_keyboards_reactions_and_answers_have_their_limits(telegram, bot) -> None:
    ana = telegram.person("Ana")
    sent = await bot.send_message(ana.id, "card", reply_markup=KEYS)
    long = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="🍲" * 17)]])
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
        await bot.send_message(ana.id, "card", reply_markup=long)
    with pytest.raises(BadRequest, match=r"(?i)REACTION_INVALID"):
        await bot.set_message_reaction(ana.id, sent.message_id, [ReactionTypeEmoji("✅")])
    ana.presses(ana.chat.messages[sent.message_id], "Go")
    query = (await bot.get_updates(timeout=0))[0].callback_query
    assert await query.answer("ok")
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer("twice")
    telegram.log.clear()


async def test_who_cannot_be_reached_is_told_apart(telegram, bot) -> None:
    shy = telegram.person("Shy", started=False)
    ana = telegram.person("Ana")
    ana.blocks()
    group = telegram.group("Kitchen")
    group.bot_status = "kicked"
    with pytest.raises(Forbidden, match=r"(?i)can't initiate conversation"):
        await bot.send_message(shy.id, "hello")
    with pytest.raises(Forbidden, match=r"(?i)blocked by the user"):
        await bot.send_message(ana.id, "hello")
    with pytest.raises(Forbidden, match=r"(?i)kicked from the supergroup"):
        await bot.send_message(group.id, "hello")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(42, "hello")


async def test_files_travel_both_ways_and_stop_at_20_mib(telegram, bot) -> None:
    ana = telegram.person("Ana")
    ana.sends_document("soup:1.txt", b"soup", caption="/contribute")
    update = (await bot.get_updates(timeout=0))[0]
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"soup"
    big = ana.sends_document("big.txt", b"x", size=(20 << 20) + 1)
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await bot.get_file(big["document"]["file_id"])
    sent = await bot.send_photo(ana.id, b"\x89PNG....", caption="curve")
    await bot.edit_message_media(
        InputMediaPhoto(b"\x89PNG2", caption="later"), chat_id=ana.id, message_id=sent.message_id
    )
    assert ana.chat.messages[sent.message_id]["caption"] == "later"


async def test_an_album_comes_as_one_update_an_item(telegram, bot) -> None:
    ana = telegram.person("Ana")
    ana.sends_album([("a.jpg", b"a"), ("b.jpg", b"b"), ("c.jpg", b"c")], caption="/contribute soups")
    updates = await bot.get_updates(timeout=0)
    assert len({update.message.media_group_id for update in updates}) == 1
    assert [update.message.caption for update in updates] == ["/contribute soups", None, None]


async def test_floods_and_faults_strike_as_ordered(telegram, bot) -> None:
    ana = telegram.person("Ana")
    telegram.flood.enabled = True
    for number in range(6):
        await bot.send_message(ana.id, str(number))
    with pytest.raises(RetryAfter, match=r"(?i)Flood control exceeded"):
        await bot.send_message(ana.id, "too fast")
    telegram.world.hours.skip(6)
    telegram.faults.order("sendMessage", Fault("502"), Fault("cut"), Fault("401"), Fault("cut after"))
    for failure in (NetworkError, NetworkError, InvalidToken, NetworkError):
        with pytest.raises(failure):
            await bot.send_message(ana.id, "hello")
    assert [message["text"] for message in telegram.said(ana.chat)].count("hello") == 1


async def test_topics_are_created_closed_and_missed(telegram, bot) -> None:
    ana = telegram.person("Ana")
    group = telegram.group("Kitchen", forum=True, owner=ana)
    topic = await bot.create_forum_topic(group.id, "chef-1")
    await bot.send_message(group.id, "hi", message_thread_id=topic.message_thread_id)
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(group.id, "hi", message_thread_id=4711)


async def test_a_supergroup_takes_over_from_its_group(telegram, bot) -> None:
    telegram.person("Ana")
    group = telegram.group("Kitchen", kind="group")
    new = telegram.upgrade(group)
    told = await bot.get_updates(timeout=0)
    assert told[0].message.migrate_to_chat_id == new.id
    with pytest.raises(ChatMigrated) as refused:
        await bot.send_message(group.id, "hi")
    assert refused.value.new_chat_id == new.id


async def test_group_members_are_heard_by_a_plain_member_bot_only_when_they_address_it(telegram, bot) -> None:
    ana = telegram.person("Ana")
    group = telegram.group("Kitchen", bot="member")
    ana.says("just talking", group)
    ana.says("/quota", group)
    assert [update.message.text for update in await bot.get_updates(timeout=0)] == ["/quota"]
