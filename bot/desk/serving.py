"""Finds the inference server: the one that the settings name, or that of a worker which is there."""

from dataclasses import dataclass, field
from typing import Self

from bot.config import BotSettings
from bot.inference import Inference
from datanets.refusals import ModelsAway
from datanets.workshop import Workshop


@dataclass(frozen=True)
class Serving:
    """Hands out one client a server, kept open."""

    workshop: Workshop
    url: str = ""
    key: str = ""
    adapters_url: str = ""
    clients: dict[str, Inference] = field(default_factory=dict)

    @classmethod
    def open(cls, workshop: Workshop, settings: BotSettings) -> Self:
        """Look where the settings say; nothing is connected before the first use."""
        key = settings.inference_key.get_secret_value() if settings.inference_key else ""
        return cls(workshop, settings.inference_url, key, settings.adapters_url)

    async def find(self) -> Inference:
        """Return a client of a server that should be there; raises ModelsAway."""
        if self.url:
            return self._client(self.url)
        for worker in await self.workshop.online():
            if worker.url:
                return self._client(worker.url)
        raise ModelsAway("no worker has reported in the last two minutes")

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text; raises ModelsAway."""
        return await (await self.find()).embed(texts)

    async def read(self, question: str, passages: list[str]) -> list[float]:
        """Return how likely each passage answers a question; raises ModelsAway, NotFound."""
        return await (await self.find()).read(question, passages)

    async def close(self) -> None:
        """Close every connection."""
        for client in self.clients.values():
            await client.close()

    def _client(self, url: str) -> Inference:
        if url not in self.clients:
            self.clients[url] = Inference(url, self.key, adapters_url=self.adapters_url)
        return self.clients[url]
