"""Fits the judge of `knowledge/judging.py` on several books, each held out once."""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer import Question, endpoint, key, read_questions
from knowledge.facts import Section
from knowledge.folder import Folder
from knowledge.lexical import Bag
from knowledge.library import Embed, Library
from knowledge.shelf import Shelf
from knowledge.store import Vector

SEMANTIC = ("words", "unknown", "peak", "coverage")
LEXICAL = ("words", "unknown", "coverage")
# Share of answerable questions that may be refused on the books that the fit has seen.
REFUSED = 0.07
PARTS = (0, 120, 50)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One question asked of one book: its measures and whether the book answers it."""

    book: str
    answers: bool
    weight: float
    semantic: dict[str, float]
    lexical: dict[str, float]


def main(argv: list[str]) -> int:
    """Print the result of each held-out book and the weights."""
    parser = argparse.ArgumentParser(prog="calibrate")
    parser.add_argument(
        "--book",
        nargs=3,
        action="append",
        required=True,
        metavar=("DIR", "QUESTIONS", "UNANSWERABLE"),
        help="give it several times",
    )
    books = [(Path(folder), Path(asked), Path(none)) for folder, asked, none in parser.parse_args(argv).book]
    rows = asyncio.run(_rows(books))
    fitted = {
        name: _report(rows, name, measures)
        for name, measures in (("semantic", SEMANTIC), ("lexical", LEXICAL))
    }
    print(json.dumps(fitted))
    return 0


async def _rows(books: list[tuple[Path, Path, Path]]) -> list[Row]:
    embed = endpoint()
    questions = [
        (read_questions(a, answerable=True), read_questions(n, answerable=False)) for _, a, n in books
    ]
    rows: list[Row] = []
    for number, (folder, _, _) in enumerate(books):
        strangers = [q for other, (asked, _) in enumerate(questions) if other != number for q in asked[::6]]
        print(f"reading {folder}", file=sys.stderr)
        rows += await _rows_of(folder, *questions[number], strangers, embed)
    return rows


async def _rows_of(
    folder: Path, asked: list[Question], none: list[Question], strangers: list[Question], embed: Embed
) -> list[Row]:
    """Ask one book, whole and in parts, its own questions and those of other books."""
    with tempfile.TemporaryDirectory() as scratch:
        library = Library(Path(scratch) / "library.db", [Folder(folder)], embed, model="calibrate")
        await library.open()
        await library.refresh()
        sections, vectors = library.store.sections(), library.store.vectors()
        pages = library.store.pages()
    texts = list({q.text for q in (*asked, *none, *strangers)})
    senses = {t: np.asarray(v, np.float32) for t, v in zip(texts, await embed(texts), strict=True)}
    bags = {section.digest: Bag(section) for section in sections}
    rows: list[Row] = []
    for size in PARTS:
        kept, own = _part(sections, asked, size)
        if size and len({section.page for section in kept}) == len(pages):
            continue
        shelf = Shelf(kept, pages, vectors, bags)
        for group, answers, weight in ((own, True, 1.0), (none, False, 1.0), (strangers, False, 0.5)):
            rows += [_ask(folder.name, shelf, q, senses[q.text], answers, weight) for q in group]
    return rows


def _part(sections: list[Section], asked: list[Question], size: int) -> tuple[list[Section], list[Question]]:
    """Keep about `size` pages, among them the answers of a third as many questions."""
    pages = list(dict.fromkeys(section.page for section in sections))
    if not size or size >= len(pages):
        return sections, asked
    chance = random.Random(5)
    own = chance.sample(asked, min(len(asked), max(12, size // 3)))
    wanted = {page for page in pages if any(key(page) in q.pages for q in own)}
    others = [page for page in pages if page not in wanted]
    chance.shuffle(others)
    wanted |= set(others[: max(0, size - len(wanted))])
    return [section for section in sections if section.page in wanted], own


def _ask(book: str, shelf: Shelf, question: Question, sense: Vector, answers: bool, weight: float) -> Row:
    with_sense = shelf.rank(question.text, sense).features
    return Row(book, answers, weight, with_sense, shelf.rank(question.text, None).features)


def _report(rows: list[Row], kind: str, measures: tuple[str, ...]) -> dict[str, float]:
    for book in dict.fromkeys(row.book for row in rows):
        weights = _fit([row for row in rows if row.book != book], kind, measures)
        held = [row for row in rows if row.book == book and row.weight == 1.0]
        sure = _matrix(held, kind, measures) @ weights > 0
        truth = np.array([row.answers for row in held])
        line = {"judge": kind, "held_out": book, "refused": float((~sure[~truth]).mean())}
        print(json.dumps(line | {"wrongly_refused": float((~sure[truth]).mean())}))
    weights = _fit(rows, kind, measures)
    return dict(zip((*measures, "bias"), (round(float(weight), 4) for weight in weights), strict=True))


def _matrix(rows: list[Row], kind: str, measures: tuple[str, ...]) -> Floats:
    return np.array([[*(getattr(row, kind)[name] for name in measures), 1.0] for row in rows])


def _fit(rows: list[Row], kind: str, measures: tuple[str, ...]) -> Floats:
    """Fit by Newton's method on standardised measures, then move the bias to keep the answerable."""
    raw = _matrix(rows, kind, measures)
    middle, spread = raw.mean(0), raw.std(0) + 1e-9
    middle[-1], spread[-1] = 0.0, 1.0
    known, truth = (raw - middle) / spread, np.array([float(row.answers) for row in rows])
    share, weights = np.array([row.weight for row in rows]), np.zeros(raw.shape[1])
    ridge = np.diag([1.0] * len(measures) + [1e-6])
    for _ in range(60):
        guess = 1 / (1 + np.exp(-np.clip(known @ weights, -30, 30)))
        slope = known.T @ (share * (guess - truth)) + ridge @ weights
        weights -= np.linalg.solve((known.T * (share * guess * (1 - guess))) @ known + ridge, slope)
    weights = weights / spread
    weights[-1] -= float(weights[:-1] @ middle[:-1])
    weights[-1] -= float(np.quantile(raw[truth == 1] @ weights, REFUSED))
    return np.asarray(weights)
