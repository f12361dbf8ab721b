"""Questions to the docs, and plain wishes that become a proposal."""

from bot.playground.ask import Ask
from bot.playground.note import Note


async def ask(asked: Ask, question: str) -> None:
    """Answer with citations, or propose a command with its values filled in."""
    note = Note(words="No library is connected.", tone="refusal")
    await asked.kitchen.messages.say(asked.room, card=note.card())
