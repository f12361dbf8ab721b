"""Errors that nobody expected: kept with a ticket, and said on the page."""

import logging

from bot import wording
from bot.playground.kitchen import Kitchen
from bot.playground.note import Note
from bot.playground.people import PLACE

log = logging.getLogger(__name__)


async def fault(kitchen: Kitchen, where: str, error: Exception, locale: str = "en") -> Note:
    """Keep an error that nobody expected, and say its ticket."""
    ticket = await kitchen.core.faults.record(PLACE.id, f"playground {where}", error)
    log.error("ticket %s: %s failed", ticket, where, exc_info=error)
    return Note(words=wording.fault(ticket, locale), tone="error")
