"""Sentences into vectors: mean pooling, length one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# Few at a time: texts of a batch are filled up to the longest one.
BATCH = 8


class Embedder:
    """An encoder in a thread of its own, so that a question to the library never waits for a reply to end."""

    def __init__(self, folder: Path, threads: int, precision: str) -> None:
        self.id = folder.name
        self._threads, self._precision = threads, precision
        self._folder = folder
        self._model: Any = None
        self._tokenizer: Any = None
        self._thread = ThreadPoolExecutor(1, "embedder")

    @property
    def is_there(self) -> bool:
        """Whether its weights are in the folder of bases."""
        return (self._folder / "config.json").is_file()

    async def embed(self, texts: list[str]) -> tuple[list[list[float]], int]:
        """Vectors of the texts, and how many tokens were read."""
        loop = asyncio.get_running_loop()
        vectors: list[list[float]] = [[] for _ in texts]
        tokens = 0
        alike = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        # Batch by batch, so that a short request gets in between those of a long one.
        for start in range(0, len(texts), BATCH):
            batch = alike[start : start + BATCH]
            made, read = await loop.run_in_executor(self._thread, self._batch, [texts[n] for n in batch])
            for number, vector in zip(batch, made, strict=True):
                vectors[number] = vector
            tokens += read
        return vectors, tokens

    def stop(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)

    def _batch(self, texts: list[str]) -> tuple[list[list[float]], int]:
        import torch

        if self._model is None:
            self._load()
        with torch.inference_mode():
            read = self._tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
            states = self._model(**read).last_hidden_state.float()
            mask = read["attention_mask"][..., None].to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1)
            unit = torch.nn.functional.normalize(mean, dim=1)
        return unit.tolist(), int(read["attention_mask"].sum())

    def _load(self) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        # A thread takes torch's number of the moment, and an engine may just have lowered it.
        torch.set_num_threads(self._threads)
        source = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = AutoTokenizer.from_pretrained(self._folder, **source)
        self._model = AutoModel.from_pretrained(
            self._folder, dtype=getattr(torch, self._precision), use_safetensors=True, **source
        ).eval()
