"""A release as one file to take away: its card, a line about every item, and the items as far as they fit."""

import asyncio
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from datanets.blobs import Blobs
from datanets.facts import ReleaseItem, ReleaseView

#: More than that is not read into memory, whatever a platform would take.
MOST_BYTES = 50 << 20


@dataclass(frozen=True)
class Packed:
    """A zip; `has_files` is false when the files were too many for it."""

    name: str
    data: bytes
    has_files: bool


async def pack(
    release: ReleaseView, items: Sequence[ReleaseItem], blobs: Blobs, most: int | None = None
) -> Packed:
    """Pack a release, into at most so many bytes if given; without its files where they do not fit."""
    name = f"{release.datanet}-r{release.number}.zip"
    if fits(items):
        files = {item.contribution: await _content(item, blobs) for item in items}
        data = await asyncio.to_thread(_zip, release, items, files)
        if most is None or len(data) <= most:
            return Packed(name, data, has_files=True)
    return Packed(name, await asyncio.to_thread(_zip, release, items, {}), has_files=False)


def fits(items: Sequence[ReleaseItem]) -> bool:
    """Whether the files are few enough to be packed at all."""
    return sum(item.size for item in items) <= MOST_BYTES


def by_operator(release: ReleaseView, community: str) -> str:
    """The command with which the operator writes the files of the newest release, however many."""
    return f"potluck export release {release.datanet} FOLDER --community {community}"


async def _content(item: ReleaseItem, blobs: Blobs) -> bytes | None:
    """The item's bytes; None when somebody has deleted them since."""
    try:
        return await blobs.read(item.digest)
    except FileNotFoundError:
        return None


def _zip(release: ReleaseView, items: Sequence[ReleaseItem], files: dict[str, bytes | None]) -> bytes:
    buffer, lines = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in items:
            line = {key: value for key, value in asdict(item).items() if key != "context" and value}
            content = files.get(item.contribution)
            if content is not None:
                line["file"] = f"files/{item.contribution}.{item.format}"
                archive.writestr(line["file"], content)
            context = {key: value for key, value in asdict(item.context).items() if value}
            lines.append(json.dumps({**line, **context}, ensure_ascii=False) + "\n")
        archive.writestr("metadata.jsonl", "".join(lines))
        archive.writestr("README.md", _card(release, items))
    return buffer.getvalue()


def _card(release: ReleaseView, items: Sequence[ReleaseItem]) -> str:
    return "\n".join(
        (
            f"# {release.datanet}, release {release.number}",
            "",
            f"{release.items} items by {release.contributors} people, {release.bytes} bytes.",
            "",
            f"- made: {release.created_at:%Y-%m-%d %H:%M} UTC",
            f"- digest: `{release.digest}`",
            f"- licences: {', '.join(sorted({item.licence for item in items if item.licence}))}",
            f"- contributors: {', '.join(sorted({item.author_name for item in items}))}",
            "",
            "`metadata.jsonl` has one line about each item, with its licence, its sha256 and its context.",
            "",
        )
    )
