"""Files come in by explicit acts alone, once their author has agreed."""

from tests.discord.conftest import Kitchen
from tests.servers.discord import File, text_of
from tests.servers.discord_shapes import Json


async def test_the_first_file_waits_for_consent_and_then_gets_a_receipt_and_a_card(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    answer = await ana.slash(
        "contribute", kitchen.general, datanet="birds", file=File("robin.txt", b"The robin sings at dawn.")
    )
    await answer.until(lambda a: "What is stored" in a.text)
    assert answer.private
    done = await ana.click(answer.message, "I agree – hand it in")
    await done.until(lambda a: "in review" in a.text)
    assert "19 of 20 files" in done.text
    card = await kitchen.server.until(lambda: kitchen.server.by_bot(kitchen.review))
    assert "The robin sings at dawn." in text_of(card[0])
    await kitchen.server.until(lambda: len(kitchen.server.world.reactions.get(card[0]["id"], {})) == 2)


async def test_several_files_are_taken_and_what_is_refused_says_why(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    await kitchen.card(ana, "A wren is small.")
    answer = await ana.slash(
        "contribute",
        kitchen.general,
        datanet="birds",
        file=File("one.txt", b"A thrush sings."),
        file2=File("empty.txt", b""),
        file3=File("tool.exe", b"MZ\x90\x00" + bytes(200)),
    )
    await answer.until(lambda a: not a.thinking)
    assert "one.txt" in answer.text
    assert "The file is empty" in answer.text
    assert "something that runs" in answer.text
    assert "18 of 20 files" in answer.text


async def test_the_form_takes_files_with_consent_ticked(kitchen: Kitchen) -> None:
    await kitchen.net()
    ben = kitchen.person("Ben", locale="de")
    opened = await ben.slash("contribute", kitchen.general, datanet="birds")
    done = await ben.submit(
        opened,
        {
            "files": [File("a.md", b"# Larks"), File("b.md", b"# Swifts")],
            "source": "my own notes",
            "consent": True,
        },
    )
    await done.until(lambda a: "Danke" in a.text)
    cards = await kitchen.server.until(
        lambda: kitchen.server.by_bot(kitchen.review)[1:] and kitchen.server.by_bot(kitchen.review)
    )
    assert "my own notes" in text_of(cards[0])


async def test_a_form_filled_in_across_a_restart_still_arrives(kitchen: Kitchen) -> None:
    await kitchen.net()
    ben = kitchen.person("Ben")
    opened = await ben.slash("contribute", kitchen.general, datanet="birds")
    await kitchen.restart()
    done = await ben.submit(opened, {"files": [File("a.md", b"# Larks")], "consent": True})
    await done.until(lambda a: "Thank you" in a.text)


async def test_one_can_contribute_ones_own_message_and_nobody_elses(kitchen: Kitchen) -> None:
    await kitchen.net()
    await kitchen.net("songs")
    ana, ben = kitchen.person("Ana"), kitchen.person("Ben")
    said = await ana.say(kitchen.general, "look", [File("wren.txt", b"The wren is loud.")])
    refused = await ben.menu("Contribute this", kitchen.general, said)
    assert "its author" in refused.text
    asked = await ana.menu("Contribute this", kitchen.general, said)
    where = await ana.choose(asked.message, "Which datanet?", "birds")
    agreed = await ana.click(where.message, "I agree – hand it in")
    await agreed.until(lambda a: "in review" in a.text)
    assert "wren.txt" in agreed.text


async def test_words_of_ones_own_can_be_contributed_as_they_stand(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    said = await ana.say(kitchen.general, "A swift sleeps while it flies.")
    asked = await ana.menu("Contribute this", kitchen.general, said)
    agreed = await ana.click(asked.message, "I agree – hand it in")
    await agreed.until(lambda a: "in review" in a.text)
    card = await kitchen.server.until(lambda: kitchen.server.by_bot(kitchen.review))
    assert "A swift sleeps while it flies." in text_of(card[0])


async def test_the_marked_channel_takes_files_after_consent_and_no_other_channel_does(
    kitchen: Kitchen,
) -> None:
    await kitchen.net()
    inbox = kitchen.server.channel(kitchen.guild, "inbox")
    owner = kitchen.server.owner(kitchen.guild)
    setup = await owner.slash("setup", kitchen.general)
    await owner.choose(setup.message, "Channel whose files", inbox)
    ana = kitchen.person("Ana")
    await ana.say(inbox, "", [File("first.txt", b"Swallows leave in autumn.")])
    asked = await kitchen.server.until(lambda: kitchen.server.by_bot(inbox))
    pressed = await ana.click(asked[0], "Hand it in")
    agreed = await ana.click(pressed.message, "I agree – hand it in")
    await agreed.until(lambda a: "in review" in a.text)
    await ana.say(inbox, "", [File("second.txt", b"Storks come back in spring.")])
    await kitchen.server.until(lambda: len(kitchen.server.by_bot(kitchen.review)) == 2)
    await ana.say(kitchen.general, "", [File("third.txt", b"Not for you.")])
    quota = await ana.slash("quota", kitchen.general)
    await quota.until(lambda a: "18 of 20 left" in a.text)


async def test_an_address_that_expired_is_told_and_costs_nothing(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    await kitchen.card(ana, "First of all.")
    put = kitchen.server.shelf.put

    def expired(*args: object, **more: object) -> Json:
        attachment = put(*args, **more)  # type: ignore[arg-type]
        kitchen.server.shelf.expire(attachment)
        return attachment

    kitchen.server.shelf.put = expired  # type: ignore[method-assign]
    answer = await ana.slash("contribute", kitchen.general, datanet="birds", file=File("late.txt", b"late"))
    await answer.until(lambda a: "did not arrive" in a.text)
    quota = await ana.slash("quota", kitchen.general)
    await quota.until(lambda a: "19 of 20 left" in a.text)


async def test_a_download_that_breaks_off_is_taken_up_again(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    await kitchen.card(ana, "First of all.")
    kitchen.server.shelf.cut_next = 1
    answer = await ana.slash(
        "contribute", kitchen.general, datanet="birds", file=File("long.txt", b"lines of text\n" * 20000)
    )
    await answer.until(lambda a: "in review" in a.text)


async def test_mine_lists_and_withdraws(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    card = await kitchen.card(ana, "A thrush.")
    mine = await ana.slash("mine", kitchen.general)
    await mine.until(lambda a: "a.txt" in a.text)
    look = await ana.choose(mine.message, "Look at one", "a.txt")
    await look.until(lambda a: "A thrush." in a.text and "Waiting for votes" in a.text)
    gone = await ana.click(mine.message, "Withdraw a.txt")
    await gone.until(lambda a: "Withdrawn" in a.text)
    await kitchen.server.until(lambda: "↩️" in text_of(card))
