"""Tells what a file is from its bytes; its name only decides between kinds of plain text."""

import re
import zipfile
from pathlib import Path

from datanets.formats import rows, text
from datanets.formats.catalog import Format, Why
from datanets.refusals import UnreadableFile

HEAD = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

TAKEN: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\xff\xd8\xff", Format.JPG),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"fLaC", Format.FLAC),
    (b"OggS", Format.OGG),
    (b"ID3", Format.MP3),
)

FOREIGN: tuple[tuple[bytes, Why, str], ...] = (
    (b"#!AMR", Why.FORMAT, "amr"),
    (b"\x1f\x8b", Why.ARCHIVE, "gz"),
    (b"BZh", Why.ARCHIVE, "bz2"),
    (b"\xfd7zXZ\0", Why.ARCHIVE, "xz"),
    (b"7z\xbc\xaf\x27\x1c", Why.ARCHIVE, "7z"),
    (b"Rar!\x1a\x07", Why.ARCHIVE, "rar"),
    (b"\x28\xb5\x2f\xfd", Why.ARCHIVE, "zst"),
    (b"\x7fELF", Why.PROGRAM, "elf"),
    (b"\xca\xfe\xba\xbe", Why.PROGRAM, "mach-o"),
    (b"\xcf\xfa\xed\xfe", Why.PROGRAM, "mach-o"),
    (b"\xce\xfa\xed\xfe", Why.PROGRAM, "mach-o"),
    (b"\0asm", Why.PROGRAM, "wasm"),
    (b"#!", Why.PROGRAM, "script"),
    (b"GIF8", Why.FORMAT, "gif"),
    (b"II+\0", Why.FORMAT, "bigtiff"),
    (b"MM\0+", Why.FORMAT, "bigtiff"),
    (b"\xff\x0a", Why.FORMAT, "jxl"),
    (b"\0\0\x01\0", Why.FORMAT, "ico"),
    (b"\x1aE\xdf\xa3", Why.FORMAT, "webm"),
    (b"FORM", Why.FORMAT, "aiff"),
    (b"PAR1", Why.FORMAT, "parquet"),
    (b"SQLite format 3\0", Why.FORMAT, "sqlite"),
    (b"{\\rtf", Why.FORMAT, "rtf"),
    (b"%!PS", Why.FORMAT, "ps"),
)

PACKED_DOCUMENTS: tuple[tuple[str, Why, str], ...] = (
    ("word/vbaProject.bin", Why.PROGRAM, "docm"),
    ("xl/", Why.FORMAT, "xlsx"),
    ("ppt/", Why.FORMAT, "pptx"),
    ("META-INF/MANIFEST.MF", Why.PROGRAM, "jar"),
    ("AndroidManifest.xml", Why.PROGRAM, "apk"),
    ("content.xml", Why.FORMAT, "odt"),
    ("META-INF/container.xml", Why.FORMAT, "epub"),
)

MARKUP = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(!doctype\s+html|html|svg)\b", re.I | re.S)


def sniff(source: Path, name: str = "") -> Format:
    """Say which format the file has.

    Raises UnreadableFile when it is empty, not on the list, encrypted, or neither text nor anything known.
    """
    with source.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip() and not source.read_bytes().strip():
        raise UnreadableFile("", Why.EMPTY)
    return _by_signature(head, source) or _by_text(source.read_bytes(), name)


def _by_signature(head: bytes, source: Path) -> Format | None:
    for magic, why, found in FOREIGN:
        if head.startswith(magic) and not _is_only_text(magic, head):
            raise UnreadableFile(found, why)
    for magic, format_ in TAKEN:
        if head.startswith(magic):
            return format_
    if head.startswith(b"RIFF"):
        return _of_riff(head[8:12])
    if head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")):
        return _of_zip(source)
    if head.startswith(OLE):
        return _of_ole(source)
    if head.lstrip(b"\xef\xbb\xbf\r\n\t \0")[:5] == b"%PDF-":
        return Format.PDF
    return _by_fields(head)


def _is_only_text(magic: bytes, head: bytes) -> bool:
    """Whether a signature of letters alone starts a sentence ("FORM a queue", "BZh") instead of a file."""
    return magic in {b"FORM", b"BZh", b"PAR1"} and b"\0" not in head and head.isascii()


def _by_fields(head: bytes) -> Format | None:
    """Formats that show in their fields more than in their first bytes."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        still = {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"avif": "avif", b"M4A ": "m4a"}
        raise UnreadableFile(still.get(brand, "mp4"), Why.FORMAT)
    if head[257:262] == b"ustar":
        raise UnreadableFile("tar", Why.ARCHIVE)
    if head.startswith(b"MZ") and (b"\0" in head):
        raise UnreadableFile("exe", Why.PROGRAM)
    # The header size of a bitmap is one of a handful of numbers, which no text starting with "BM" has.
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in {12, 40, 52, 56, 64, 108, 124}:
        return Format.BMP
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    if is_frame and head[2] >> 4 != 15 and (head[2] >> 2) & 3 != 3:
        return Format.MP3
    return None


def _of_riff(form: bytes) -> Format:
    known = {b"WAVE": Format.WAV, b"WEBP": Format.WEBP}
    if form not in known:
        raise UnreadableFile("avi" if form == b"AVI " else "riff", Why.FORMAT)
    return known[form]


def _of_ole(source: Path) -> Format:
    """Old Office files; a modern one with a password hides in the same container."""
    if "EncryptedPackage".encode("utf-16-le") in source.read_bytes():
        raise UnreadableFile(Format.DOCX, Why.ENCRYPTED)
    raise UnreadableFile("doc", Why.FORMAT)


def _of_zip(source: Path) -> Format:
    try:
        with zipfile.ZipFile(source) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise UnreadableFile("zip", Why.DAMAGED) from error
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile("zip", Why.ENCRYPTED)
    names = {member.filename for member in members}
    for sign, why, found in PACKED_DOCUMENTS:
        if any(name.startswith(sign) for name in names):
            raise UnreadableFile(found, why)
    if "word/document.xml" in names:
        return Format.DOCX
    raise UnreadableFile("zip", Why.ARCHIVE)


def _by_text(data: bytes, name: str) -> Format:
    words = text.decode(data)
    if markup := MARKUP.match(words):
        raise UnreadableFile("svg" if markup[1].lower() == "svg" else "html", Why.FORMAT)
    suffix = name.rpartition(".")[2].lower()
    if suffix in {"jsonl", "ndjson"} or rows.looks_like_jsonl(words):
        return Format.JSONL
    if rows.is_one_json(words):
        raise UnreadableFile("json", Why.FORMAT)
    if suffix in {"md", "markdown"}:
        return Format.MD
    if suffix in {"csv", "tsv"} or (suffix != "txt" and rows.looks_like_csv(words)):
        return Format.CSV
    return Format.TXT
