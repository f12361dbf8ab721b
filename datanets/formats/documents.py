"""PDF and DOCX: only their text is kept, as text; pictures, scripts and authors stay behind."""

import re
import zipfile
from pathlib import Path

from datanets.formats import text
from datanets.formats.catalog import Format, Note, Why
from datanets.formats.limits import Limits
from datanets.refusals import UnreadableFile

# PDFium marks a word that was broken at the end of a line with one of these.
BROKEN_WORD = re.compile("[\ufffe\x02]\\s*")
BLANK_LINES = re.compile(r"\n{3,}")
LETTERS_A_PAGE = 8
HONEST_RATIO = 200
RATIO_COUNTS_FROM = 1_000_000


def clean_pdf(source: Path, limits: Limits) -> tuple[str, set[Note]]:
    """Take the text out of a PDF.

    Raises UnreadableFile: ENCRYPTED, DAMAGED, TOO_MANY_PAGES, BOMB, NO_TEXT_LAYER.
    """
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        is_locked = getattr(error, "err_code", None) in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise UnreadableFile(Format.PDF, Why.ENCRYPTED if is_locked else Why.DAMAGED) from error
    with document:
        if raw.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
            raise UnreadableFile(Format.PDF, Why.ENCRYPTED)
        pages = len(document)
        if pages > limits.pages:
            raise UnreadableFile(Format.PDF, Why.TOO_MANY_PAGES, f"{pages} / {limits.pages}")
        notes = {Note.TEXT_TAKEN_OUT}
        taken: list[str] = []
        for page in document:
            taken.append(page.get_textpage().get_text_bounded())
            if sum(map(len, taken)) > limits.characters:
                raise UnreadableFile(Format.PDF, Why.BOMB)
            if any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2)):
                notes.add(Note.PICTURES_LEFT_OUT)
    words, changed = text.clean(BROKEN_WORD.sub("", "\n\n".join(taken)))
    if sum(map(str.isalnum, words)) < LETTERS_A_PAGE * max(pages, 1):
        raise UnreadableFile(Format.PDF, Why.NO_TEXT_LAYER, str(pages))
    return _tidied(words), notes | changed - {Note.LINE_ENDS_CHANGED, Note.CONTROLS_REMOVED}


def clean_docx(source: Path, limits: Limits) -> tuple[str, set[Note]]:
    """Take the text out of a DOCX, headings as Markdown. Raises UnreadableFile: BOMB, DAMAGED, EMPTY."""
    _weigh(source, limits)
    from docx import Document
    from docx.table import Table

    try:
        document = Document(str(source))
        parts = [
            _table(block) if isinstance(block, Table) else _paragraph(block.text, block.style)
            for block in document.iter_inner_content()
        ]
        pictures = len(document.inline_shapes)
    # lxml, zipfile and python-docx each have exceptions of their own for a broken document.
    except Exception as error:
        raise UnreadableFile(Format.DOCX, Why.DAMAGED) from error
    words, changed = text.clean("\n\n".join(part for part in parts if part.strip()))
    if not words.strip():
        raise UnreadableFile(Format.DOCX, Why.EMPTY)
    notes = {Note.TEXT_TAKEN_OUT, Note.METADATA_REMOVED} | changed
    return _tidied(words), notes | ({Note.PICTURES_LEFT_OUT} if pictures else set())


def _weigh(source: Path, limits: Limits) -> None:
    """Unpack by the spoonful before a parser sees it: the sizes in the directory may lie."""
    try:
        with zipfile.ZipFile(source) as packed:
            members = packed.infolist()
            if len(members) > limits.zip_members:
                raise UnreadableFile(Format.DOCX, Why.BOMB, f"{len(members)} parts")
            total = sum(_unpacked(packed, member, limits.zip_member) for member in members)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableFile(Format.DOCX, Why.DAMAGED) from error
    # zlib reports a broken stream with its own error class, whose only base is Exception.
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise UnreadableFile(Format.DOCX, Why.DAMAGED) from error
    if total > limits.zip_total:
        raise UnreadableFile(Format.DOCX, Why.BOMB)


def _unpacked(packed: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    size = 0
    with packed.open(member) as file:
        while piece := file.read(65536):
            size += len(piece)
            is_dense = size > RATIO_COUNTS_FROM and size > HONEST_RATIO * max(member.compress_size, 1)
            if size > most or is_dense:
                raise UnreadableFile(Format.DOCX, Why.BOMB, member.filename[:80])
    return size


def _paragraph(words: str, style: object) -> str:
    name = str(getattr(style, "name", "") or "")
    if name == "Title":
        return f"# {words}"
    if name.startswith("Heading ") and name[8:].isdigit():
        return f"{'#' * min(int(name[8:]), 6)} {words}"
    return f"- {words}" if name.startswith("List") else words


def _table(table: object) -> str:
    rows = getattr(table, "rows", ())
    return "\n".join(" | ".join(cell.text.replace("\n", " ") for cell in row.cells) for row in rows)


def _tidied(words: str) -> str:
    lines = "\n".join(line.rstrip() for line in words.split("\n"))
    return BLANK_LINES.sub("\n\n", lines).strip() + "\n"
