"""Reads what a caption says and which files a message carries, as plain values for a draft."""

from typing import Any

from telegram import Message

from datanets.facts import Context, DatanetView, Kind


def datanet_of(nets: list[DatanetView], argument: str) -> tuple[DatanetView | None, str]:
    """Read `datanet context`; where there is one datanet alone, its name may be left out."""
    first, _, rest = argument.partition(" ")
    first = first.partition("\n")[0].lower().lstrip("#")
    named = next((net for net in nets if first and net.name == first), None)
    if named:
        return named, argument[len(first) :].lstrip("# \n") if argument.lower().startswith(
            first
        ) else rest.strip()
    return (nets[0] if len(nets) == 1 else None), argument.strip()


def context_of(kind: Kind, text: str) -> Context:
    """Read `name: value` lines; the rest is what the kind needs most."""
    fields: dict[str, str] = {}
    rest = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in {
            "caption",
            "transcript",
            "source",
            "licence",
            "language",
            "question",
        }:
            fields[name.strip().lower()] = value.strip()
        else:
            rest.append(line)
    main = {Kind.IMAGE: "caption", Kind.AUDIO: "transcript", Kind.TEXT: "source"}[kind]
    fields.setdefault(main, "\n".join(rest).strip())
    return Context(**fields)


def file_of(message: Message) -> dict[str, Any]:
    """Return what is needed to fetch the file of a message later."""
    found: Any = message.document or message.audio or message.voice
    if found is None and message.photo:
        found = max(message.photo, key=lambda one: one.width * one.height)
    name = getattr(found, "file_name", None)
    name = name or (
        "voice.ogg" if message.voice else f"photo-{message.message_id}.jpg" if message.photo else "file"
    )
    return {
        "file_id": found.file_id,
        "name": name,
        "size": found.file_size,
        "photo": bool(message.photo),
        "chat": message.chat.id,
        "message": message.message_id,
    }
