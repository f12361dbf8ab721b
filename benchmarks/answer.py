"""Answers from a book: hits, refusals and times of the library, LlamaIndex's default and plain BM25."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.compose import compose, to_compare
from benchmarks.refresh import copies
from knowledge.facts import Embed, Read, Section
from knowledge.folder import Folder, published
from knowledge.lexical import Bag
from knowledge.library import Library
from knowledge.sections import cut
from knowledge.shelf import Shelf
from knowledge.store import PageRow, Vector

Pages = list[str]
Search = Callable[[str], Awaitable[tuple[Pages, bool]]]
# Passages asked of each set-up: enough for five different pages even where long ones hold several.
DEPTH = 24
# So many passages an answer is composed from; the time of ours holds that too.
SHOWN = 8


@dataclass(frozen=True)
class Question:
    """A question with the pages that answer it; none when the book does not."""

    text: str
    pages: frozenset[str] = frozenset()


@dataclass
class Tally:
    """What one set-up did."""

    ranks: list[int] = field(default_factory=list)
    refused: int = 0
    wrongly_refused: int = 0
    unanswerable: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """The keys of the summary line; a rank of 0 is a miss."""
        asked = max(len(self.ranks), 1)
        return {
            "hit@1": round(sum(rank == 1 for rank in self.ranks) / asked, 4),
            "hit@5": round(sum(0 < rank <= 5 for rank in self.ranks) / asked, 4),
            "mrr": round(sum(1 / rank for rank in self.ranks if rank) / asked, 4),
            "refused": round(self.refused / max(self.unanswerable, 1), 4),
            "wrongly_refused": round(self.wrongly_refused / asked, 4),
            "p50_ms": round(_quantile(self.milliseconds, 0.5), 2),
            "p95_ms": round(_quantile(self.milliseconds, 0.95), 2),
        }


def main(argv: list[str]) -> int:
    """Print one line a question and the summary."""
    parser = argparse.ArgumentParser(prog="answer")
    parser.add_argument("--book", type=Path, help="a folder in GitBook form; default: the tests' own book")
    parser.add_argument("--questions", type=Path, help='JSON lines {"q", "page", "also_ok"?}')
    parser.add_argument("--unanswerable", type=Path, help='JSON lines {"q"}')
    parser.add_argument(
        "--pages", type=int, default=0, help="fill the tests' own book with copies: for times"
    )
    parser.add_argument("--words-only", action="store_true", help="as when no worker offers embeddings")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        return asyncio.run(_run(options, Path(scratch)))


def read_questions(path: Path | None, *, answerable: bool) -> list[Question]:
    """Read questions; pages may be written with or without suffix, README or fragment."""
    if path is None:
        return []
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    if not answerable:
        return [Question(row["q"]) for row in rows]
    return [Question(row["q"], frozenset(key(p) for p in (row["page"], *_listed(row)))) for row in rows]


def key(page: str) -> str:
    """Return the path of a page as it is published, however a question file writes it."""
    path = page.partition("#")[0].strip().removeprefix("./").strip("/")
    return published(f"{path.removesuffix('.md')}.md").lower()


def endpoint() -> tuple[Embed, Read]:
    """Return the worker's own encoder and reader as the calls that the library takes."""
    from workers.config import WorkerSettings
    from workers.machine import probe
    from workers.serve.embed import Embedder
    from workers.serve.reader import Reader
    from workers.weights import MINILM, provide

    folder, precision = provide(MINILM, WorkerSettings().bases), probe(2).precision
    encoder, reader = Embedder(folder, 2, precision), Reader(folder, 2, precision)

    async def embed(texts: list[str]) -> list[list[float]]:
        return (await encoder.embed(texts))[0]

    async def read(question: str, passages: list[str]) -> list[float]:
        return (await reader.read(question, passages))[0]

    return embed, read


async def read_sections(folder: Path) -> list[Section]:
    """Read every section of a book."""
    book = Folder(folder)
    sections: list[Section] = []
    for ref in await book.pages():
        page = await book.read(ref)
        if page is not None:
            sections += cut(page.markdown, ref.url, ref.title)
    return sections


@dataclass(frozen=True)
class Stock:
    """A book that was read: all that shelves of it, or of a part of it, are made of."""

    sections: list[Section]
    pages: dict[str, PageRow]
    vectors: dict[str, Vector]
    bags: dict[str, Bag]

    def shelf(self, kept: Sequence[Section]) -> Shelf:
        """Put some sections on a shelf."""
        return Shelf(kept, self.pages, self.vectors, self.bags)


async def stock(folder: Path, embed: Embed) -> Stock:
    """Read and embed a book."""
    with tempfile.TemporaryDirectory() as scratch:
        library = Library(Path(scratch) / "library.db", [Folder(folder)], embed, model="shelved")
        await library.open()
        await library.refresh()
        sections, pages, vectors = library.store.sections(), library.store.pages(), library.store.vectors()
        library.close()
    return Stock(sections, pages, vectors, {section.digest: Bag(section) for section in sections})


