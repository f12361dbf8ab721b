"""A contribution's cleaned bytes into lessons: conversations where there are roles, plain text elsewhere."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datanets.facts import Kind, ReleaseItem

# Names that people give to the two sides of an example, in the order in which they are looked for.
PAIRS = (
    ("question", "answer"),
    ("prompt", "completion"),
    ("instruction", "output"),
    ("prompt", "response"),
    ("instruction", "response"),
    ("input", "output"),
    ("user", "assistant"),
    ("q", "a"),
)
LISTS = ("messages", "conversation", "conversations", "turns")
TEXTS = ("text", "content", "body")
ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "question": "user",
    "q": "user",
    "assistant": "assistant",
    "bot": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "answer": "assistant",
    "a": "assistant",
}
SPEAKER = re.compile(
    r"^\s*(?:\*\*)?(user|human|question|q|assistant|bot|answer|a)(?:\*\*)?\s*:(?:\*\*)?\s*(.*)$", re.I
)


@dataclass(frozen=True)
class Turn:
    """One message; `role` is `system`, `user` or `assistant`."""

    role: str
    text: str


@dataclass(frozen=True)
class Lesson:
    """One thing to learn: a conversation, or a text without roles when `turns` is empty."""

    contribution: str
    turns: tuple[Turn, ...] = ()
    text: str = ""

    @property
    def question(self) -> str:
        """What was asked last before the last answer."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def answer(self) -> str:
        """The last answer, or the text itself."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "assistant"), self.text)


@dataclass(frozen=True)
class Read:
    """The lessons of a contribution and how many of its rows had no known fields."""

    lessons: tuple[Lesson, ...]
    passed_over: int = 0


def read(item: ReleaseItem, data: bytes) -> Read:
    """Make lessons of one contribution; an image or a recording gives its caption or transcript."""
    if item.kind is not Kind.TEXT:
        said = item.context.caption if item.kind is Kind.IMAGE else item.context.transcript
        return _whole(item, said)
    words = data.decode("utf-8")
    if item.format == "jsonl":
        return _rows(item.contribution, (json.loads(line) for line in words.split("\n") if line.strip()))
    if item.format == "csv":
        return _rows(item.contribution, csv.DictReader(io.StringIO(words)))
    return _whole(item, words)


def _whole(item: ReleaseItem, words: str) -> Read:
    words = words.strip()
    if not words:
        return Read(())
    if item.context.question:
        asked = Turn("user", item.context.question)
        return Read((Lesson(item.contribution, (asked, Turn("assistant", words))),))
    turns = _transcript(words)
    return Read((Lesson(item.contribution, turns) if turns else Lesson(item.contribution, text=words),))


def _rows(contribution: str, rows: Iterable[Mapping[str, Any]]) -> Read:
    lessons, passed_over = [], 0
    for row in rows:
        lesson = _lesson(contribution, {str(key).strip().lower(): value for key, value in row.items()})
        if lesson:
            lessons.append(lesson)
        else:
            passed_over += 1
    return Read(tuple(lessons), passed_over)


def _lesson(contribution: str, row: Mapping[str, Any]) -> Lesson | None:
    for name in LISTS:
        turns = _turns(row.get(name))
        if turns:
            return Lesson(contribution, turns)
    for asked, answered in PAIRS:
        question, answer = _words(row.get(asked)), _words(row.get(answered))
        if question and answer:
            return Lesson(contribution, tuple(_exchange(row, asked, question, answer)))
    text = next((_words(row[name]) for name in TEXTS if _words(row.get(name))), "")
    return Lesson(contribution, text=text) if text else None


def _exchange(row: Mapping[str, Any], asked: str, question: str, answer: str) -> Iterator[Turn]:
    system = _words(row.get("system"))
    if system:
        yield Turn("system", system)
    # Alpaca's rows keep what the instruction is about apart from it.
    about = _words(row.get("input")) or _words(row.get("context")) if asked == "instruction" else ""
    yield Turn("user", f"{question}\n\n{about}" if about else question)
    yield Turn("assistant", answer)


def _turns(listed: Any) -> tuple[Turn, ...]:
    """Read a list of messages; empty when one has no known role or nobody answers."""
    if not isinstance(listed, list):
        return ()
    turns = []
    for message in listed:
        if not isinstance(message, dict):
            return ()
        role = ROLES.get(str(message.get("role") or message.get("from") or "").lower())
        words = _words(message.get("content") or message.get("value") or message.get("text"))
        if role is None or not words:
            return ()
        turns.append(Turn(role, words))
    return _in_order(turns)


def _transcript(words: str) -> tuple[Turn, ...]:
    """Read `User: … Assistant: …`; empty when the text does not begin that way or nobody answers."""
    turns: list[Turn] = []
    for line in words.split("\n"):
        spoken = SPEAKER.match(line)
        if spoken:
            turns.append(Turn(ROLES[spoken[1].lower()], spoken[2]))
        elif turns:
            turns[-1] = Turn(turns[-1].role, f"{turns[-1].text}\n{line}")
        elif line.strip():
            return ()
    return _in_order([Turn(turn.role, turn.text.strip()) for turn in turns if turn.text.strip()])


def _in_order(turns: list[Turn]) -> tuple[Turn, ...]:
    """Join neighbours of one role, drop what comes after the last answer; empty without a question answered.

    Chat templates refuse two messages of one role in a row.
    """
    joined: list[Turn] = []
    for turn in turns:
        if joined and joined[-1].role == turn.role:
            joined[-1] = Turn(turn.role, f"{joined[-1].text}\n{turn.text}")
        else:
            joined.append(turn)
    while joined and joined[-1].role != "assistant":
        joined.pop()
    while joined and joined[0].role == "assistant":
        joined.pop(0)
    return tuple(joined) if any(turn.role == "user" for turn in joined) else ()


def _words(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) else ""
