"""Plain text: strict UTF-8 in, one normal form out, without characters that hide or reorder words."""

import re
import unicodedata

from datanets.formats.catalog import Note, Why
from datanets.refusals import UnreadableFile

BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Tag characters draw nothing; their one honest use is to name a region after a black flag.
HIDDEN = re.compile("(\U0001f3f4)?[\U000e0000-\U000e007f]+")
MOST_CONTROLS = 0.01


def decode(data: bytes) -> str:
    """Read strict UTF-8. Raises UnreadableFile: NOT_UTF8 or BINARY, with the line where it shows."""
    if data.startswith(BYTE_ORDER_MARKS):
        raise UnreadableFile("utf-16", Why.NOT_UTF8, "1")
    if (nul := data.find(b"\0")) >= 0:
        raise UnreadableFile("binary", Why.BINARY, _line(data, nul))
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("text", Why.NOT_UTF8, _line(data, error.start)) from error
    controls = CONTROLS.findall(words)
    if len(controls) > MOST_CONTROLS * len(words) + 8:
        raise UnreadableFile("binary", Why.BINARY, _line(data, data.find(controls[0].encode())))
    return words


def clean(words: str) -> tuple[str, set[Note]]:
    """Return the text as it is kept, and what that changed."""
    notes = set()
    straight = words.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if straight != words:
        notes.add(Note.LINE_ENDS_CHANGED)
    words = straight
    for pattern, note in ((CONTROLS, Note.CONTROLS_REMOVED), (DIRECTION_MARKS, Note.DIRECTION_MARKS_REMOVED)):
        words, count = pattern.subn("", words)
        if count:
            notes.add(note)
    shown = HIDDEN.sub(lambda found: found[0] if found[1] else "", words)
    if shown != words:
        notes.add(Note.HIDDEN_REMOVED)
    return unicodedata.normalize("NFC", shown), notes


def _line(data: bytes, position: int) -> str:
    return str(data.count(b"\n", 0, position) + 1)
