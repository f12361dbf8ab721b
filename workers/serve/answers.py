"""The server's answers in OpenAI's form."""

import base64
import struct
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from workers.serve.refused import Refused
from workers.serve.replies import Piece

Json = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """One answer's fixed part; `chat` tells /v1/chat/completions from /v1/completions."""

    chat: bool
    model: str
    prompt_tokens: int
    id: str = field(default_factory=lambda: uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, text: str, last: Piece) -> Json:
        """The answer in one piece."""
        said = {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        return self._head("") | {
            "choices": [{"index": 0, **said, "finish_reason": reason(last), "logprobs": None}],
            "usage": self.usage(last),
        }

    def chunk(self, text: str, *, first: bool, last: Piece | None = None) -> Json:
        """One event of a stream."""
        role = {"role": "assistant"} if first else {}
        said: Json = (
            {"delta": role | ({"content": text} if text or first else {})} if self.chat else {"text": text}
        )
        why = reason(last) if last else None
        return self._head(".chunk") | {
            "choices": [{"index": 0, **said, "finish_reason": why, "logprobs": None}]
        }

    def closing(self, last: Piece) -> Json:
        """The event that carries the usage, after the last text."""
        return self._head(".chunk") | {"choices": [], "usage": self.usage(last)}

    def usage(self, last: Piece) -> Json:
        """Tokens read, of them those that an earlier turn had left behind, and tokens written."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": last.tokens,
            "total_tokens": self.prompt_tokens + last.tokens,
            "prompt_tokens_details": {"cached_tokens": last.reused},
        }

    def _head(self, suffix: str) -> Json:
        kind = f"chat.completion{suffix}" if self.chat else "text_completion"
        name = f"{'chatcmpl' if self.chat else 'cmpl'}-{self.id}"
        return {"id": name, "object": kind, "created": self.created, "model": self.model}


def reason(last: Piece) -> str:
    """Why a reply ended; OpenAI has no word for a deadline."""
    return "stop" if last.ended == "stop" else "length"


def refusal(refused: Refused) -> Json:
    """The body of an error."""
    return {
        "error": {
            "message": refused.message,
            "type": refused.kind,
            "param": refused.param,
            "code": refused.code,
        }
    }


def vectors(model: str, made: list[list[float]], tokens: int, encoding: str) -> Json:
    """The body of an answer with embeddings; base64 is of little-endian 32-bit floats."""

    def shown(vector: list[float]) -> list[float] | str:
        if encoding == "float":
            return vector
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()

    return {
        "object": "list",
        "model": model,
        "data": [{"object": "embedding", "index": i, "embedding": shown(one)} for i, one in enumerate(made)],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def ranking(model: str, sure: list[float], tokens: int, most: int | None) -> Json:
    """The body of an answer to /v1/rerank, the likeliest passage first."""
    order = sorted(range(len(sure)), key=lambda number: -sure[number])[:most]
    return {
        "model": model,
        "results": [{"index": number, "relevance_score": sure[number]} for number in order],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def models(names: list[str]) -> Json:
    """The body of /v1/models."""
    return {"object": "list", "data": [model(name) for name in names]}


def model(name: str) -> Json:
    """One row of /v1/models."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "potluck"}
