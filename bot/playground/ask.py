"""One thing that somebody asks for on the page."""

from dataclasses import dataclass

from bot.playground.kitchen import Kitchen
from bot.playground.people import Person
from datanets.facts import Caller


@dataclass(frozen=True)
class Ask:
    """Who asks, in which room, with which values of a form or a button."""

    kitchen: Kitchen
    person: Person
    room: str
    values: dict[str, str]

    @property
    def caller(self) -> Caller:
        """The person as the desk sees them."""
        return self.person.caller

    @property
    def locale(self) -> str:
        """The language in which to answer."""
        return self.person.locale

    def value(self, name: str) -> str:
        """Return a value without the spaces around it, or an empty text."""
        return self.values.get(name, "").strip()
