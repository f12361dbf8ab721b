"""The people of the desk's tests, and what they bring."""

from collections.abc import AsyncIterator

from bot.desk import Desk
from datanets.facts import Account, Caller, Context, Place, Role

HERE = Place("playground", "house", "House")


def person(name: str, *roles: Role, platform: str = "playground") -> Caller:
    return Caller(Account(platform, name), HERE, frozenset(roles), name)


ANA, BEN, CEM, DOT = (person(name, Role.VALIDATOR) for name in ("ana", "ben", "cem", "dot"))
EVE = person("eve")


class Words:
    """A small text as an upload."""

    def __init__(self, text: str, name: str = "note.txt") -> None:
        self.data, self.name = text.encode(), name

    @property
    def size(self) -> int:
        return len(self.data)

    async def stream(self) -> AsyncIterator[bytes]:
        yield self.data


async def hand_in(desk: Desk, text: str, who: Caller = EVE) -> str:
    receipt = await desk.contribute.hand_in(who, Words(text), "recipes", Context())
    return receipt.contribution.id
