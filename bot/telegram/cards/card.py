"""What every drawn thing comes down to: a text, perhaps buttons."""

from dataclasses import dataclass

from telegram import InlineKeyboardMarkup


@dataclass(frozen=True)
class Card:
    """HTML text and its keyboard."""

    text: str
    keys: InlineKeyboardMarkup | None = None