async def _run(options: argparse.Namespace, scratch: Path) -> int:
    if options.book is None:
        from tests.servers import kilnroom

        book = kilnroom.pages()
        options.book = kilnroom.write(scratch / "book", [*book, *copies(options.pages - len(book))])
        options.questions = options.questions or kilnroom.QUESTIONS
        options.unanswerable = options.unanswerable or kilnroom.UNANSWERABLE
    asked = read_questions(options.questions, answerable=True)
    unanswerable = read_questions(options.unanswerable, answerable=False)
    embed, read = (None, None) if options.words_only else endpoint()
    tallies: dict[str, Tally] = {}
    searches: dict[str, Callable[[], Awaitable[Search]]] = {
        "ours": lambda: _ours(options.book, scratch / "library.db", embed, read),
        "bm25": lambda: _bm25(options.book),
    }
    if embed is not None:
        searches["llamaindex"] = lambda: _llamaindex(options.book, embed)
    for name, prepare in searches.items():
        start = time.perf_counter()
        search = await prepare()
        print(f"{name}: ready after {time.perf_counter() - start:.1f} s", file=sys.stderr)
        tallies[name] = await _measure(name, search, asked, unanswerable)
    print(
        json.dumps(
            {"pages": len(await Folder(options.book).pages()), "questions": len(asked)}
            | {name: tallies[name].summary() for name in ("ours", "llamaindex", "bm25") if name in tallies}
        )
    )
    return 0


async def _measure(
    name: str, search: Search, asked: Sequence[Question], unanswerable: Sequence[Question]
) -> Tally:
    tally = Tally(unanswerable=len(unanswerable))
    await search("warm up")
    for question in (*asked, *unanswerable):
        start = time.perf_counter()
        pages, answers = await search(question.text)
        tally.milliseconds.append((time.perf_counter() - start) * 1000)
        line: dict[str, object] = {"set_up": name, "q": question.text, "answers": answers}
        if question.pages:
            rank = next((n for n, page in enumerate(pages, 1) if key(page) in question.pages), 0)
            tally.ranks.append(rank)
            tally.wrongly_refused += not answers
            line["rank"] = rank
        else:
            tally.refused += not answers
        print(json.dumps(line | {"pages": pages[:5]}, ensure_ascii=False))
    return tally


async def _ours(folder: Path, store: Path, embed: Embed | None, read: Read | None) -> Search:
    library = Library(store, [Folder(folder)], embed, read, model="all-minilm-l6-v2")
    await library.open()
    await library.refresh()

    async def search(question: str) -> tuple[Pages, bool]:
        found = await library.search(question, DEPTH)
        if found.answers:
            shown = found.passages[:SHOWN]
            likeness = await library.likeness(question, to_compare(question, shown))
            compose(question, shown, likeness=likeness)
        return list(dict.fromkeys(passage.section.page for passage in found.passages)), found.answers

    return search


async def _llamaindex(folder: Path, embed: Embed) -> Search:
    """LlamaIndex as its quick start sets it up: whole files, its splitter, its vector index."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    from knowledge.llama import EndpointEmbedding

    book = Folder(folder)
    refs = await book.pages()
    files = await asyncio.to_thread(lambda: [(r.url, Path(r.markdown_url).read_text("utf-8")) for r in refs])
    nodes = SentenceSplitter().get_nodes_from_documents(
        [Document(text=text, metadata={"file_name": name}) for name, text in files]
    )
    index = VectorStoreIndex([], embed_model=EndpointEmbedding(embed))
    await index.ainsert_nodes(nodes)
    retriever = index.as_retriever(similarity_top_k=DEPTH)

    async def search(question: str) -> tuple[Pages, bool]:
        found = await retriever.aretrieve(question)
        return list(dict.fromkeys(str(node.node.metadata["file_name"]) for node in found)), bool(found)

    return search


async def _bm25(folder: Path) -> Search:
    """BM25 over sections, with the stop words of its library and no more."""
    import bm25s

    sections = await read_sections(folder)
    index = bm25s.BM25()
    texts = [f"{section.trail}\n{section.text}" for section in sections]
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    async def search(question: str) -> tuple[Pages, bool]:
        tokens = bm25s.tokenize(question, stopwords="en", show_progress=False)
        numbers, scores = index.retrieve(tokens, k=min(DEPTH, len(sections)), show_progress=False)
        hits = [sections[n].page for n, s in zip(numbers[0], scores[0], strict=True) if s > 0]
        return list(dict.fromkeys(hits)), bool(hits)

    return search


def _listed(row: dict[str, object]) -> list[str]:
    also = row.get("also_ok") or []
    return [also] if isinstance(also, str) else [str(page) for page in also] if isinstance(also, list) else []


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
