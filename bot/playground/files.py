"""What the page hands out: contributed files, releases, one's own data. Never as anything that could run."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot import wording
from bot.desk.export import pack
from bot.languages import tr
from bot.playground.kitchen import Kitchen
from bot.playground.people import visitor
from datanets.facts import Kind
from datanets.refusals import Refusal

# A file of a stranger is shown alone: no scripts, no frames, no requests, whatever its bytes say.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
}


async def contributed(kitchen: Kitchen, request: Request) -> Response:
    """Hand out the cleaned bytes of a contribution to somebody of its community."""
    person = visitor(request)
    if person is None:
        return RedirectResponse("/")
    try:
        file, content = await kitchen.desk.contribute.content(
            person.caller, request.path_params["contribution"]
        )
    except (Refusal, FileNotFoundError):
        return PlainTextResponse(tr(person.locale, "This file is gone."), 404)
    media = "text/plain; charset=utf-8"
    if file.kind is not Kind.TEXT:
        media = _sniffed(content) or TYPES.get(file.format, "application/octet-stream")
    return Response(content, media_type=media, headers=_safe(file.name, "inline"))


async def release(kitchen: Kitchen, request: Request) -> Response:
    """Hand out the newest release of a datanet as a zip."""
    person = visitor(request)
    if person is None:
        return RedirectResponse("/")
    try:
        found, items = await kitchen.desk.nets.newest_release(person.caller, request.path_params["datanet"])
    except Refusal as refusal:
        return PlainTextResponse(wording.refusal(refusal, person.locale), 404)
    packed = await pack(found, items, kitchen.core.blobs)
    return Response(packed.data, media_type="application/zip", headers=_safe(packed.name, "attachment"))


async def privacy(kitchen: Kitchen, request: Request) -> Response:
    """Hand out everything that is kept about a person."""
    person = visitor(request)
    if person is None:
        return RedirectResponse("/")
    content = await kitchen.desk.people.export(person.caller)
    return Response(content, media_type="application/json", headers=_safe("potluck.json", "attachment"))


def _sniffed(content: bytes) -> str:
    """Name the type of cleaned bytes, which may differ from the format that was handed in."""
    for head, media in (
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"fLaC", "audio/flac"),
        (b"OggS", "audio/ogg"),
    ):
        if content.startswith(head):
            return media
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12], "")
    return ""


def _safe(name: str, disposition: str) -> dict[str, str]:
    return {
        "content-security-policy": FILE_POLICY,
        "x-content-type-options": "nosniff",
        "content-disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, max-age=3600",
    }
