"""Commands in a text as something that can be pressed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COMMAND = re.compile(r"(?<![\w<`/])/([a-z]+)(?: ([a-z]+))?\b")
SUBCOMMAND = 1


@dataclass
class Mentions:
    """Discord's ids of our commands, by their full names."""

    ids: dict[str, int] = field(default_factory=dict)

    def learn(self, registered: Sequence[Mapping[str, Any]]) -> None:
        """Remember commands as Discord has them."""
        for command in registered:
            options = command.get("options") or []
            inner = [f"{command['name']} {one['name']}" for one in options if one["type"] == SUBCOMMAND]
            for name in inner or [str(command["name"])]:
                self.ids[name] = int(command["id"])

    def within(self, text: str) -> str:
        """Turn `/datanet list` in a text into a mention; what is in backticks is to be typed and stays."""
        return COMMAND.sub(self._mention, text)

    def _mention(self, match: re.Match[str]) -> str:
        said, one, two = match[0], match[1], match[2]
        for name in (f"{one} {two}", one):
            if number := self.ids.get(name):
                return f"</{name}:{number}>{said[1 + len(name) :]}"
        return said
