"""The formats that are taken, why a file may be unreadable, and what cleaning may have changed."""

from enum import StrEnum

from datanets.facts import Kind


class Format(StrEnum):
    """A format that is taken; the value is the suffix of its files."""

    TXT = "txt"
    MD = "md"
    PDF = "pdf"
    DOCX = "docx"
    JSONL = "jsonl"
    CSV = "csv"
    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"
    TIFF = "tiff"
    BMP = "bmp"
    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    OGG = "ogg"

    @property
    def kind(self) -> Kind:
        """The kind of datanet that collects it."""
        if self in {Format.PNG, Format.JPG, Format.WEBP, Format.TIFF, Format.BMP}:
            return Kind.IMAGE
        if self in {Format.WAV, Format.MP3, Format.FLAC, Format.OGG}:
            return Kind.AUDIO
        return Kind.TEXT


def fits(kind: Kind) -> tuple[str, ...]:
    """The suffixes that a datanet of this kind takes, for people to read."""
    return tuple(f".{format_}" for format_ in Format if format_.kind is kind)


class Why(StrEnum):
    """Why bytes cannot be taken; `UnreadableFile.detail` holds what stands in brackets.

    EMPTY: there is nothing in it, or nothing but blanks.
    FORMAT: a format that is not on the list; `found` names it.
    ARCHIVE: a packed folder; its files have to come one by one.
    PROGRAM: something that runs: a program, a script, a document with macros.
    ENCRYPTED: it asks for a password.
    DAMAGED: it breaks off or contradicts itself.
    NOT_UTF8: text in another encoding (the line where it shows).
    BINARY: text with NUL or control characters in it (the line where it shows).
    NO_TEXT_LAYER: a PDF of pictures of pages (the number of pages).
    TOO_MANY_PAGES: a PDF longer than the limit (pages / limit).
    BAD_LINE: a line of a JSONL or CSV file that cannot be read (line: what is wrong).
    NO_HEADER: a CSV file whose first line does not name its columns.
    TOO_MANY_PIXELS: an image larger than the limit (width x height).
    ANIMATED: more than one picture in an image (their number).
    TOO_LONG: a recording longer than the limit (seconds / limit).
    TOO_SHORT: a recording of nearly no length (seconds).
    SILENT: a recording in which nothing is heard.
    CLIPPED: a recording that is mostly overdriven.
    HEADER_LIES: a recording that holds another length than it states (stated / held seconds).
    BOMB: it unpacks to far more than it weighs.
    TOO_COSTLY: reading it took more time or memory than any honest file needs.
    NOT_ARRIVED: the platform that holds it did not hand it over in time.
    """

    EMPTY = "empty"
    FORMAT = "format"
    ARCHIVE = "archive"
    PROGRAM = "program"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    NOT_UTF8 = "not_utf8"
    BINARY = "binary"
    NO_TEXT_LAYER = "no_text_layer"
    TOO_MANY_PAGES = "too_many_pages"
    BAD_LINE = "bad_line"
    NO_HEADER = "no_header"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    SILENT = "silent"
    CLIPPED = "clipped"
    HEADER_LIES = "header_lies"
    BOMB = "bomb"
    TOO_COSTLY = "too_costly"
    NOT_ARRIVED = "not_arrived"


class Note(StrEnum):
    """What cleaning changed, for the receipt and the review card.

    LOCATION_REMOVED: the image knew where it was taken.
    METADATA_REMOVED: names, devices, comments, tags, thumbnails.
    TURNED_UPRIGHT: the camera had left the turning to the viewer.
    CONVERTED: stored in another format of the same kind.
    TEXT_TAKEN_OUT: only the text of a document is kept.
    PICTURES_LEFT_OUT: the document had pictures; they are not kept.
    MIXED_TO_MONO: several channels became one.
    CONTROLS_REMOVED: control characters that no reader shows.
    DIRECTION_MARKS_REMOVED: characters that make text read other than it is stored.
    HIDDEN_REMOVED: invisible characters that could carry a second text.
    LINE_ENDS_CHANGED: other line ends, or a byte order mark.
    """

    LOCATION_REMOVED = "location_removed"
    METADATA_REMOVED = "metadata_removed"
    TURNED_UPRIGHT = "turned_upright"
    CONVERTED = "converted"
    TEXT_TAKEN_OUT = "text_taken_out"
    PICTURES_LEFT_OUT = "pictures_left_out"
    MIXED_TO_MONO = "mixed_to_mono"
    CONTROLS_REMOVED = "controls_removed"
    DIRECTION_MARKS_REMOVED = "direction_marks_removed"
    HIDDEN_REMOVED = "hidden_removed"
    LINE_ENDS_CHANGED = "line_ends_changed"
