"""Sentences into vectors: mean pooling, length one."""

from pathlib import Path
from typing import Any

from workers.serve.apart import Apart

MOST_TOKENS = 256


class Embedder:
    """An encoder whose weights are read with the first request."""

    def __init__(self, folder: Path, threads: int, precision: str) -> None:
        self.id = folder.name
        self._threads, self._precision = threads, precision
        self._folder = folder
        self._model: Any = None
        self._tokenizer: Any = None
        self._apart = Apart("embedder")

    @property
    def is_there(self) -> bool:
        """Whether its weights are in the folder of bases."""
        return (self._folder / "config.json").is_file()

    async def embed(self, texts: list[str]) -> tuple[list[list[float]], int]:
        """Vectors of the texts, and how many tokens were read."""
        return await self._apart.each(texts, self._batch)

    def stop(self) -> None:
        """End the thread."""
        self._apart.stop()

    def _batch(self, texts: list[str]) -> tuple[list[list[float]], int]:
        import torch

        if self._model is None:
            self._tokenizer, self._model = load(self._folder, self._threads, self._precision)
        with torch.inference_mode():
            read = self._tokenizer(
                texts, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
            )
            states = self._model(**read).last_hidden_state.float()
            unit = torch.nn.functional.normalize(mean(states, read["attention_mask"]), dim=1)
        return unit.tolist(), int(read["attention_mask"].sum())


def load(folder: Path, threads: int, precision: str) -> tuple[Any, Any]:
    """Read an encoder's tokenizer and weights."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    # A thread takes torch's number of the moment, and an engine may just have lowered it.
    torch.set_num_threads(threads)
    source = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(folder, **source)
    model = AutoModel.from_pretrained(
        folder, dtype=getattr(torch, precision), use_safetensors=True, **source
    ).eval()
    return tokenizer, model


def mean(states: Any, mask: Any) -> Any:
    """The mean of each text's tokens, of shape texts by width; `mask` marks those that are not filling."""
    weights = mask[..., None].to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)
