"""Plain words to the bot, heard as a question, as a wish to see something, or as something to do."""

from agent.facts import Answer, Greeting, NotInDocs
from bot.desk.ask import Meanwhile, Shown
from bot.desk.commands import BY_NAME
from bot.playground import commands, questions, waiting
from bot.playground.ask import Ask
from bot.playground.waiting import Found


def hear(ask: Ask, text: str) -> None:
    """Begin to answer what somebody said to the bot."""

    async def find(meanwhile: Meanwhile) -> Found:
        heard = await ask.kitchen.desk.ask.hear(ask.caller, ask.room, text, meanwhile)
        if isinstance(heard, Shown):
            # The page's own command knows how such a state looks here.
            wanted = Ask(ask.kitchen, ask.person, ask.room, dict(heard.values))
            return Found(await commands.run(BY_NAME[heard.command], wanted))
        return Found(
            questions.note(heard, ask.locale), is_private=not isinstance(heard, Answer | NotInDocs | Greeting)
        )

    waiting.answer(ask, find)
