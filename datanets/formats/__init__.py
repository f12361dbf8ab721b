"""What a file really is, and the copy of it that is kept: sniffed by bytes, decoded behind a wall."""

from datanets.formats.catalog import Format, Note, Why, fits
from datanets.formats.limits import Limits
from datanets.formats.sandbox import Cleaned, Sandbox
from datanets.formats.sniff import sniff

__all__ = ["Cleaned", "Format", "Limits", "Note", "Sandbox", "Why", "fits", "sniff"]
