"""Every format is known by its bytes, cleaned, and refused with a reason when it cannot be taken."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from PIL import Image

from datanets.facts import Kind
from datanets.formats import Cleaned, Format, Limits, Note, Sandbox, Why, fits
from datanets.formats.likeness import is_near, nearest
from datanets.refusals import UnreadableFile, WrongKind
from tests.datanets.small_files import (
    bombs_header,
    docx,
    locked_pdf,
    locked_zip,
    lying_flac,
    packed,
    pdf,
    saved,
    scene,
    see_through,
    sound,
    tone,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(width=1) as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "parcel"
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def clean(sandbox: Sandbox, write: Callable[[bytes], Path]):  # type: ignore[no-untyped-def]
    async def clean(data: bytes, kind: Kind = Kind.TEXT, name: str = "") -> Cleaned:
        return await sandbox.clean(write(data), name=name, kind=kind)

    return clean


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


# --- what is taken -----------------------------------------------------------------------------------
QA = b'{"question": "Who bakes?", "answer": "Ada"}\n'

TAKEN = [
    (b"Bread is older than writing.\n", "a.exe", Format.TXT, Format.TXT),
    (b"# Bread\n\nIt is old.\n", "a.md", Format.MD, Format.MD),
    (QA, "a.txt", Format.JSONL, Format.JSONL),
    (b"question,answer\nWho bakes?,Ada\nWho mills?,Tom\n", "", Format.CSV, Format.CSV),
    (b"question;answer\nWho bakes?;Ada\n", "a.csv", Format.CSV, Format.CSV),
    (pdf("Bread is older than writing."), "a.txt", Format.PDF, Format.TXT),
    (docx("Bread is older than writing."), "a.zip", Format.DOCX, Format.MD),
    (saved(scene(), "PNG"), "a.jpg", Format.PNG, Format.PNG),
    (saved(scene(), "JPEG"), "a.png", Format.JPG, Format.JPG),
    (saved(scene(), "WEBP"), "", Format.WEBP, Format.JPG),
    (saved(see_through(), "WEBP"), "", Format.WEBP, Format.PNG),
    (saved(scene(), "TIFF"), "", Format.TIFF, Format.PNG),
    (saved(scene(), "BMP"), "", Format.BMP, Format.PNG),
    (sound(tone(), "WAV"), "", Format.WAV, Format.FLAC),
    (sound(tone(), "MP3"), "", Format.MP3, Format.FLAC),
    (sound(tone(), "FLAC"), "", Format.FLAC, Format.FLAC),
    (sound(tone(), "OGG"), "", Format.OGG, Format.FLAC),
]


@pytest.mark.parametrize(("data", "name", "found", "kept"), TAKEN, ids=lambda value: str(value)[:12])
async def test_each_format_is_known_by_its_bytes(clean, data, name, found, kept) -> None:
    cleaned = await clean(data, found.kind, name)

    assert (cleaned.found, cleaned.kept) == (found, kept)
    assert cleaned.path.stat().st_size > 0
    again = await clean(cleaned.path.read_bytes(), found.kind, f"a.{kept}")
    assert again.found is kept


@pytest.mark.parametrize(
    ("data", "wanted", "found"),
    [(b"words", Kind.IMAGE, "txt"), (saved(scene(), "PNG"), Kind.AUDIO, "png"), (QA, Kind.AUDIO, "jsonl")],
)
async def test_another_kind_is_named_with_the_kinds_that_fit(clean, data, wanted, found) -> None:
    with pytest.raises(WrongKind) as refusal:
        await clean(data, wanted)

    assert (refusal.value.found, refusal.value.wanted) == (found, wanted)
    assert refusal.value.fits == fits(wanted)


# --- what is refused ---------------------------------------------------------------------------------
BROKEN_WAV = sound(tone(), "WAV")
OTHERS = [
    (b"", Why.EMPTY, "", ""),
    (b" \n\t\n", Why.EMPTY, "", ""),
    (b"PK\3\4 nothing more", Why.DAMAGED, "zip", ""),
    (packed(notes=b"hello"), Why.ARCHIVE, "zip", ""),
    (b"\x1f\x8b\x08\0\0\0\0\0", Why.ARCHIVE, "gz", ""),
    (b"Rar!\x1a\x07\x01\0", Why.ARCHIVE, "rar", ""),
    (b"7z\xbc\xaf\x27\x1c\0\x04", Why.ARCHIVE, "7z", ""),
    (bytes(257) + b"ustar\0" + bytes(300), Why.ARCHIVE, "tar", ""),
    (b"\x7fELF\2\1\1\0", Why.PROGRAM, "elf", ""),
    (b"MZ\x90\0\3\0\0\0", Why.PROGRAM, "exe", ""),
    (b"#!/bin/sh\nrm -rf /\n", Why.PROGRAM, "script", ""),
    (packed(word__document_xml=b"<w/>", **{"word__vbaProject.bin": b"x"}), Why.PROGRAM, "docm", ""),
    (packed(xl__workbook_xml=b"<w/>"), Why.FORMAT, "xlsx", ""),
    (b"GIF89a\1\0\1\0", Why.FORMAT, "gif", ""),
    (b"\0\0\0\x18ftypheic\0\0\0\0", Why.FORMAT, "heic", ""),
    (b"<!DOCTYPE html><p>hello", Why.FORMAT, "html", ""),
    (b"<?xml version='1.0'?><svg onload='x'/>", Why.FORMAT, "svg", ""),
    (b'[{"question": "?"}]', Why.FORMAT, "json", ""),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), Why.FORMAT, "doc", ""),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        Why.ENCRYPTED,
        "docx",
        "",
    ),
    (locked_zip(), Why.ENCRYPTED, "zip", ""),
    (locked_pdf(), Why.ENCRYPTED, "pdf", ""),
    (b"%PDF-1.4\nnot much of a document", Why.DAMAGED, "pdf", ""),
    (pdf("", pages=3), Why.NO_TEXT_LAYER, "pdf", "3"),
    (pdf("A page among many", pages=301), Why.TOO_MANY_PAGES, "pdf", "301 / 300"),
    (packed(word__document_xml=b"<w/>"), Why.DAMAGED, "docx", ""),
    (packed(word__document_xml=b"a" * 30_000_000), Why.BOMB, "docx", "word/document.xml"),
    ("one\ntwo\nGr\xfc\xdfe\n".encode("latin-1"), Why.NOT_UTF8, "text", "3"),
    ("Grüße".encode("utf-16"), Why.NOT_UTF8, "utf-16", "1"),
    (b"one\ntwo\0three\n", Why.BINARY, "binary", "2"),
    (b"\x01\x02\x03\x04" * 50, Why.BINARY, "binary", "1"),
    (QA + b"\n" + b'{"question": }\n', Why.BAD_LINE, "jsonl", "3: Expecting value at column 14"),
    (QA + b'["a list"]\n', Why.BAD_LINE, "jsonl", "2: not an object in braces"),
    (QA + b'{"n": NaN}\n', Why.BAD_LINE, "jsonl", "2: not plain JSON"),
    (QA + b'{"n": ' + b"[" * 100_000 + b"\n", Why.BAD_LINE, "jsonl", "2: not plain JSON"),
]


@pytest.mark.parametrize(("data", "why", "found", "detail"), OTHERS, ids=lambda value: str(value)[:24])
async def test_what_cannot_be_taken_is_refused_with_its_reason(clean, data, why, found, detail) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        await clean(data)

    assert (refusal.value.why, refusal.value.found, refusal.value.detail) == (why, found, detail)


@pytest.mark.parametrize(
    ("data", "why", "detail"),
    [
        (b"Who bakes?,Ada\nWho mills?,Tom\n", Why.NO_HEADER, ""),
        (b"1,2\n3,4\n", Why.NO_HEADER, ""),
        (b"question,answer\nWho?,Ada,too\n", Why.BAD_LINE, "2: 3 cells instead of 2"),
        (b'question,answer\nWho?,Ada\n"Who,\n\nAda\n', Why.BAD_LINE, "3: unexpected end of data"),
        (b"question,answer\n", Why.EMPTY, ""),
    ],
)
async def test_a_csv_file_has_named_columns_and_even_rows(clean, data, why, detail) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        await clean(data, name="a.csv")

    assert (refusal.value.why, refusal.value.detail) == (why, detail)


async def test_a_broken_jsonl_file_is_not_taken_for_prose(clean) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        await clean(b"question: who?\n", name="pairs.jsonl")

    assert refusal.value.why == Why.BAD_LINE


FRAMES = [scene(seed=1), scene(seed=2)]
IMAGES = [
    (bombs_header(30_000, 30_000), Why.TOO_MANY_PIXELS, "30000 x 30000"),
    (bombs_header(20_000, 10), Why.TOO_MANY_PIXELS, "20000 x 10"),
    (bombs_header(100, 100), Why.DAMAGED, ""),
    (saved(scene(), "JPEG")[:1500], Why.DAMAGED, ""),
    (saved(scene(), "PNG")[:500], Why.DAMAGED, ""),
    (saved(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]), Why.ANIMATED, "2"),
    (saved(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]), Why.ANIMATED, "2"),
    (saved(FRAMES[0], "TIFF", save_all=True, append_images=FRAMES[1:]), Why.ANIMATED, "2"),
    (b"BM" + bytes(12) + (40).to_bytes(4, "little") + bytes(20), Why.DAMAGED, ""),
]


@pytest.mark.parametrize(("data", "why", "detail"), IMAGES, ids=lambda value: str(value)[:16])
async def test_an_image_is_refused_with_its_reason(clean, data, why, detail) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        await clean(data, Kind.IMAGE)

    assert (refusal.value.why, refusal.value.detail) == (why, detail)


SOUNDS = [
    (sound(tone(loud=0), "WAV"), Why.SILENT),
    (sound(tone(0.05), "WAV"), Why.TOO_SHORT),
    (sound(np.sign(tone()), "WAV"), Why.CLIPPED),
    (sound(tone(301, loud=0, rate=8000), "FLAC", rate=8000), Why.TOO_LONG),
    (BROKEN_WAV[: len(BROKEN_WAV) // 2], Why.HEADER_LIES),
    (lying_flac(), Why.DAMAGED),
    (sound(tone(), "FLAC")[:3000], Why.DAMAGED),
    (sound(tone(0), "WAV"), Why.EMPTY),
    (b"RIFF\0\0\0\0WAVEfmt nothing", Why.DAMAGED),
    (b"OggS" + bytes(60), Why.DAMAGED),
    (b"RIFF\0\0\0\0AVI LIST", Why.FORMAT),
    (b"\0\0\0\x18ftypM4A \0\0\0\0", Why.FORMAT),
]


@pytest.mark.parametrize(("data", "why"), SOUNDS, ids=lambda value: str(value)[:16])
async def test_a_recording_is_refused_with_its_reason(clean, data, why) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        await clean(data, Kind.AUDIO)

    assert refusal.value.why == why


# --- what is cleaned ---------------------------------------------------------------------------------
async def test_text_is_kept_in_one_normal_form_without_characters_that_hide_words(clean) -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    words = f"\ufeffcafe\u0301\r\npay \u202e001\u202c euro\x07{tags} {england}"
    cleaned = await clean(words.encode())

    assert cleaned.path.read_text() == f"caf\u00e9\npay 001 euro {england}"
    assert set(cleaned.notes) == {
        Note.LINE_ENDS_CHANGED,
        Note.CONTROLS_REMOVED,
        Note.DIRECTION_MARKS_REMOVED,
        Note.HIDDEN_REMOVED,
    }


async def test_an_escape_in_json_hides_nothing_either(clean) -> None:
    row = {"question": "pay \u202e001?", "answer": "a\u2028b", "turns": [{"text": "\x07ring"}]}
    cleaned = await clean(json.dumps(row).encode() + b"\r\n\r\n" + QA)

    first, second = map(json.loads, cleaned.path.read_text().rstrip("\n").split("\n"))
    assert first == {"question": "pay 001?", "answer": "a\u2028b", "turns": [{"text": "ring"}]}
    assert second == json.loads(QA)
    assert Note.DIRECTION_MARKS_REMOVED in cleaned.notes


async def test_a_table_of_any_dialect_is_kept_with_commas(clean) -> None:
    cleaned = await clean(b'question\tanswer\r\nWho?\t"Ada, the\nbaker"\r\n', name="a.tsv")

    rows = list(csv.reader(io.StringIO(cleaned.path.read_text(), newline="")))
    assert rows == [["question", "answer"], ["Who?", "Ada, the\nbaker"]]


async def test_a_document_leaves_its_author_and_keeps_its_structure(clean) -> None:
    cleaned = await clean(docx("Bread is old.", "So is beer."))

    words = cleaned.path.read_text()
    assert words.startswith("# The guild\n\nBread is old.\n\nSo is beer.")
    assert "flour | 500 g" in words
    assert "Ana" not in words
    assert {Note.TEXT_TAKEN_OUT, Note.METADATA_REMOVED} <= set(cleaned.notes)


async def test_an_image_forgets_where_it_was_taken_and_stands_upright(clean) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    cleaned = await clean(saved(scene(160, 120), "JPEG", exif=exif, comment=b"by Ana"), Kind.IMAGE)

    with Image.open(cleaned.path) as kept:
        assert kept.size == (120, 160)
        assert not kept.getexif()
        assert not kept.info.keys() & {"exif", "comment", "xmp", "icc_profile"}
    assert b"SecretPhone" not in cleaned.path.read_bytes()
    assert {Note.LOCATION_REMOVED, Note.METADATA_REMOVED, Note.TURNED_UPRIGHT} <= set(cleaned.notes)


async def test_what_hides_behind_an_image_is_not_kept(clean) -> None:
    cleaned = await clean(saved(scene(), "PNG") + packed(evil=b"class"), Kind.IMAGE)

    assert b"PK\3\4" not in cleaned.path.read_bytes()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I;16", "F"])
async def test_every_mode_of_colour_ends_in_one_that_training_reads(clean, mode) -> None:
    picture = scene().convert("L").convert("I").convert("I;16") if mode == "I;16" else scene().convert(mode)
    cleaned = await clean(saved(picture, "TIFF"), Kind.IMAGE)

    with Image.open(cleaned.path) as kept:
        assert kept.mode in {"L", "LA", "RGB", "RGBA"}


async def test_a_recording_becomes_one_channel_without_tags(clean) -> None:
    cleaned = await clean(sound(tone(channels=2), "OGG", artist="Ana", title="Mine"), Kind.AUDIO)

    with soundfile.SoundFile(cleaned.path) as kept:
        assert (kept.channels, kept.samplerate, kept.format) == (1, 16000, "FLAC")
        assert not kept.copy_metadata()
        assert abs(kept.frames - 16000) < 1600
    assert {Note.METADATA_REMOVED, Note.MIXED_TO_MONO, Note.CONVERTED} <= set(cleaned.notes)


async def test_a_recording_that_breaks_off_says_how_much_is_missing(clean) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        await clean(sound(tone(2), "WAV")[:32_044], Kind.AUDIO)

    assert (refusal.value.why, refusal.value.detail) == (Why.HEADER_LIES, "2.0 / 1.0")


async def test_a_voice_note_is_taken(clean) -> None:
    out = io.BytesIO()
    soundfile.write(out, tone(1, rate=48_000), 48_000, "OPUS", format="OGG")

    assert (await clean(out.getvalue(), Kind.AUDIO)).found is Format.OGG


async def test_a_recorder_that_streams_may_leave_its_length_open(clean) -> None:
    data = bytearray(sound(tone(), "WAV"))
    data[4:8] = b"\xff\xff\xff\xff"

    assert (await clean(bytes(data), Kind.AUDIO)).found is Format.WAV


# --- the wall ----------------------------------------------------------------------------------------
async def test_a_file_that_costs_too_much_takes_only_its_own_fork(write) -> None:
    limits = Limits(memory=300 * 2**20, pixels=100_000_000)
    async with Sandbox(limits, width=1) as narrow:
        with pytest.raises(UnreadableFile) as refusal:
            await narrow.clean(write(bombs_header(10_000, 10_000)), name="", kind=Kind.IMAGE)
        assert refusal.value.why == Why.TOO_COSTLY
        assert (await narrow.clean(write(b"words"), name="", kind=Kind.TEXT)).kept is Format.TXT


async def test_a_file_that_takes_too_long_is_cut_off(write) -> None:
    async with Sandbox(Limits(processor=1), width=1) as hasty:
        words = np.random.default_rng(1).integers(97, 123, 12_000_000, dtype=np.uint8).tobytes()
        with pytest.raises(UnreadableFile) as refusal:
            await hasty.clean(write(words), name="", kind=Kind.TEXT)
    assert refusal.value.why == Why.TOO_COSTLY


async def test_a_parser_sees_none_of_the_bots_secrets(sandbox: Sandbox, monkeypatch, write) -> None:
    monkeypatch.setenv("POTLUCK_DISCORD_TOKEN", "secret")
    async with Sandbox(width=1) as fresh:
        await fresh.clean(write(b"words"), name="", kind=Kind.TEXT)
        (child,) = fresh._idle
        assert b"secret" not in environment_of(child.pid)


# --- near duplicates ---------------------------------------------------------------------------------
PROSE = " ".join(
    f"The {noun} of Brambleholm was built in {year}."
    for noun, year in zip(
        ["mill", "bakery", "bridge", "harbour", "school", "chapel", "inn", "forge", "granary", "lighthouse"],
        range(1801, 1999, 7),
        strict=False,
    )
)


async def test_a_text_is_near_to_its_edited_copy_and_not_to_another(clean) -> None:
    mine = await clean(PROSE.encode())
    edited = await clean((PROSE.replace("bridge", "bri\u200bdge").upper() + " And more.").encode())
    other = await clean(("Sourdough needs flour, water, salt and a great deal of patience. " * 8).encode())

    assert is_near(mine.probes[0], edited.probes[0])
    assert not is_near(mine.probes[0], other.probes[0])


async def test_short_pairs_on_one_subject_are_not_near(clean) -> None:
    pairs = [("mayor", "Ada Finch"), ("baker", "Tom Reed")]
    one, two = [
        (await clean(json.dumps({"question": f"Who is the {job} of Brambleholm?", "answer": name}).encode()))
        for job, name in pairs
    ]

    assert not is_near(one.probes[0], two.probes[0])
    assert nearest(one.probes, [("x", two.probes[0]), ("y", one.probes[0])]) == "y"


async def test_an_image_is_near_to_its_small_turned_copy(clean) -> None:
    mine = await clean(saved(scene(), "PNG"), Kind.IMAGE)
    turned = scene().resize((80, 60)).transpose(Image.Transpose.ROTATE_90)
    copy = await clean(saved(turned, "JPEG", quality=60), Kind.IMAGE)
    other = await clean(saved(scene(seed=5), "PNG"), Kind.IMAGE)

    assert nearest(copy.probes, [("mine", mine.probes[0])]) == "mine"
    assert nearest(other.probes, [("mine", mine.probes[0])]) == ""


async def test_plain_areas_are_not_near_to_each_other(clean) -> None:
    red = await clean(saved(Image.new("RGB", (64, 64), "red"), "PNG"), Kind.IMAGE)

    assert red.probes == ()


async def test_the_same_recording_in_another_wrapping_is_near(clean) -> None:
    wav = await clean(sound(tone(), "WAV"), Kind.AUDIO)
    flac = await clean(sound(tone(), "FLAC"), Kind.AUDIO)
    other = await clean(sound(tone(2), "FLAC"), Kind.AUDIO)

    assert is_near(wav.probes[0], flac.probes[0])
    assert not is_near(wav.probes[0], other.probes[0])
