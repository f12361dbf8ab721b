"""Scenes that many tests begin with, and tiny real files."""

from io import BytesIO

import numpy as np
import soundfile
from PIL import Image

from datanets.facts import Caller, Context
from tests.servers.telegram_people import Person
from tests.servers.telegram_state import Chat, Json
from tests.telegram.conftest import House


def jpeg(colour: str = "red") -> bytes:
    """A real picture."""
    out = BytesIO()
    Image.effect_noise((96, 64), 60).convert("RGB").save(out, "JPEG") if colour == "noise" else Image.new(
        "RGB", (96, 64), colour
    ).save(out, "JPEG")
    return out.getvalue()


def ogg() -> bytes:
    """A real recording of a tone."""
    return _tone("OGG", "VORBIS")


def mp3() -> bytes:
    """A real piece for the music player."""
    return _tone("MP3", "MPEG_LAYER_III")


def _tone(form: str, coding: str) -> bytes:
    out = BytesIO()
    tone = np.sin(np.arange(16000) * 0.1).astype("float32") * 0.3
    soundfile.write(out, tone, 16000, format=form, subtype=coding)
    return out.getvalue()


class Kitchen:
    """A group with an owner, two more validators, and Ana, who has agreed to the terms."""

    def __init__(
        self, house: House, group: Chat, owner: Person, ben: Person, cleo: Person, ana: Person
    ) -> None:
        self.house, self.group = house, group
        self.owner, self.ben, self.cleo, self.ana = owner, ben, cleo, ana

    @property
    def telegram(self):
        """The server."""
        return self.house.telegram

    async def caller(self, person: Person) -> Caller:
        """Who a person is to the desk, here."""
        return await self.house.platform.room.crowd.caller(_User(person), self.group)

    async def agree(self, *people: Person) -> None:
        """Record consent, as the button does."""
        for person in people:
            await self.house.desk.people.agree(await self.caller(person))

    async def net(self, name: str = "soups", kind: str = "text") -> None:
        """Open a datanet."""
        self.owner.says(f"/datanet create {name} {kind} Things to cook", self.group)
        await self.telegram.heard(self.group, f"{name} · {kind}")

    async def card(
        self, text: bytes = b"Boil water.", name: str = "soup.txt", by: Person | None = None
    ) -> Json:
        """Hand a text in and return its card."""
        (by or self.ana).sends_document(name, text, self.group, caption="/contribute soups")
        return await self.telegram.heard(self.group, name, "needs")

    async def accepted(self, count: int) -> None:
        """Have some texts accepted, without the detour over the wire."""
        caller = await self.caller(self.ana)
        voters = [await self.caller(one) for one in self.validators]
        for number in range(count):
            line = f'{{"question": "Dish {number}?", "answer": "Soup {number}"}}\n'.encode()
            made = await self.house.desk.contribute.hand_in(
                caller, Bytes(f"q{number}.jsonl", line), "soups", Context()
            )
            for voter in voters:
                card = await self.house.desk.reviewing.card(voter, made.contribution.id)
                if card.is_open:
                    await self.house.desk.reviewing.cast(voter, made.contribution.id, True)

    @property
    def validators(self) -> list[Person]:
        """Those whose votes count."""
        return [self.owner, self.ben, self.cleo]


async def kitchen(house: House, *, forum: bool = False, net: bool = True) -> Kitchen:
    """Open the usual group."""
    telegram = house.telegram
    owner, ben, cleo, ana = (telegram.person(name) for name in ("Owner", "Ben", "Cleo", "Ana"))
    group = await house.group("Kitchen", forum=forum, owner=owner)
    for person, status in ((ben, "administrator"), (cleo, "administrator"), (ana, "member")):
        group.members[person.id] = status
    made = Kitchen(house, group, owner, ben, cleo, ana)
    for person in (owner, ben, cleo):
        await house.desk.people.actor(await made.caller(person))
    await made.agree(ana, owner)
    if net:
        await made.net()
    return made


class Bytes:
    """An upload that lies in memory."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data, self.size = name, data, len(data)

    async def stream(self):
        """Yield everything."""
        yield self.data


class _User:
    """A person as the library's User shows one."""

    def __init__(self, person: Person) -> None:
        self.id, self.full_name, self.language_code = person.id, person.user["first_name"], "en"
