"""What the reader learns from: questions with a passage that answers, or none, and some that do not."""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import bm25s

from benchmarks.answer import key, read_questions, stock
from knowledge.facts import Embed
from knowledge.llama import EndpointEmbedding, HybridRetriever

Judge = Callable[[str, list[str]], list[float]]
# The wrong passages of a question that has a right one teach less: some of them answer too.
BESIDE_RIGHT = 0.4
MOST_WRONG = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(0-9])")


@dataclass(frozen=True)
class Group:
    """A question; `right` answers it, no passage of `wrong` does."""

    question: str
    right: str | None
    wrong: tuple[str, ...]
    beside: float = 1.0

    def passages(self) -> Iterator[tuple[str, float]]:
        """Give the passages, the right one first, and how much each counts."""
        if self.right is not None:
            yield self.right, 1.0
        for passage in self.wrong[:MOST_WRONG]:
            yield passage, 1.0 if self.right is None else self.beside


def typed(group: Group, chance: random.Random) -> Group:
    """Write the question as somebody types it: lower case, words left out, letters swapped."""
    words = group.question.rstrip("?").lower().split() if chance.random() < 0.6 else group.question.split()
    if chance.random() < 0.3 and len(words) > 5:
        words = [word for word in words if chance.random() > 0.12]
    place = chance.randrange(len(words)) if words else 0
    if words and chance.random() < 0.15 and len(word := words[place]) > 4:
        cut = chance.randrange(1, len(word) - 2)
        words[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    wrong = chance.sample(group.wrong, min(MOST_WRONG, len(group.wrong)))
    return replace(group, question=" ".join(words), wrong=tuple(wrong))


def from_squad(path: Path, chance: random.Random) -> list[Group]:
    """Read SQuAD 1.1 (Rajpurkar et al. 2016); wrong are the likest passages of the same article."""
    groups: list[Group] = []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        passages: list[str] = []
        asked: list[tuple[str, int]] = []
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            spans = list(_spans(text, chance))
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                inside = [n for n, (first, last) in enumerate(spans) if first <= start and end <= last]
                asked += [(question["question"].strip(), len(passages) + n) for n in inside[:1]]
            passages += [f"{title}. {text[first:last]}" for first, last in spans]
        if len(passages) > 2 * MOST_WRONG:
            groups += _with_likest(asked, passages)
    return groups


async def from_book(folder: Path, asked: Path, none: Path, embed: Embed, judge: Judge) -> list[Group]:
    """Ask a book its questions; of a right page that window is right which the pupil likes best so far."""
    book = await stock(folder, embed)
    shelf = book.shelf(book.sections)
    retriever = HybridRetriever(lambda: shelf, EndpointEmbedding(embed))
    groups: list[Group] = []
    for question in (*read_questions(asked, answerable=True), *read_questions(none, answerable=False)):
        _, ranked, _ = await retriever.rank(question.text)
        windows = shelf.windows(question.text, ranked)
        scores = judge(question.text, [text for _, text in windows])
        order = sorted(range(len(windows)), key=lambda number: -scores[number])
        fits = {number: key(windows[number][0].page) in question.pages for number in order}
        right = next((windows[number][1] for number in order if fits[number]), None)
        wrong = tuple(windows[number][1] for number in order if not fits[number])
        if right is not None or not question.pages:
            groups.append(Group(question.text, right, wrong, BESIDE_RIGHT))
    return groups


def _spans(text: str, chance: random.Random) -> Iterator[tuple[int, int]]:
    """Cut a paragraph at sentences into windows of different lengths."""
    start, words = 0, chance.choice((12, 30, 55))
    for end in [match.start() for match in _SENTENCE_END.finditer(text)] + [len(text)]:
        if len(text[start:end].split()) >= words or end == len(text):
            yield start, end
            start, words = end + 1, chance.choice((12, 30, 55))


def _with_likest(asked: list[tuple[str, int]], passages: list[str]) -> Iterator[Group]:
    index = bm25s.BM25()
    index.index(bm25s.tokenize(passages, show_progress=False), show_progress=False)
    for question, right in asked:
        tokens = bm25s.tokenize(question, show_progress=False)
        numbers, _ = index.retrieve(tokens, k=2 * MOST_WRONG + 1, show_progress=False)
        wrong = [passages[n] for n in numbers[0] if n != right]
        yield Group(question, passages[right], tuple(wrong))
