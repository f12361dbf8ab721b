"""LlamaIndex over our store: nodes, embedding by an injected call, a vector store, a hybrid retriever.

This module imports LlamaIndex (seconds, 90 MB): import it late.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from cachetools import LRUCache
from llama_index.core import QueryBundle, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import (
    BaseNode,
    NodeRelationship,
    NodeWithScore,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

from knowledge.facts import Embed, Read, Section
from knowledge.shelf import Ranked, Shelf
from knowledge.store import Store, Vector

BATCH = 32
# Questions and sentences whose vectors are kept: about 12 MB.
REMEMBERED = 8000
# A reader that takes longer is done without.
READ_SECONDS = 4.0

log = logging.getLogger(__name__)


class EndpointEmbedding(BaseEmbedding):
    """Embeds through the injected call and counts the texts."""

    _call: Embed = PrivateAttr()
    _texts: int = PrivateAttr(default=0)
    _known: LRUCache[str, Vector] = PrivateAttr(default_factory=lambda: LRUCache(REMEMBERED))

    def __init__(self, call: Embed) -> None:
        super().__init__(model_name="endpoint", embed_batch_size=BATCH)
        self._call = call

    @property
    def texts(self) -> int:
        """How many texts were embedded so far."""
        return self._texts

    async def vectors(self, texts: Sequence[str]) -> Vector:
        """Return a unit vector for each text of a few; what was asked for lately is remembered."""
        # Taken before the wait, in which other questions may push them out.
        held = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in held]
        made = await self._call(missing) if missing else []
        found = {text: _unit(np.asarray(one, np.float32)) for text, one in zip(missing, made, strict=True)}
        self._known.update(found)
        held |= found
        return np.stack([held[text] for text in texts])

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        self._texts += len(texts)
        return await self._call(texts)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aget_text_embeddings([text]))[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = (await self.vectors([query]))[0].tolist()
        return vector

    def _get_text_embedding(self, text: str) -> list[float]:
        return asyncio.run(self._aget_text_embedding(text))

    def _get_query_embedding(self, query: str) -> list[float]:
        return asyncio.run(self._aget_query_embedding(query))


def to_node(section: Section) -> TextNode:
    """Write a section as a node."""
    node = TextNode(
        id_=section.id,
        text=f"{'. '.join((section.title, *section.path))}\n{section.text}",
        metadata={
            "page": section.page,
            "anchor": section.anchor,
            "title": section.title,
            "path": list(section.path),
            "text": section.text,
            "part": section.part,
            "digest": section.digest,
        },
    )
    # Addresses and digests say nothing about a section's sense; the text already starts with its headings.
    node.excluded_embed_metadata_keys = list(node.metadata)
    node.excluded_llm_metadata_keys = list(node.metadata)
    node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=section.page)
    return node


def to_section(node: BaseNode) -> Section:
    """Read a section back from its node."""
    m = node.metadata
    return Section(
        node.node_id, m["page"], m["anchor"], m["title"], tuple(m["path"]), m["text"], m["part"], m["digest"]
    )


class LibraryVectorStore(BasePydanticVectorStore):
    """The library's file as LlamaIndex's vector store; a query reads the shelf of this moment."""

    stores_text: bool = True
    is_embedding_query: bool = True
    _store: Store = PrivateAttr()
    _shelf: Callable[[], Shelf] = PrivateAttr()

    def __init__(self, store: Store, shelf: Callable[[], Shelf]) -> None:
        super().__init__()
        self._store = store
        self._shelf = shelf

    @property
    def client(self) -> Store:
        """The store below."""
        return self._store

    def add(self, nodes: Sequence[BaseNode], **add_kwargs: Any) -> list[str]:  # noqa: ARG002
        """Keep the vectors of new nodes; their sections are written with their page."""
        vectors = {node.metadata["digest"]: np.asarray(node.get_embedding(), np.float32) for node in nodes}
        self._store.put_vectors({digest: _unit(vector) for digest, vector in vectors.items()})
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:  # noqa: ARG002
        """Remove a page."""
        self._store.drop_pages([ref_doc_id])

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:  # noqa: ARG002
        """Rank sections by words and, where the query has a vector, by sense."""
        shelf = self._shelf()
        vector = (
            None if query.query_embedding is None else _unit(np.asarray(query.query_embedding, np.float32))
        )
        ranked = shelf.rank(query.query_str or "", vector, query.similarity_top_k)
        sections = [shelf.sections[number] for number in ranked.order]
        return VectorStoreQueryResult(
            nodes=[to_node(section) for section in sections],
            similarities=[float(ranked.scores[number]) for number in ranked.order],
            ids=[section.id for section in sections],
        )


class HybridRetriever(BaseRetriever):
    """Sections for a question, by words and sense together; the judge's measures ride in `ranked`."""

    def __init__(
        self,
        shelf: Callable[[], Shelf],
        embedding: EndpointEmbedding | None,
        limit: int = 20,
        read: Read | None = None,
    ) -> None:
        super().__init__()
        self._read = read
        self._shelf = shelf
        self._embedding = embedding
        self._limit = limit

    async def rank(self, question: str) -> tuple[Shelf, Ranked, bool]:
        """Return the shelf, the order in it and whether sense took part."""
        shelf, vector = self._shelf(), None
        if self._embedding is not None and shelf.is_semantic:
            vector = (await self._embedding.vectors([question]))[0]
        ranked = await asyncio.to_thread(shelf.rank, question, vector, self._limit)
        if self._read is not None and vector is not None and len(ranked.order):
            windows = await asyncio.to_thread(shelf.windows, question, ranked)
            try:
                async with asyncio.timeout(READ_SECONDS):
                    ranked = ranked.read(await self._read(question, [text for _, text in windows]))
            except Exception as problem:  # noqa: BLE001 - a server that only embeds is judged by nearness
                log.debug("no reader: %s", type(problem).__name__)
        return shelf, ranked, vector is not None

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        shelf, ranked, _ = await self.rank(query_bundle.query_str)
        return [
            NodeWithScore(node=to_node(shelf.sections[number]), score=float(ranked.scores[number]))
            for number in ranked.order
        ]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return asyncio.run(self._aretrieve(query_bundle))


def open_index(store: Store, shelf: Callable[[], Shelf], embedding: EndpointEmbedding) -> VectorStoreIndex:
    """Return a LlamaIndex index over the library's file."""
    # Sections are the pieces already. The default splitter would bring a tokenizer's vocabulary, 43 MB.
    return VectorStoreIndex.from_vector_store(
        LibraryVectorStore(store, shelf), embed_model=embedding, transformations=[embedding]
    )


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
