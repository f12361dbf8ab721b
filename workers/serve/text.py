"""Token ids into text that may be sent: whole characters, and nothing of a stop word."""

from collections.abc import Sequence
from typing import Any

HALF = "\ufffd"


class TextStream:
    """Turns one reply's tokens into text as they come.

    A character made of several tokens waits for its last one; a tail that could still become a stop
    word waits until it has or cannot any more.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str] = ()) -> None:
        self.stopped = False
        self._tokenizer = tokenizer
        self._stops = [stop for stop in stops if stop]
        self._ids: list[int] = []
        self._done = self._read = 0
        self._held = ""

    def push(self, token: int) -> str:
        """Take one token and return the text that may go out now, often none."""
        self._ids.append(token)
        return self._release(self._new_text(final=False))

    def finish(self) -> str:
        """The text that was held back, once it is known that no token follows."""
        if self.stopped:
            return ""
        text = self._release(self._new_text(final=True)) + self._held
        self._held = ""
        return text

    def _new_text(self, *, final: bool) -> str:
        # Decoding from a little before the new token lets the tokenizer see whether a blank belongs between.
        before = self._decode(self._ids[self._done : self._read])
        text = self._decode(self._ids[self._done :])
        if len(text) <= len(before) or (text.endswith(HALF) and not final):
            return ""
        self._done, self._read = self._read, len(self._ids)
        return text[len(before) :]

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _release(self, new: str) -> str:
        if self.stopped:
            return ""
        text = self._held + new
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held = ""
            return text[: min(found)]
        hold = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - hold :]
        return text[: len(text) - hold]


def _overlap(text: str, stop: str) -> int:
    """How many of the last characters of a text are the first of a stop word."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)
