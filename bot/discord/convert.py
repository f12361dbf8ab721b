"""From Discord's objects to the desk's plain values."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.desk.contribute import FileUpload
from bot.languages import language_of
from datanets.facts import Account, Caller, Place, Role
from datanets.refusals import UnreadableFile

PLATFORM = "discord"
PIECE = 64 * 1024

#: Keys under which `/setup` keeps its choices.
REVIEW_CHANNEL, MODELS_CHANNEL, INBOX_CHANNEL = "review_channel", "models_channel", "contribute_channel"
VALIDATOR_ROLE, TRAINER_ROLE, LANGUAGE = "validator_role", "trainer_role", "language"

#: Names of the roles that count as long as none is chosen.
USUAL_ROLES = {VALIDATOR_ROLE: "validator", TRAINER_ROLE: "trainer"}

Person = discord.Member | discord.User


def place_of(guild: discord.Guild | None, person: Person) -> Place:
    """The community's place: a server, or a person's direct messages."""
    if guild is None:
        return Place(PLATFORM, f"dm-{person.id}", person.display_name)
    return place_of_guild(guild)


def place_of_guild(guild: discord.Guild) -> Place:
    """A server as a place."""
    return Place(PLATFORM, str(guild.id), guild.name)


def roles_of(person: Person, guild: discord.Guild | None, settings: Mapping[str, Any]) -> frozenset[Role]:
    """What the server says at this moment about a member."""
    if not isinstance(person, discord.Member) or guild is None:
        return frozenset({Role.ADMIN}) if guild is None else frozenset()
    held = {str(role.id) for role in person.roles}
    names = {role.name.lower() for role in person.roles}
    rights = person.resolved_permissions or person.guild_permissions
    found = set()
    if guild.owner_id == person.id or rights.administrator or rights.manage_guild:
        found.add(Role.ADMIN)
    if _holds(settings.get(VALIDATOR_ROLE), held, names, USUAL_ROLES[VALIDATOR_ROLE]):
        found.add(Role.VALIDATOR)
    if _holds(settings.get(TRAINER_ROLE), held, names, USUAL_ROLES[TRAINER_ROLE]):
        found.add(Role.TRAINER)
    return frozenset(found)


def _holds(chosen: Any, held: set[str], names: set[str], usual: str) -> bool:
    """Whether the member has the chosen role, or the one with the usual name as long as none is chosen."""
    return str(chosen) in held if chosen else usual in names or f"{usual}s" in names


def account(person_id: int) -> Account:
    """An account on Discord."""
    return Account(PLATFORM, str(person_id))


def caller(
    person: Person,
    guild: discord.Guild | None,
    settings: Mapping[str, Any],
    locale: discord.Locale | str | None = None,
) -> Caller:
    """Who asks, where and with which roles."""
    return Caller(
        account=account(person.id),
        place=place_of(guild, person),
        roles=roles_of(person, guild, settings),
        name=person.display_name,
        locale=language_of(locale),
    )


@dataclass(frozen=True)
class AttachmentUpload:
    """A file on Discord's CDN; its address expires, so it is fetched at once and never kept."""

    attachment: discord.Attachment
    session: aiohttp.ClientSession

    @property
    def name(self) -> str:
        """The name that the sender gave; Discord strips accents from the file's own."""
        title = self.attachment.title
        suffix = "." + self.attachment.filename.rsplit(".", 1)[-1] if "." in self.attachment.filename else ""
        return f"{title}{suffix}" if title else self.attachment.filename

    @property
    def size(self) -> int | None:
        """The size that Discord states."""
        return self.attachment.size

    async def stream(self) -> AsyncIterator[bytes]:
        """Fetch the bytes; a connection that breaks is taken up again where it broke."""
        got = 0
        for last in (False, False, True):
            try:
                headers = {"Range": f"bytes={got}-"} if got else {}
                async with self.session.get(self.attachment.url, headers=headers) as response:
                    if response.status in (401, 403, 404, 410):
                        raise UnreadableFile(found="", why="not_arrived", detail=self.name)
                    response.raise_for_status()
                    skip = got if response.status == 200 else 0
                    async for piece in response.content.iter_chunked(PIECE):
                        fresh = piece[skip:] if skip < len(piece) else b""
                        skip = max(0, skip - len(piece))
                        if fresh:
                            got += len(fresh)
                            yield fresh
                return
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
                if last:
                    raise UnreadableFile(found="", why="not_arrived", detail=self.name) from None


def written(text: str) -> FileUpload:
    """Return the text of one's own message as a file, named by its first words."""
    words = re.findall(r"\w+", text)[:5]
    return FileUpload(f"{' '.join(words)[:40].strip() or 'message'}.txt", text.encode())
