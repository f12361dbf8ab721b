"""Files of every format, a few bytes each, made by the libraries that write them."""

import io
import struct
import zipfile

import numpy as np
import soundfile
from docx import Document
from PIL import Image, ImageDraw


def pdf(words: str, *, pages: int = 1, trailer: str = "") -> bytes:
    """A PDF whose every page shows the words."""
    stream = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET" if words else ""
    kids = " ".join(f"{5 + page} 0 R" for page in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
    page += "/Resources << /Font << /F1 3 0 R >> >> >>"
    objects += [page] * pages
    out = "%PDF-1.4\n"
    starts = []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{start:010} 00000 n \n" for start in starts)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n"
    return out.encode("latin-1")


def locked_pdf() -> bytes:
    guess = "<" + "5a" * 32 + ">"
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {guess} /U {guess} /P -4 >> /ID [<00> <00>]"
    return pdf("A secret recipe", trailer=lock)


def docx(*paragraphs: str) -> bytes:
    document = Document()
    document.add_heading("The guild", 1)
    for words in paragraphs:
        document.add_paragraph(words)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "flour", "500 g"
    document.core_properties.author = "Ana Example"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def locked_zip() -> bytes:
    data = bytearray(packed(word__document_xml=b"<w/>"))
    data[6] |= 1
    data[data.find(b"PK\1\2") + 8] |= 1
    return bytes(data)


def scene(width: int = 160, height: int = 120, seed: int = 1) -> Image.Image:
    """A picture with shapes, so that its perceptual hash means something."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height), tuple(int(c) for c in rng.integers(0, 256, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = rng.integers(0, width), rng.integers(0, height)
        box = [int(x), int(y), int(x) + width // 4, int(y) + height // 4]
        draw.ellipse(box, fill=tuple(int(c) for c in rng.integers(0, 256, 3)))
    return picture


def see_through() -> Image.Image:
    picture = scene().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


def saved(picture: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


def bombs_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds nearly nothing."""
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tone(seconds: float = 1.0, *, loud: float = 0.3, channels: int = 1, rate: int = 16000) -> np.ndarray:
    wave = loud * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def sound(wave: np.ndarray, format_: str, rate: int = 16000, **tags: str) -> bytes:
    out = io.BytesIO()
    subtypes = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}
    with soundfile.SoundFile(
        out, "w", rate, wave.shape[1], subtypes.get(format_, "PCM_16"), format=format_
    ) as file:
        for name, value in tags.items():
            setattr(file, name, value)
        file.write(wave)
    return out.getvalue()


def lying_flac() -> bytes:
    """A FLAC whose header promises twice the samples that follow."""
    data = bytearray(sound(tone(), "FLAC"))
    data[22:26] = (2 * 16000).to_bytes(4, "big")
    return bytes(data)
