"""A language model behind any OpenAI-compatible server, and the check that it kept to its passages."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from agent.facts import Statement
from agent.plain import plain
from agent.tools import WriterAway
from knowledge.facts import Passage
from knowledge.words import asked, terms

log = logging.getLogger(__name__)

_PROMPTS = Path(__file__).parent / "prompts"
_CITED = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")
_SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=[\"'(]?[A-Z0-9•])|\n+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
# Share of a sentence's own words that its sources must hold: below it the sentence says something else.
SUPPORTED = 0.6


def prompt(name: str) -> str:
    """Read a prompt file."""
    return (_PROMPTS / f"{name}.md").read_text("utf-8")


class ModelWriter:
    """Writes through `/chat/completions` of a server; `url` ends in /v1."""

    def __init__(self, url: str, model: str, key: str = "", seconds: float = 60) -> None:
        self._url = url.rstrip("/")
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=5)

    async def write(self, system: str, prompt: str, *, most_tokens: int = 600) -> str:
        """Return the model's text. Raises WriterAway."""
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt}],
            "max_tokens": most_tokens,
            "temperature": 0,
        }
        try:
            async with (
                aiohttp.ClientSession(headers=self._headers, timeout=self._timeout) as session,
                session.post(f"{self._url}/chat/completions", json=body) as response,
            ):
                response.raise_for_status()
                answer = await response.json()
            text = answer["choices"][0]["message"]["content"]
        except (aiohttp.ClientError, TimeoutError, KeyError, IndexError, TypeError, ValueError) as problem:
            raise WriterAway(type(problem).__name__) from problem
        # A refusal or a call of a tool comes without a text.
        if not isinstance(text, str):
            raise WriterAway("no text")
        return text


def passages_for_prompt(question: str, passages: Sequence[Passage]) -> str:
    """Write question and passages for the model; the passages are quoted, never instructions."""
    quoted = "\n\n".join(
        f'<passage number="{number}" page="{_bare(passage.section.trail)}">\n'
        f"{_bare(passage.section.text)}\n</passage>"
        for number, passage in enumerate(passages, 1)
    )
    return f"{quoted}\n\n<question>\n{_bare(question)}\n</question>"


def supported(text: str, passages: Sequence[Passage]) -> tuple[Statement, ...]:
    """Keep the sentences whose sources say them: cited, their words found there, and every number too."""
    kept: list[Statement] = []
    for sentence in _SENTENCE.split(text.strip()):
        numbers = [int(n) for group in _CITED.findall(sentence) for n in group.split(",")]
        said = plain(_CITED.sub("", sentence)).strip()
        sources = tuple(dict.fromkeys(n for n in numbers if 0 < n <= len(passages)))
        if said and sources and _stands_in(said, [passages[n - 1] for n in sources]):
            kept.append(Statement(re.sub(r"\s+([.,!?])", r"\1", said), sources))
    return tuple(kept)


def _stands_in(said: str, passages: Sequence[Passage]) -> bool:
    text = " ".join(f"{passage.section.trail} {passage.section.text}" for passage in passages)
    own, held = set(asked(said)), set(terms(text))
    if not own or len(own & held) / len(own) < SUPPORTED:
        return False
    return set(_NUMBER.findall(said)) <= set(_NUMBER.findall(text))


def _bare(text: str) -> str:
    """Keep a page from closing the quotation that it stands in."""
    return re.sub(r"</?\s*(?:passage|question|message|system)\b[^>]*>", "", text, flags=re.IGNORECASE)
