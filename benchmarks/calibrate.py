"""Fits the judge of `knowledge/judging.py` on several books, each held out once."""

import argparse
import asyncio
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer import Question, endpoint, key, read_questions, stock
from knowledge.facts import Embed, Read, Section

WORDS = ("words", "unknown", "covered", "length")
JUDGES = {
    "words": WORDS,
    "sense": (*WORDS, "apart", "like"),
    # How like the question the nearest section is says nothing more once a reader has looked.
    "read": ("unknown", "covered", "length", "apart", "read"),
}
# Share of answerable questions that may be refused on the books that the fit has seen.
REFUSED = 0.11
# Each book is asked whole (0) and cut down to a small one of so many pages.
PARTS = (0, 50)
STRANGERS = 24
STRANGERS_SHARE = 0.25
RIDGE = 3.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One question asked of one book: its measures and whether the book answers it."""

    book: str
    answers: bool
    own: bool
    whole: bool
    features: dict[str, float]
    by_words: dict[str, float]


def main(argv: list[str]) -> int:
    """Print the result of each held-out book and the weights; none of them should have taught the reader."""
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
    print(json.dumps({judge: _report(rows, judge, measures) for judge, measures in JUDGES.items()}))
    return 0


async def _rows(books: list[tuple[Path, Path, Path]]) -> list[Row]:
    embed, read = endpoint()
    questions = [
        (read_questions(a, answerable=True), read_questions(n, answerable=False)) for _, a, n in books
    ]
    rows: list[Row] = []
    for number, (folder, _, _) in enumerate(books):
        others = [q for other, (asked, _) in enumerate(questions) if other != number for q in asked]
        strangers = random.Random(number).sample(others, min(STRANGERS, len(others)))
        print(f"reading {folder}", file=sys.stderr)
        rows += await _rows_of(folder, *questions[number], strangers, embed, read)
    return rows


async def _rows_of(
    folder: Path,
    asked: list[Question],
    none: list[Question],
    strangers: list[Question],
    embed: Embed,
    read: Read,
) -> list[Row]:
    """Ask one book, whole and in part, its own questions and those of other books."""
    from knowledge.llama import EndpointEmbedding, HybridRetriever

    book = await stock(folder, embed)
    name, embedding = "/".join(folder.parts[-2:]), EndpointEmbedding(embed)
    rows: list[Row] = []
    for size in PARTS:
        kept, own = _part(book.sections, asked, size)
        if size and len({section.page for section in kept}) == len(book.pages):
            continue
        shelf = book.shelf(kept)
        retriever = HybridRetriever(lambda shelf=shelf: shelf, embedding, read=read)  # type: ignore[misc]
        for group, answers in ((own, True), (none, False), (strangers, False)):
            for question in group:
                _, ranked, _ = await retriever.rank(question.text)
                by_words = shelf.rank(question.text, None).features
                is_own = group is not strangers
                rows.append(Row(name, answers, is_own, not size, ranked.features, by_words))
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


def _report(rows: list[Row], judge: str, measures: tuple[str, ...]) -> dict[str, float]:
    """Print what happens to each book's own questions when the fit has not seen the book."""
    shares = []
    for book in dict.fromkeys(row.book for row in rows):
        weights = _fit([row for row in rows if row.book != book], judge, measures)
        held = [row for row in rows if row.book == book and row.own and row.whole]
        sure = _matrix(held, judge, measures) @ weights > 0
        truth = np.array([row.answers for row in held])
        shares.append((float((~sure[~truth]).mean()), float((~sure[truth]).mean())))
        _print(judge, book, *shares[-1])
    _print(judge, "mean", *np.mean(shares, axis=0))
    weights = _fit(rows, judge, measures)
    return dict(zip((*measures, "bias"), (round(float(weight), 4) for weight in weights), strict=True))


def _print(judge: str, book: str, refused: float, wrongly: float) -> None:
    line = {"judge": judge, "held_out": book, "refused": round(refused, 4)}
    print(json.dumps(line | {"wrongly_refused": round(wrongly, 4)}))


def _matrix(rows: list[Row], judge: str, measures: tuple[str, ...]) -> Floats:
    def of(row: Row) -> dict[str, float]:
        return row.by_words if judge == "words" else row.features

    return np.array([[*(of(row)[name] for name in measures), 1.0] for row in rows])


def _shares(rows: list[Row]) -> Floats:
    """Give every book, and in it the answerable and the unanswerable, the same say."""
    raw = np.array([1.0 if row.own else STRANGERS_SHARE for row in rows])
    groups = [(row.book, row.answers) for row in rows]
    whole = {group: sum(raw[n] for n, one in enumerate(groups) if one == group) for group in set(groups)}
    return raw * 100 / np.array([whole[group] for group in groups])


def _fit(rows: list[Row], judge: str, measures: tuple[str, ...]) -> Floats:
    """Fit by Newton's method on standardised measures, then move the bias to keep the answerable."""
    raw = _matrix(rows, judge, measures)
    middle, spread = raw.mean(0), raw.std(0) + 1e-9
    middle[-1], spread[-1] = 0.0, 1.0
    known, truth = (raw - middle) / spread, np.array([float(row.answers) for row in rows])
    share, weights = _shares(rows), np.zeros(raw.shape[1])
    ridge = np.diag([RIDGE] * len(measures) + [1e-6])
    for _ in range(60):
        guess = 1 / (1 + np.exp(-np.clip(known @ weights, -30, 30)))
        slope = known.T @ (share * (guess - truth)) + ridge @ weights
        weights -= np.linalg.solve((known.T * (share * guess * (1 - guess))) @ known + ridge, slope)
    weights = weights / spread
    weights[-1] -= float(weights[:-1] @ middle[:-1])
    answerable = np.flatnonzero(truth == 1)
    sure = raw[answerable] @ weights
    order = np.argsort(sure)
    below = np.cumsum(share[answerable][order]) / share[answerable].sum()
    weights[-1] -= float(sure[order][np.searchsorted(below, REFUSED)])
    return np.asarray(weights)
