"""What the graph may reach: names the member can see, and what the member may do. It can change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.facts import Choice
from knowledge.facts import Asked, Found, LibraryState


class Parameter(Protocol):
    """A value of a command, as the desk's table of commands describes it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def help(self) -> str:
        """What it is, for users."""
        ...

    @property
    def values(self) -> str:
        """Which kind of value: text, datanet, base, number, …"""
        ...

    @property
    def required(self) -> bool:
        """Whether the command needs it."""
        ...


class Command(Protocol):
    """A command of the desk's table."""

    @property
    def name(self) -> str:
        """Its name, such as `run stop`."""
        ...

    @property
    def parameters(self) -> Sequence[Parameter]:
        """Its values."""
        ...

    @property
    def changes(self) -> bool:
        """Whether it spends or changes something."""
        ...


class Tools(Protocol):
    """The asking member's own view; every call goes by their rights at this moment."""

    async def names(self, values: str) -> Sequence[Choice]:
        """Return what a value of this kind may be, the likeliest first; empty for free text."""
        ...

    async def may(self, command: str) -> bool:
        """Whether the member may use a command here."""
        ...


class Shelves(Protocol):
    """The library, as far as the graph needs it."""

    async def search(self, question: str, limit: int = 6) -> Found:
        """Find passages."""
        ...

    async def likeness(self, question: str, texts: Sequence[str]) -> dict[str, float]:
        """Say how like a question each of a few texts is, from -1 to 1; nothing when nobody embeds."""
        ...

    async def ask_books(self, question: str, goal: str = "") -> Asked | None:
        """Ask the books themselves."""
        ...

    def state(self) -> LibraryState:
        """Say how fresh the library is."""
        ...


class Writer(Protocol):
    """A language model: messages in, text out. Raises WriterAway."""

    async def write(self, system: str, prompt: str, *, most_tokens: int = 600) -> str:
        """Return the model's text."""
        ...


class WriterAway(Exception):
    """The language model did not answer."""


@dataclass(frozen=True)
class Kit:
    """The tools of one turn."""

    library: Shelves
    member: Tools
    commands: dict[str, Command]
    writer: Writer | None = None

    async def names_for(self, command: Command) -> dict[str, Sequence[Choice]]:
        """Return what each kind of a command's values may be."""
        kinds = dict.fromkeys(str(parameter.values) for parameter in command.parameters)
        return {kind: await self.member.names(kind) for kind in kinds}
