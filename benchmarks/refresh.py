"""What one changed page costs in requests and embedded texts, beside LlamaIndex's own refresh.

What is compared is how often pages are fetched and texts embedded, so the embedding is a stand-in that only
counts; its seconds say nothing about a real encoder.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from knowledge.fetching import Fetcher
from knowledge.gitbook import GitBook
from knowledge.library import Library
from tests.servers.gitbook import GitBookSite
from tests.servers.kilnroom import Written, topics

SIZES = (100, 1000, 5000)


class CountingEmbedding:
    """Counts calls and texts; its vectors mean nothing, since only their number is measured."""

    def __init__(self) -> None:
        self.calls = 0
        self.texts = 0

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return one short vector for each text."""
        self.calls += 1
        self.texts += len(texts)
        return [[float(len(text) % 7 + 1), 1.0, float(len(text) % 3)] for text in texts]


def main(argv: list[str]) -> int:
    """Print one line a size and the summary."""
    parser = argparse.ArgumentParser(prog="refresh")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    return asyncio.run(_run(parser.parse_args(argv).sizes))


async def _run(sizes: list[int]) -> int:
    lines = []
    for size in sizes:
        print(f"{size} pages", file=sys.stderr)
        lines.append({"pages": size, "ours": await _ours(size), "llamaindex": await _llamaindex(size)})
        print(json.dumps(lines[-1]))
    print(json.dumps({"sizes": lines}))
    return 0


def copies(size: int) -> list[Written]:
    """Return that many pages: the topics of the tests' book over and over, each with its number."""
    source = topics()
    return [
        Written(
            f"part{n // 100}/page-{n}", f"{page.title} {n}", page.description, f"{page.body}\n\nNumber {n}."
        )
        for n in range(size)
        for page in [source[n % len(source)]]
    ]


async def _ours(size: int) -> dict[str, object]:
    counter = CountingEmbedding()
    with tempfile.TemporaryDirectory() as scratch:
        async with GitBookSite(copies(size)) as site, Fetcher(allow_private=True, at_once=16) as fetcher:
            library = Library(
                Path(scratch) / "library.db", [GitBook(site.url, fetcher)], counter.embed, model="count"
            )
            await library.open()
            first = await _timed(library.refresh)
            unchanged = await _count(site, counter, library.refresh)
            path = next(iter(site.pages))
            site.change(path, site.pages[path].written.body + "\n\nOne more sentence.")
            changed = await _count(site, counter, library.refresh)
            library.close()
    return {"first_seconds": first, "nothing_changed": unchanged, "one_page_changed": changed}


async def _count(
    site: GitBookSite, counter: CountingEmbedding, refresh: Callable[[], object]
) -> dict[str, object]:
    site.requests.clear()
    calls, texts = counter.calls, counter.texts
    seconds = await _timed(refresh)
    pages = sum(times for path, times in site.requests.items() if path.endswith(".md"))
    return {
        "pages_fetched": pages,
        "maps_fetched": site.requests.total() - pages,
        "embedding_calls": counter.calls - calls,
        "embedded_texts": counter.texts - texts,
        "seconds": seconds,
    }


async def _timed(refresh: Callable[[], object]) -> float:
    start = time.perf_counter()
    done = refresh()
    if asyncio.iscoroutine(done):
        await done
    return round(time.perf_counter() - start, 3)


async def _llamaindex(size: int) -> dict[str, object]:
    """LlamaIndex's `refresh_ref_docs`: it is handed every document again and compares their hashes."""
    from llama_index.core import Document, VectorStoreIndex

    from knowledge.llama import EndpointEmbedding

    counter = CountingEmbedding()
    pages = copies(size)
    documents = [Document(text=page.markdown, id_=page.path) for page in pages]
    embedding = EndpointEmbedding(counter.embed)
    start = time.perf_counter()
    # Filling an empty index by `refresh_ref_docs` writes its whole table again for every document: at 5,000
    # pages that takes many minutes and says nothing about a refresh.
    index = await asyncio.to_thread(VectorStoreIndex.from_documents, documents, embed_model=embedding)
    first, texts, calls = time.perf_counter() - start, counter.texts, counter.calls
    documents[0] = Document(text=pages[0].markdown + "\n\nOne more sentence.", id_=pages[0].path)
    start = time.perf_counter()
    await asyncio.to_thread(index.refresh_ref_docs, documents)
    return {
        "first_seconds": round(first, 3),
        "one_page_changed": {
            "pages_fetched": size,
            "embedding_calls": counter.calls - calls,
            "embedded_texts": counter.texts - texts,
            "seconds": round(time.perf_counter() - start, 3),
        },
    }
