"""Images: decoded whole, turned upright, drawn anew without a word about camera, place or person."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from datanets.formats.catalog import Format, Note, Why
from datanets.formats.limits import Limits
from datanets.refusals import UnreadableFile

OPENED_AS = {
    Format.PNG: "PNG",
    Format.JPG: "JPEG",
    Format.WEBP: "WEBP",
    Format.TIFF: "TIFF",
    Format.BMP: "BMP",
}
# WebP is not written: its encoder needs several times the memory of the picture.
LOSSY = {Format.JPG, Format.WEBP}
SAVED_WITH: dict[Format, dict[str, Any]] = {
    Format.JPG: {"format": "JPEG", "quality": 95, "optimize": True},
    Format.PNG: {"format": "PNG", "compress_level": 3},
}
GPS = 0x8825
SPEAKING = {"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop", "mp", "tiff_metadata"}


def clean(source: Path, into: Path, format_: Format, limits: Limits) -> tuple[Format, set[Note], Image.Image]:
    """Write the canonical copy; return its format, what changed, and the picture.

    Raises UnreadableFile: TOO_MANY_PIXELS, ANIMATED, DAMAGED.
    """
    # The pixel limit is ours and lower; Pillow's own warning would end up in a log.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings(), Image.open(source, formats=(OPENED_AS[format_],)) as opened:
            warnings.simplefilter("ignore")
            _measure(opened, format_, limits)
            opened.load()
            notes = _speaking(opened)
            picture, changed = _drawn_anew(opened)
    except UnreadableFile:
        raise
    # Pillow's decoders let a dozen exception types through on broken data; memory is the wall's affair.
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadableFile(format_, Why.DAMAGED) from error
    kept = Format.JPG if format_ in LOSSY and picture.mode in {"L", "RGB"} else Format.PNG
    if kept is not format_:
        notes.add(Note.CONVERTED)
    picture.save(into, **SAVED_WITH[kept])
    return kept, notes | changed, picture


def _measure(opened: Image.Image, format_: Format, limits: Limits) -> None:
    """Refuse by the header, before a single pixel is decoded."""
    width, height = opened.size
    if width * height > limits.pixels or max(width, height) > limits.longest_side:
        raise UnreadableFile(format_, Why.TOO_MANY_PIXELS, f"{width} x {height}")
    # A phone's JPEG may carry a second picture for its viewer; only the first is read.
    frames = 1 if format_ is Format.JPG else getattr(opened, "n_frames", 1)
    if frames > 1:
        raise UnreadableFile(format_, Why.ANIMATED, str(frames))


def _speaking(opened: Image.Image) -> set[Note]:
    exif = opened.getexif()
    notes = set()
    if GPS in exif or b"exif:GPS" in _packet(opened):
        notes.add(Note.LOCATION_REMOVED)
    texts = getattr(opened, "text", None)
    if SPEAKING & opened.info.keys() or texts or (exif and opened.format != "TIFF"):
        notes.add(Note.METADATA_REMOVED)
    return notes


def _packet(opened: Image.Image) -> bytes:
    packet = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp") or b""
    return packet.encode("utf-8", "replace") if isinstance(packet, str) else bytes(packet)


def _drawn_anew(opened: Image.Image) -> tuple[Image.Image, set[Note]]:
    notes = set()
    if opened.getexif().get(0x0112, 1) in range(2, 9):
        notes.add(Note.TURNED_UPRIGHT)
    # In place here and below where it can be: a second copy of forty megapixels would hit the wall.
    ImageOps.exif_transpose(opened, in_place=True)
    profile = opened.info.get("icc_profile")
    picture = _in_plain_mode(opened)
    if profile and picture.mode == "RGB":
        picture = _in_plain_colours(picture, profile)
    # Pillow saves comments and profiles it finds here, unless nothing is left to find.
    picture.info = {}
    return picture, notes


def _in_plain_mode(picture: Image.Image) -> Image.Image:
    if picture.mode in {"L", "LA", "RGB", "RGBA"} and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in {"1", "I", "F"}:
        return picture.convert("L")
    is_see_through = "transparency" in picture.info or picture.mode in {"PA", "La", "RGBa"}
    return picture.convert("RGBA" if is_see_through else "RGB")


def _in_plain_colours(picture: Image.Image, profile: bytes) -> Image.Image:
    """Bring a wide-gamut picture to sRGB, since its profile is not kept."""
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB")) or picture
    except (ImageCms.PyCMSError, OSError):
        return picture
