"""The forms of the page as plain data; one template draws them all."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Choice:
    """One option; `kind` decides which fields are shown.

    `fills` puts values into other fields: those for the `size` of the release that is chosen.
    """

    value: str
    label: str
    about: str = ""
    kind: str = ""
    size: str = ""
    fills: dict[str, dict[str, Any]] | None = None


@dataclass(frozen=True)
class Field:
    """One question of a form.

    `type` is text, number, area, choice, picks, check, files or hidden. `fits` names the kinds of
    datanet for which the field is asked; `steers` marks the choice that decides the kind.
    """

    name: str
    label: str
    type: str = "text"
    help: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    optional: bool = False
    fits: str = ""
    steers: bool = False


@dataclass(frozen=True)
class Sheet:
    """A dialog; `more` are fields that stay folded, and without `submit` there is only something to read."""

    act: str
    title: str
    submit: str
    fields: tuple[Field, ...] = ()
    more: tuple[Field, ...] = ()
    about: str = ""
    estimates: bool = False
    danger: bool = False
