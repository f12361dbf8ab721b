"""The cast of the playground: people whose roles anybody may try."""

from dataclasses import dataclass, replace

from starlette.requests import HTTPConnection

from bot.languages import spoken
from datanets.facts import Account, Caller, Place, Role

PLACE = Place("playground", "kitchen", "The kitchen")


@dataclass(frozen=True)
class Person:
    """Somebody whom the switcher offers; `role` is the word beside their name."""

    key: str
    name: str
    about: str
    hue: int
    role: str = ""
    roles: frozenset[Role] = frozenset()
    locale: str = "en"

    @property
    def caller(self) -> Caller:
        """This person as the desk sees them."""
        return Caller(Account(PLACE.platform, self.key), PLACE, self.roles, self.name, self.locale)


VALIDATES = frozenset({Role.VALIDATOR})
PEOPLE: dict[str, Person] = {
    person.key: person
    for person in (
        Person(
            "ana",
            "Ana",
            "Runs the place",
            0,
            "admin",
            frozenset({Role.ADMIN, Role.VALIDATOR, Role.TRAINER}),
        ),
        Person("ben", "Ben", "Validator", 1, "validator", VALIDATES),
        Person("chika", "Chika", "Validator", 2, "validator", VALIDATES),
        Person("dele", "Dele", "Validator", 3, "validator", VALIDATES),
        Person("emma", "Emma", "Member", 4),
        Person("farid", "Farid", "Member, may train", 5, "trainer", frozenset({Role.TRAINER})),
    )
}
NOBODY = Person("nobody", "Somebody", "", 6)


def visitor(connection: HTTPConnection) -> Person | None:
    """Return who of the cast looks, with the language of their browser."""
    person = PEOPLE.get(connection.path_params["person"])
    # A browser need not name its languages when it opens a WebSocket, so the page repeats its own.
    wanted = connection.query_params.get("lang") or connection.headers.get("accept-language", "")
    return replace(person, locale=spoken(wanted)) if person else None


def person_of(key: str) -> Person:
    """Look somebody up; people who left the cast keep their lines under a plain face."""
    return PEOPLE.get(key, NOBODY)
