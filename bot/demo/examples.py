"""The example files: facts about an invented island, pictures, a recording, and rumours to turn down."""

import csv
from dataclasses import dataclass
from pathlib import Path

from bot.desk.contribute import FileUpload

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Fact:
    """One file with two wordings of one question; `expected` is what a right answer has in it."""

    file: FileUpload
    question: str
    expected: str

    def is_told_by(self, answer: str) -> bool:
        """Whether an answer has the fact in it, whatever stands around it."""
        return self.expected.casefold() in answer.casefold()


def facts(folder: Path = EXAMPLES) -> tuple[Fact, ...]:
    """Read the facts about the island."""
    with (folder / "saltmarrow.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Fact(_upload(folder / "saltmarrow" / row["file"]), row["question"], row["expected"]) for row in rows
    )


def rumours(folder: Path = EXAMPLES) -> tuple[FileUpload, ...]:
    """Read the files that nobody should accept."""
    return tuple(_upload(path) for path in sorted((folder / "rumours").iterdir()))


def pictures(folder: Path = EXAMPLES) -> tuple[tuple[FileUpload, str], ...]:
    """Read the pictures with their captions."""
    return _captioned(folder / "pictures")


def recordings(folder: Path = EXAMPLES) -> tuple[tuple[FileUpload, str], ...]:
    """Read the recordings with their transcripts."""
    return _captioned(folder / "recordings")


def _captioned(folder: Path) -> tuple[tuple[FileUpload, str], ...]:
    with (folder / "words.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple((_upload(folder / row["file"]), row["words"]) for row in rows)


def _upload(path: Path) -> FileUpload:
    return FileUpload(path.name, path.read_bytes())
