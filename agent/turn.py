"""One turn's context: the kit of tools and what the turn has found, which no checkpoint needs to keep."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.tools import Kit
from knowledge.facts import Asked, Found


@dataclass
class Turn:
    """Lives for one message; `meanwhile` tells the member that asking the site itself takes a while."""

    kit: Kit
    meanwhile: Callable[[], Awaitable[None]] | None = None
    docs_only: bool = False
    found: Found | None = None
    asked: Asked | None = None
