"""A plain answer on the page: words, pairs, a table, buttons."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Press:
    """A button: does an act with its values, or opens a form with some words filled in."""

    label: str
    act: str = ""
    values: dict[str, str] = field(default_factory=dict)
    form: str = ""
    words: str = ""
    look: str = "button small"


MAIN = "button small main"


@dataclass(frozen=True)
class Note:
    """The shape of every command's answer; kept with its line, so it says tomorrow what it said today.

    `numbers` are the columns set to the right, `mine` the row to mark, or -1.
    """

    title: str = ""
    words: str = ""
    chip: str = ""
    tone: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: tuple[int, ...] = ()
    mine: int = -1
    links: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Press, ...] = ()

    def card(self) -> dict[str, Any]:
        """Return what the line keeps."""
        return {"draw": "note", **asdict(self)}
