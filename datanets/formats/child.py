"""Behind the wall: a warm process that forks once a file, so that a hostile one takes only its own fork.

Speaks JSON lines on its standard streams and ends with its parent. Run as `python -m datanets.formats.child`.
"""

import errno
import json
import os
import resource
import signal
import sys
import traceback
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from datanets.facts import Kind
from datanets.formats import documents, likeness, rows, text
from datanets.formats.catalog import Format, Note, Why, fits
from datanets.formats.limits import Limits
from datanets.formats.sniff import sniff
from datanets.refusals import UnreadableFile, WrongKind

EXCERPT = 600
TOO_COSTLY = 2


def main() -> int:
    """Serve one file after the other until the parent closes the line."""
    _warm_up()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _in_the_fork(order)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"exit": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201 - the protocol
    return 0


def _warm_up() -> None:
    """Load the decoders once, before any fork; the kernel shares the pages."""
    import datasketch
    import docx
    import imagehash
    import PIL.Image
    import pypdfium2
    import scipy.fftpack
    import soundfile

    del datasketch, docx, imagehash, PIL, pypdfium2, scipy, soundfile


def _in_the_fork(order: dict[str, Any]) -> NoReturn:
    """Work and leave; whatever happens, a fork never returns to the loop that made it."""
    code = 1
    try:
        for stream in range(3):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        code = _work(order)
    except (MemoryError, RecursionError):
        code = TOO_COSTLY
    except Exception:  # noqa: BLE001 - the near side raises what is written here
        Path(order["into"]).with_suffix(".bug").write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _work(order: dict[str, Any]) -> int:
    """Do one order behind the limits; the answer is a file beside the copy."""
    limits = Limits(**order["limits"])
    _wall_off(limits)
    into = Path(order["into"])
    try:
        answer = prepare(Path(order["source"]), into, order["name"], Kind(order["kind"]), limits)
    except (UnreadableFile, WrongKind) as refusal:
        data = {field.name: getattr(refusal, field.name) for field in fields(refusal)}
        answer = {"refusal": type(refusal).__name__, "data": data}
    except OSError as error:
        # This is how a copy comes back that grows beyond the largest file allowed.
        if error.errno != errno.EFBIG:
            raise
        return TOO_COSTLY
    into.with_suffix(".json").write_text(json.dumps(answer))
    return 0


def _wall_off(limits: Limits) -> None:
    for which, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.processor),
        (resource.RLIMIT_FSIZE, limits.written),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.alarm(limits.patience)


def prepare(source: Path, into: Path, name: str, kind: Kind, limits: Limits) -> dict[str, Any]:
    """Sniff, decode and clean one file. Raises WrongKind and UnreadableFile."""
    format_ = sniff(source, name)
    if format_.kind is not kind:
        raise WrongKind(format_, kind, fits(kind))
    if kind is Kind.IMAGE:
        return _image(source, into, format_, limits)
    if kind is Kind.AUDIO:
        return _audio(source, into, format_, limits)
    return _text(source, into, format_, limits)


def _text(source: Path, into: Path, format_: Format, limits: Limits) -> dict[str, Any]:
    kept = format_
    if format_ is Format.PDF:
        kept, (words, notes) = Format.TXT, documents.clean_pdf(source, limits)
    elif format_ is Format.DOCX:
        kept, (words, notes) = Format.MD, documents.clean_docx(source, limits)
    elif format_ is Format.JSONL:
        words, notes = rows.clean_jsonl(text.decode(source.read_bytes()), limits)
    elif format_ is Format.CSV:
        words, notes = rows.clean_csv(text.decode(source.read_bytes()), limits)
    else:
        words, notes = text.clean(text.decode(source.read_bytes()))
    if not words.strip():
        raise UnreadableFile(format_, Why.EMPTY)
    into.write_text(words, encoding="utf-8", newline="")
    said = rows.values(words, kept) if kept in {Format.JSONL, Format.CSV} else words
    signature = likeness.of_text(said)
    return _answer(format_, kept, notes, words[:EXCERPT], (signature,) if signature else ())


def _image(source: Path, into: Path, format_: Format, limits: Limits) -> dict[str, Any]:
    from datanets.formats import image

    kept, notes, picture = image.clean(source, into, format_, limits)
    excerpt = f"{picture.width} x {picture.height}"
    return _answer(format_, kept, notes, excerpt, likeness.of_image(picture))


def _audio(source: Path, into: Path, format_: Format, limits: Limits) -> dict[str, Any]:
    from datanets.formats import audio

    kept, notes, heard, seconds = audio.clean(source, into, format_, limits)
    return _answer(format_, kept, notes, f"{seconds:.1f} s", (likeness.of_audio(heard),))


def _answer(
    found: Format, kept: Format, notes: set[Note], excerpt: str, probes: tuple[str, ...]
) -> dict[str, Any]:
    return {"found": found, "kept": kept, "notes": sorted(notes), "excerpt": excerpt, "probes": probes}


if __name__ == "__main__":
    sys.exit(main())
