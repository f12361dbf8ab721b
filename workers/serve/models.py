"""Finds what the `model` of a request means, and sets a reply going."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from workers.serve.adapters import Adapter, Adapters
from workers.serve.asked import Chat, Completion, Writing
from workers.serve.bases import Base, Bases
from workers.serve.embed import Embedder
from workers.serve.line import LineFull
from workers.serve.prompt import tokens_of
from workers.serve.reader import Reader
from workers.serve.refused import Refused, busy, too_long, unknown_model
from workers.serve.replies import Order, Reply, Taste
from workers.template import template_of

BASE = "base:"


@dataclass(frozen=True)
class Manners:
    """What a caller gets who does not say: tokens at most, seconds at most."""

    most: int = 512
    seconds: float = 300.0


@dataclass(frozen=True)
class Models:
    """Bases, adapters, the encoder and the reader behind one door."""

    bases: Bases
    adapters: Adapters
    embedder: Embedder
    reader: Reader
    manners: Manners

    async def find(self, name: str) -> tuple[Base, Adapter | None]:
        """`base:<id>` is a base as it is, anything else the run that made an adapter; raises Refused."""
        if name.startswith(BASE):
            return await self.bases.get(name.removeprefix(BASE)), None
        adapter = await self.adapters.get(name, self._model_of)
        return await self.bases.get(adapter.base), adapter

    async def _model_of(self, base: str) -> object:
        return (await self.bases.get(base)).model

    async def chat(self, asked: Chat) -> tuple[Base, Reply]:
        """Start a reply to a conversation; raises Refused."""
        base, adapter = await self.find(asked.model)
        template = (adapter and adapter.template) or template_of(base.tokenizer)
        tokens = tokens_of([message.plain() for message in asked.messages], base.tokenizer, template)
        return base, self._start(asked, base, adapter, tokens, template.stops)

    async def complete(self, asked: Completion) -> tuple[Base, Reply]:
        """Start to continue a text; raises Refused."""
        base, adapter = await self.find(asked.model)
        tokens = list(base.tokenizer(asked.prompt)["input_ids"]) or [base.tokenizer.bos_token_id or 0]
        return base, self._start(asked, base, adapter, tokens)

    def _start(
        self,
        asked: Writing,
        base: Base,
        adapter: Adapter | None,
        tokens: Sequence[int],
        stops: tuple[str, ...] = (),
    ) -> Reply:
        room = base.context - len(tokens)
        if room < 1:
            raise too_long(len(tokens), base.context)
        temperature = 1.0 if asked.temperature is None else asked.temperature
        order = Order(
            tokens=list(tokens),
            adapter=adapter,
            most=min(asked.most or self.manners.most, room),
            taste=Taste(temperature, asked.top_p or 1.0, asked.seed),
            stops=(*asked.stops, *stops),
            deadline=time.monotonic() + min(asked.timeout or self.manners.seconds, self.manners.seconds),
            member=asked.user,
            conversation=asked.conversation,
            ignores_ends=asked.ignore_eos,
        )
        try:
            return base.engine.submit(order)
        except LineFull as full:
            whose = "You have" if full.member else "There are"
            raise busy(f"{whose} {full.most} requests waiting already; ask again in a moment.") from full

    async def embed(self, name: str, texts: list[str]) -> tuple[list[list[float]], int]:
        """Vectors of texts; raises Refused when the encoder is not the one that is named."""
        if name != self.embedder.id or not self.embedder.is_there:
            raise unknown_model(name)
        self.reader.prepare()
        return await self.embedder.embed(texts)

    async def read(self, name: str, question: str, passages: list[str]) -> tuple[list[float], int]:
        """How likely each passage answers; raises Refused when the reader is not the one that is named."""
        if name != self.reader.id or not self.reader.is_there:
            raise unknown_model(name)
        return await self.reader.read(question, passages)

    def names(self) -> list[str]:
        """Everything that can be asked for without loading an adapter first."""
        small = [one.id for one in (self.embedder, self.reader) if one.is_there]
        bases = [BASE + name for name in self.bases.names()]
        return [*bases, *(one.id for one in self.adapters.held()), *small]

    async def stop(self) -> None:
        """End all threads."""
        await self.bases.stop()
        self.embedder.stop()
        self.reader.stop()

    async def knows(self, name: str) -> bool:
        """Whether a request for this model would find it."""
        if name in self.names():
            return True
        try:
            await self.find(name)
        except Refused:
            return False
        return True
