"""A short signature of what a file says, shows or sounds like, and how near two of them are."""

import re
import unicodedata
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

PERMUTATIONS = 128
SHINGLE = 5
# Characters; a longer text is known by its beginning, and no file takes minutes to sign.
COMPARED = 2_000_000
# Short texts about one subject share half of their shingles by chance, long ones do not.
SHORT = 400
NEAR_SHORT, NEAR_LONG = 0.8, 0.5
NEAR_IMAGE = 8
FLAT = 4.0
NOT_WORDS = re.compile(r"[\W_]+")


def of_text(words: str) -> str:
    """MinHash over runs of five letters, blind to case, spaces, punctuation and invisible characters."""
    from datasketch import MinHash

    plain = NOT_WORDS.sub("", unicodedata.normalize("NFKC", words).casefold())[:COMPARED]
    if len(plain) < SHINGLE:
        return ""
    shingles = list({plain[start : start + SHINGLE] for start in range(len(plain) - SHINGLE + 1)})
    signature = MinHash(PERMUTATIONS, hashfunc=zlib.crc32)
    for start in range(0, len(shingles), 20_000):
        signature.update_batch([shingle.encode() for shingle in shingles[start : start + 20_000]])
    return f"text:{len(plain)}:{signature.hashvalues.astype('<u4').tobytes().hex()}"


def of_image(picture: "Image.Image") -> tuple[str, ...]:
    """Perceptual hashes of the picture and of its seven turned and mirrored forms; none of a flat area."""
    import imagehash
    from PIL import Image

    small = picture.convert("RGBA").convert("L").resize((64, 64), Image.Resampling.LANCZOS)
    if float(np.asarray(small).std()) < FLAT:
        return ()
    turned = [small, *(small.transpose(way) for way in Image.Transpose)]
    return tuple(f"image:{imagehash.phash(form)}" for form in turned)


def of_audio(heard: str) -> str:
    """The digest of the decoded samples."""
    return f"audio:{heard}"


def is_near(likeness: str, other: str) -> bool:
    """Whether two signatures of one kind are near enough to show both to a validator."""
    kind, _, rest = likeness.partition(":")
    other_kind, _, other_rest = other.partition(":")
    if not rest or kind != other_kind:
        return False
    if kind == "text":
        return _agreement(rest, other_rest) >= _bar(rest, other_rest)
    if kind == "image":
        return (int(rest, 16) ^ int(other_rest, 16)).bit_count() <= NEAR_IMAGE
    return rest == other_rest


def nearest(probes: Iterable[str], held: Iterable[tuple[str, str]]) -> str:
    """The id of the first held likeness that is near to one of the probes, or nothing."""
    wanted = tuple(probes)
    return next((id_ for id_, likeness in held if any(is_near(probe, likeness) for probe in wanted)), "")


def _agreement(one: str, other: str) -> float:
    return float(np.mean(_values(one) == _values(other)))


def _values(signature: str) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    return np.frombuffer(bytes.fromhex(signature.partition(":")[2]), dtype="<u4")


def _bar(one: str, other: str) -> float:
    shorter = min(int(one.partition(":")[0]), int(other.partition(":")[0]))
    return NEAR_SHORT if shorter < SHORT else NEAR_LONG
