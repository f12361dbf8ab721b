"""Buttons whose state travels in 64 bytes of callback data: owner, verb and arguments."""

from dataclasses import dataclass
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

Row = list[InlineKeyboardButton]
Style = Literal["primary", "success", "danger"]
ANYBODY = ""
MOST_BYTES = 64
LABEL = 36


@dataclass(frozen=True)
class Pressed:
    """What a button says: who may press it (empty: anybody), what to do, with what."""

    owner: str
    verb: str
    args: tuple[str, ...]


def button(
    label: str, verb: str, *args: object, owner: str = ANYBODY, style: Style | None = None
) -> InlineKeyboardButton:
    """Make a button; `owner` is a Telegram user id, and nobody else may use it then."""
    data = f"{_short(owner)}|" + ":".join([verb, *(str(arg) for arg in args)])
    if len(data.encode()) > MOST_BYTES:
        raise ValueError(f"{data!r} is longer than {MOST_BYTES} bytes")
    return InlineKeyboardButton(label[:LABEL], callback_data=data, style=style)


def link(label: str, url: str) -> InlineKeyboardButton:
    """Make a button that opens an address."""
    return InlineKeyboardButton(label[:LABEL], url=url)


def read(data: str | None) -> Pressed | None:
    """Read callback data; None for what this bot never made."""
    owner, bar, rest = (data or "").partition("|")
    if not bar or not rest:
        return None
    verb, *args = rest.split(":")
    try:
        return Pressed(str(int(owner, 36)) if owner else ANYBODY, verb, tuple(args))
    except ValueError:
        return None


def keyboard(*rows: Row) -> InlineKeyboardMarkup | None:
    """Put rows together; None when there is nothing to press."""
    kept = [row for row in rows if row]
    return InlineKeyboardMarkup(kept) if kept else None


def _short(user: str) -> str:
    number, digits = int(user or 0), ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
