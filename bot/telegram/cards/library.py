"""The library as admins see it: how fresh its books are, and what they did not answer."""

from collections.abc import Sequence
from pathlib import Path

from agent.facts import Digest
from bot import wording
from bot.telegram.buttons import button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words, moment
from knowledge.facts import BookState, LibraryState, Refreshed


def library(state: LibraryState, digest: Digest, words: Words, owner: str) -> Card:
    """Draw the state of each book and the digest of the week."""
    lines = [
        f"📖 <b>{words.either('Library', 'Bibliothek')}</b>",
        *(_book(one, words) for one in state.books),
    ]
    lines.append(
        words.either(
            f"Last 7 days: {digest.asked} asked, {digest.answered} answered, "
            f"👍 {digest.liked} · 👎 {digest.disliked}",
            f"Letzte 7 Tage: {digest.asked} gefragt, {digest.answered} beantwortet, "
            f"👍 {digest.liked} · 👎 {digest.disliked}",
        )
    )
    if digest.gaps:
        lines.append(words.either("Not in the docs:", "Steht nicht in den Seiten:"))
        lines += [f"• {safe(clip(gap.question, 120))} ({gap.count} ×)" for gap in digest.gaps[:8]]
    return Card("\n".join(lines), keyboard([button(words("reread"), "reread", owner=owner)]))


def refreshed(books: Sequence[Refreshed], words: Words) -> Card:
    """Draw what reading the books again changed."""
    lines = [
        f"📖 <b>{_title(one.book)}</b>: "
        + words.either(
            f"{one.read} read, {one.unchanged} unchanged, {one.removed} removed, {one.failed} failed",
            f"{one.read} gelesen, {one.unchanged} gleich, {one.removed} entfernt, {one.failed} gescheitert",
        )
        + (f"\n⚠ {safe(wording.trouble(one.problem, words.locale))}" if one.problem else "")
        for one in books
    ]
    return Card("\n".join(lines) or words("nothing_here"))


def _title(book: str) -> str:
    """Name a book by its address, or by its folder: where that lies is the operator's business."""
    return safe(clip(book if "://" in book else Path(book).name, 60))


def _book(book: BookState, words: Words) -> str:
    pages = words.either("pages", "Seiten")
    checked = moment(book.checked_at) if book.checked_at else "-"
    line = f"<b>{_title(book.name)}</b> · {book.pages} {pages} · {checked}"
    return line + (f"\n⚠ {safe(wording.trouble(book.problem, words.locale))}" if book.problem else "")
