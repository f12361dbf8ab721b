"""Whether a passage answers a question: the encoder reads both together, with an adapter made for that.

A cross-encoder after Nogueira and Cho, "Passage Re-ranking with BERT" (2019); `benchmarks reader` trains
its adapter, docs/decisions tells on what.
"""

from functools import partial
from pathlib import Path
from typing import Any

from workers.serve.apart import Apart
from workers.serve.embed import load, mean

# The only encoder that the adapter fits.
ENCODER = "all-minilm-l6-v2"
ADAPTER = Path(__file__).parents[1] / "reader"
MOST_TOKENS = 112


class Reader:
    """A second copy of the encoder with the adapter merged in; read with the first request."""

    id = f"{ENCODER}-reader"

    def __init__(self, folder: Path, threads: int, precision: str) -> None:
        self._folder, self._threads, self._precision = folder, threads, precision
        self._model: Any = None
        self._tokenizer: Any = None
        self._head: Any = None
        self._apart = Apart("reader")

    @property
    def is_there(self) -> bool:
        """Whether the encoder is the one that the adapter was trained on, and in the folder of bases."""
        return self._folder.name == ENCODER and (self._folder / "config.json").is_file()

    def prepare(self) -> None:
        """Read the weights now, in the thread: whoever embeds will soon ask."""
        if self._model is None and self.is_there:
            self._apart.soon(self._load)

    async def read(self, question: str, passages: list[str]) -> tuple[list[float], int]:
        """How likely each passage answers, 0 to 1, and how many tokens were read."""
        return await self._apart.each(passages, partial(self._batch, question))

    def stop(self) -> None:
        """End the thread."""
        self._apart.stop()

    def _batch(self, question: str, passages: list[str]) -> tuple[list[float], int]:
        import torch

        self._load()
        with torch.inference_mode():
            # A question may be as long as it likes: then both are cut, the longer one first.
            read = self._tokenizer(
                [question] * len(passages),
                passages,
                padding=True,
                truncation="longest_first",
                max_length=MOST_TOKENS,
                return_tensors="pt",
            )
            states = self._model(**read).last_hidden_state.float()
            seen = torch.cat([states[:, 0], mean(states, read["attention_mask"])], 1)
            sure = (seen @ self._head["weight"].T + self._head["bias"]).sigmoid()[:, 0]
        return sure.tolist(), int(read["attention_mask"].sum())

    def _load(self) -> None:
        import torch
        from peft import PeftModel
        from safetensors.torch import load_file

        if self._model is not None:
            return
        self._head = load_file(ADAPTER / "head.safetensors")
        self._tokenizer, encoder = load(self._folder, self._threads, "float32")
        merged = PeftModel.from_pretrained(encoder, ADAPTER).merge_and_unload().eval()
        # Merged before it is rounded: the adapter's steps are smaller than those of bfloat16.
        self._model = merged.to(getattr(torch, self._precision))
