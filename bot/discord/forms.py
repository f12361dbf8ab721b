"""Forms (modals): built from fields, read back from the wire."""

from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

LABEL, TEXT = 45, 100


@dataclass(frozen=True)
class Filled:
    """What somebody filled in, by field name."""

    values: dict[str, list[str]]
    files: dict[str, list[discord.Attachment]]

    @classmethod
    def read(cls, interaction: discord.Interaction[Any]) -> "Filled":
        """Read a submitted form."""
        data: Any = interaction.data
        raw = (data.get("resolved") or {}).get("attachments") or {}
        values: dict[str, list[str]] = {}
        files: dict[str, list[discord.Attachment]] = {}
        for outer in data["components"]:
            inner = outer.get("components") or [outer.get("component")]
            for part in filter(None, inner):
                name = part.get("custom_id", "")
                if "value" in part:
                    values[name] = [] if part["value"] is None else [str(part["value"])]
                picked = [str(value) for value in part.get("values") or []]
                if part["type"] == discord.ComponentType.file_upload.value:
                    state = interaction._state
                    files[name] = [discord.Attachment(data=raw[p], state=state) for p in picked if p in raw]
                elif "values" in part:
                    values[name] = picked
        return cls(values, files)

    def text(self, name: str) -> str:
        """One value, or nothing."""
        return (self.values.get(name) or [""])[0].strip()

    def picked(self, name: str) -> list[str]:
        """Every value that was chosen."""
        return self.values.get(name) or []

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.text(name).lower() == "true"


class Form(ui.Modal):
    """A form whose answer is routed by its custom id."""

    def __init__(self, title: str, custom_id: str) -> None:
        super().__init__(title=title[:LABEL], custom_id=custom_id, timeout=None)

    def field(self, label: str, part: ui.Item[Any], help_text: str = "") -> "Form":
        """Add a labelled field."""
        self.add_item(ui.Label(text=label[:LABEL], description=help_text[:TEXT] or None, component=part))
        return self

    def text(
        self,
        name: str,
        label: str,
        *,
        help_text: str = "",
        value: str = "",
        required: bool = True,
        long: bool = False,
        most: int = 4000,
        placeholder: str = "",
    ) -> "Form":
        """Add a line or a box of text."""
        style = discord.TextStyle.paragraph if long else discord.TextStyle.short
        part = ui.TextInput[Any](
            custom_id=name,
            style=style,
            default=value[:most] or None,
            required=required,
            max_length=most,
            placeholder=placeholder[:TEXT] or None,
        )
        return self.field(label, part, help_text)

    def choice(
        self,
        name: str,
        label: str,
        options: list[tuple[str, str, str]],
        *,
        chosen: str = "",
        help_text: str = "",
        required: bool = True,
    ) -> "Form":
        """Add a select of (value, label, description)."""
        listed = [
            discord.SelectOption(
                value=value, label=title[:100], description=text[:100] or None, default=value == chosen
            )
            for value, title, text in options[:25]
        ]
        part = ui.Select[Any](custom_id=name, options=listed, required=required)
        return self.field(label, part, help_text)

    def upload(self, name: str, label: str, *, most: int = 10, help_text: str = "") -> "Form":
        """Add a place for files."""
        return self.field(label, ui.FileUpload[Any](custom_id=name, min_values=1, max_values=most), help_text)

    def tick(self, name: str, label: str, *, help_text: str = "", ticked: bool = False) -> "Form":
        """Add a box to tick."""
        return self.field(label, ui.Checkbox[Any](custom_id=name, default=ticked), help_text)

    def switches(self, name: str, label: str, options: list[tuple[str, str, str, bool]]) -> "Form":
        """Add boxes of (value, label, description, ticked) of which any number may be ticked."""
        listed = [
            discord.CheckboxGroupOption(
                value=value, label=title[:100], description=text[:100] or None, default=ticked
            )
            for value, title, text, ticked in options
        ]
        part = ui.CheckboxGroup[Any](
            custom_id=name, options=listed, required=False, min_values=0, max_values=len(listed)
        )
        return self.field(label, part)

    def note(self, text: str) -> "Form":
        """Add a paragraph to read."""
        self.add_item(ui.TextDisplay(text))
        return self

    async def open(self, interaction: discord.Interaction[Any]) -> None:
        """Show the form; nothing of it is kept, its answer comes back through the custom id."""
        await interaction.response.send_modal(self)
        self.stop()
