"""The commands of the page: what was typed or filled in goes to the desk, a note comes back."""

from collections.abc import Awaitable, Callable

from bot import wording
from bot.desk.commands import Command
from bot.playground import answers, cooking, nets
from bot.playground.ask import Ask
from bot.playground.forms import read_words
from bot.playground.kitchen import Kitchen
from bot.playground.note import Note
from bot.playground.people import Person
from datanets.refusals import ConsentNeeded, Refusal

Answer = Callable[[Ask], Awaitable[Note | None]]
ANSWERS: dict[str, Answer] = {
    "help": answers.help_,
    "setup": answers.setup,
    "datanet create": nets.create,
    "datanet list": nets.list_,
    "datanet show": nets.show,
    "datanet edit": nets.edit,
    "datanet release": nets.release,
    "datanet export": nets.export,
    "contribute": nets.contribute,
    "mine": answers.mine,
    "quota": answers.quota,
    "review": answers.review,
    "leaderboard": answers.leaderboard,
    "credit": answers.credit,
    "finetune": cooking.finetune,
    "runs": cooking.runs,
    "run show": cooking.run_show,
    "run stop": cooking.run_stop,
    "models": cooking.models,
    "chat": cooking.chat,
    "compare": cooking.compare,
    "ask": answers.ask,
    "link": answers.link,
    "privacy": answers.privacy,
    "forget": answers.forget,
}


async def typed(kitchen: Kitchen, person: Person, room: str, command: Command, words: str) -> None:
    """Do a command that was typed with its values behind it; answer to its author alone."""
    said = f"/{command.name} {words}".strip()
    await kitchen.messages.say(room, author=person.key, text=f"`{said}`", private_to=person.key)
    ask = Ask(kitchen, person, room, read_words(command, words))
    try:
        note = await run(command, ask)
    except ConsentNeeded:
        raise
    except Refusal as refusal:
        note = Note(words=wording.refusal(refusal, person.locale), tone="refusal")
    if note:
        await tell(ask, note)


async def run(command: Command, ask: Ask) -> Note | None:
    """Do a command; None when it has answered by itself."""
    return await ANSWERS[command.name](ask)


async def tell(ask: Ask, note: Note) -> None:
    """Write a note that its asker alone sees."""
    await ask.kitchen.messages.say(ask.room, card=note.card(), private_to=ask.person.key)
