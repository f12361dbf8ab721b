"""The agent: answers with sources, proposals that wait for a press."""

from tests.discord.conftest import Kitchen
from tests.servers.discord import text_of


async def test_ask_answers_from_the_docs_with_their_page_and_takes_an_opinion(kitchen: Kitchen) -> None:
    await kitchen.desk.ask.library.open()
    await kitchen.desk.ask.library.refresh()
    ana = kitchen.person("Ana")
    answer = await ana.slash("ask", kitchen.general, question="How many files may I hand in a day?")
    await answer.until(lambda a: "Sources" in a.text, 30)
    assert "20 files a day" in answer.text
    assert "Quota" in answer.text
    rated = await ana.click(answer.message, "👍")
    await rated.until(lambda a: "Thank you" in a.text)


async def test_what_the_docs_did_not_answer_reaches_the_admins(kitchen: Kitchen) -> None:
    await kitchen.desk.ask.library.open()
    await kitchen.desk.ask.library.refresh()
    ana = kitchen.person("Ana")
    for person, question in (
        (ana, "who won the world cup"),
        (kitchen.person("Ben"), "who has won the world cup?"),
    ):
        asked = await person.slash("ask", kitchen.general, question=question)
        await asked.until(lambda a: "do not say" in a.text, 30)
    known = await ana.slash("ask", kitchen.general, question="How many files may I hand in a day?")
    await known.until(lambda a: "Sources" in a.text, 30)
    rated = await ana.click(known.message, "Not answered")
    await rated.until(lambda a: "Thank you" in a.text)
    owner = kitchen.server.owner(kitchen.guild)
    setup = await owner.slash("setup", kitchen.general)
    await setup.until(lambda a: a.followups)
    digest = await owner.click(setup.followups[0], "What the docs did not answer")
    await digest.until(lambda a: "0 of 3" in a.text)
    assert "who won the world cup** · 2× · 2 people" in digest.text
    assert "How many files may I hand in a day?** · 1× · 1 person" in digest.text


async def test_a_mention_is_heard_and_a_proposal_waits_for_its_own_person(kitchen: Kitchen) -> None:
    owner, ana = kitchen.server.owner(kitchen.guild), kitchen.person("Ana")
    me = f"<@{kitchen.server.world.bot['id']}>"
    await owner.say(kitchen.general, f"{me} create a text datanet called owls")
    proposed = await kitchen.server.until(
        lambda: [m for m in kitchen.server.by_bot(kitchen.general) if "/datanet create" in text_of(m)], 30
    )
    refused = await ana.click(proposed[0], "Do it")
    assert refused.private
    await owner.click(proposed[0], "Do it")
    await kitchen.server.until(
        lambda: "owls" in text_of(proposed[0]) and "Contributions" in text_of(proposed[0])
    )


async def test_words_that_are_not_meant_for_the_bot_stay_unheard(kitchen: Kitchen) -> None:
    await kitchen.person("Ana").say(kitchen.general, "how many files may I hand in?")
    quota = await kitchen.person("Ana").slash("quota", kitchen.general)
    await quota.until(lambda a: "20 of 20" in a.text)
    assert kitchen.server.by_bot(kitchen.general) == []
