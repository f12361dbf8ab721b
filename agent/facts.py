"""What the agent gives: frozen facts without looks, and text in which no foreign markup acts."""

from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True)
class Source:
    """A section of the docs; `updated_at` is the book's own date, `read_at` when it was read."""

    number: int
    title: str
    trail: str
    url: str
    updated_at: datetime | None
    read_at: datetime | None
    edition: str = ""


@dataclass(frozen=True)
class Statement:
    """A piece of an answer and the numbers of the sources it rests on.

    `is_code` keeps its lines; `goes_on` continues the paragraph of the statement before.
    """

    text: str
    sources: tuple[int, ...]
    is_code: bool = False
    goes_on: bool = False


@dataclass(frozen=True)
class Disagreement:
    """Two pages that say different things about the same."""

    first: Statement
    second: Statement


@dataclass(frozen=True)
class Answer:
    """A reply from the docs. `composed_by` is passages, model or gitbook.

    `semantic` is False when the search went by words alone; `stale_since` is set while a book cannot be
    reached, and `checked_at` is when the books were last looked at.
    """

    id: str
    question: str
    statements: tuple[Statement, ...]
    sources: tuple[Source, ...]
    disagreements: tuple[Disagreement, ...] = ()
    composed_by: str = "passages"
    semantic: bool = True
    checked_at: datetime | None = None
    stale_since: datetime | None = None

    @property
    def paragraphs(self) -> tuple[Statement, ...]:
        """The statements as they are read: a paragraph's sentences together, sources where they change."""
        read: list[Statement] = []
        for one in self.statements:
            last = read[-1] if read else None
            if last and one.goes_on and one.sources == last.sources:
                read[-1] = replace(last, text=f"{last.text} {one.text}")
            else:
                read.append(one)
        after = [one.sources for one in read[1:]]
        return tuple(
            replace(one, sources=()) if one.sources == next_one else one
            for one, next_one in zip(read, [*after, ()], strict=True)
        )


@dataclass(frozen=True)
class NotInDocs:
    """The docs do not say; `nearest` are the pages that came closest."""

    id: str
    question: str
    nearest: tuple[Source, ...]
    pages: int
    semantic: bool = True
    checked_at: datetime | None = None
    stale_since: datetime | None = None


@dataclass(frozen=True)
class Choice:
    """A value that can be picked and how it is shown."""

    value: str
    label: str


@dataclass(frozen=True)
class Proposal:
    """A command with the values that were understood; nothing happens before the member confirms it."""

    id: str
    command: str
    values: dict[str, str]
    missing: tuple[str, ...] = ()
    changes: bool = True
    done: bool = False


@dataclass(frozen=True)
class ValueWanted:
    """A question for one missing value; the next message in the thread answers it."""

    command: str
    values: dict[str, str]
    parameter: str
    help: str
    choices: tuple[Choice, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class StateWanted:
    """The member wants to see a state: one of the commands that change nothing, with its values."""

    command: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotYours:
    """The command exists, but not for this member."""

    command: str


@dataclass(frozen=True)
class Dropped:
    """The member took a half-said command back."""

    command: str


@dataclass(frozen=True)
class Greeting:
    """A hello or a thank you: nothing to look up."""

    thanks: bool = False


Reply = Answer | NotInDocs | Proposal | ValueWanted | StateWanted | NotYours | Dropped | Greeting


@dataclass(frozen=True)
class Gap:
    """Questions of one kind that the docs did not answer."""

    question: str
    count: int
    members: int
    examples: tuple[str, ...]
    last_at: datetime


@dataclass(frozen=True)
class Digest:
    """What the docs did and did not answer since `since`."""

    since: datetime
    asked: int
    answered: int
    liked: int
    disliked: int
    not_answered: int
    gaps: tuple[Gap, ...]
