"""Audio: decoded block by block under a budget, written anew as one channel of FLAC without tags."""

import hashlib
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from datanets.formats.catalog import Format, Note, Why
from datanets.formats.limits import Limits
from datanets.refusals import UnreadableFile

FORMATS = {
    "WAV": Format.WAV,
    "WAVEX": Format.WAV,
    "MPEG": Format.MP3,
    "MP3": Format.MP3,
    "FLAC": Format.FLAC,
    "OGG": Format.OGG,
}
# Encoders of MP3 and Ogg pad by a few frames; more than this is another length than stated.
LENGTH_TOLERANCE = 0.15
QUIET = 10 ** (-50 / 20)
OVERDRIVEN = 0.999
# Sizes that recorders write when they stream and cannot know the length beforehand.
UNKNOWN_SIZES = {0, 0xFFFFFFFF, 0x7FFFFFFF}


def clean(source: Path, into: Path, format_: Format, limits: Limits) -> tuple[Format, set[Note], str, float]:
    """Write the canonical copy; return its format, what changed, a digest of what is heard, and seconds.

    Raises UnreadableFile: DAMAGED, TOO_LONG, TOO_SHORT, HEADER_LIES, SILENT, CLIPPED.
    """
    if format_ is Format.WAV:
        _check_riff(source)
    try:
        with soundfile.SoundFile(source) as recording:
            notes = _check_header(recording, format_, limits)
            heard, seconds = _write_anew(recording, into, format_, limits)
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise UnreadableFile(format_, Why.DAMAGED) from error
    if format_ is not Format.FLAC:
        notes.add(Note.CONVERTED)
    return Format.FLAC, notes, heard, seconds


def _check_riff(source: Path) -> None:
    """A WAV that breaks off: libsndfile would quietly take what is there."""
    with source.open("rb") as file:
        head = file.read(44)
    stated, bytes_a_second = int.from_bytes(head[4:8], "little"), int.from_bytes(head[28:32], "little") or 1
    held = source.stat().st_size - 8
    # One byte of padding may be counted and missing.
    if stated not in UNKNOWN_SIZES and stated > held + 1:
        lengths = f"{stated / bytes_a_second:.1f} / {held / bytes_a_second:.1f}"
        raise UnreadableFile(Format.WAV, Why.HEADER_LIES, lengths)


def _check_header(recording: soundfile.SoundFile, format_: Format, limits: Limits) -> set[Note]:
    found = FORMATS.get(recording.format)
    if found is None or recording.samplerate > limits.highest_sample_rate or recording.samplerate < 1000:
        raise UnreadableFile(recording.format.lower(), Why.FORMAT)
    if recording.frames <= 0:
        raise UnreadableFile(format_, Why.EMPTY)
    stated = recording.frames / recording.samplerate
    if stated > limits.longest_recording:
        raise UnreadableFile(format_, Why.TOO_LONG, f"{stated:.0f} / {limits.longest_recording:.0f}")
    notes = set()
    if recording.copy_metadata():
        notes.add(Note.METADATA_REMOVED)
    if recording.channels > 1:
        notes.add(Note.MIXED_TO_MONO)
    return notes


def _write_anew(
    recording: soundfile.SoundFile, into: Path, format_: Format, limits: Limits
) -> tuple[str, float]:
    """Decode no more than the header promised, and measure on the way."""
    rate = recording.samplerate
    stated = recording.frames
    budget = int(stated * (1 + LENGTH_TOLERANCE)) + rate
    # One block is a tenth of a second, the grain in which silence is judged.
    block = max(rate // 10, 1)
    held = quiet = blocks = clipped = 0
    heard = hashlib.sha256()
    with soundfile.SoundFile(into, "w", rate, 1, "PCM_16", format="FLAC") as kept:
        for channels in recording.blocks(block, dtype="float32", always_2d=True):
            wave: NDArray[np.float32] = np.nan_to_num(channels.mean(axis=1))
            held += len(wave)
            blocks += 1
            quiet += bool(np.sqrt(np.mean(wave**2)) < QUIET)
            clipped += int(np.count_nonzero(np.abs(channels).max(axis=1) >= OVERDRIVEN))
            heard.update((wave * 127).astype(np.int8).tobytes())
            kept.write(wave)
            if held > budget:
                break
    seconds = held / rate
    if abs(held - stated) > max(LENGTH_TOLERANCE * stated, rate * 0.1):
        raise UnreadableFile(format_, Why.HEADER_LIES, f"{stated / rate:.1f} / {seconds:.1f}")
    if seconds < limits.shortest_recording:
        raise UnreadableFile(format_, Why.TOO_SHORT, f"{seconds:.2f}")
    if quiet > limits.quiet_share * blocks:
        raise UnreadableFile(format_, Why.SILENT)
    if clipped > limits.clipped_share * held:
        raise UnreadableFile(format_, Why.CLIPPED)
    return heard.hexdigest(), seconds
