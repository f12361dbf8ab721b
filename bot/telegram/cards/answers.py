"""What the agent says: an answer with its sources, an honest no, a command to confirm."""

from collections.abc import Mapping

from agent.facts import Answer, NotInDocs, Proposal, Source, ValueWanted
from bot import wording
from bot.desk.commands import BY_NAME
from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words

MOST_TEXT = 2600


def answer(found: Answer | NotInDocs, words: Words) -> Card:
    """Draw an answer with numbered sources, or the pages that came closest."""
    lines = _not_there(found, words) if isinstance(found, NotInDocs) else _said(found, words)
    lines += [f"<i>{safe(n)}</i>" for n in wording.how_found(found.stale_since, found.semantic, words.locale)]
    gap = button(words.either("Not answered", "Nicht beantwortet"), "liked", found.id, "not_answered")
    if isinstance(found, NotInDocs):
        return Card("\n".join(lines), keyboard([gap]))
    row = [button("👍", "liked", found.id, "good"), button("👎", "liked", found.id, "bad"), gap]
    return Card("\n".join(lines), keyboard(row))


def _not_there(found: NotInDocs, words: Words) -> list[str]:
    lines = [words.either("The docs do not say.", "In der Doku steht das nicht.")]
    if found.nearest:
        near = words.either("Closest pages", "Am nächsten")
        lines += [f"{near}:", *(f"• {_link(one)}" for one in found.nearest[:3])]
    return lines


def _said(found: Answer, words: Words) -> list[str]:
    lines, left = [], MOST_TEXT
    for one in found.paragraphs:
        shown = clip(one.text, max(80, left))
        left -= len(shown)
        marks = "".join(f" [{number}]" for number in one.sources)
        lines.append(f"<pre>{safe(shown)}</pre>{marks}" if one.is_code else f"{safe(shown)}{marks}")
        if left <= 0:
            break
    for two in found.disagreements[:2]:
        says = words.either("The docs disagree", "Die Doku widerspricht sich")
        lines.append(f"⚠ {says}: {safe(clip(two.first.text, 150))} ↔ {safe(clip(two.second.text, 150))}")
    return [*lines, "", *(f"[{one.number}] {_link(one)}" for one in found.sources[:5])]


def proposal(held: Proposal, words: Words, owner: str) -> Card:
    """Draw a command with its values; nothing happens before the button is pressed."""
    lines = [f"<b>/{safe(held.command)}</b>", *_understood(held.values)]
    missing = words.either("missing", "fehlt")
    lines += [f"{safe(name)}: <i>{missing}</i>" for name in held.missing]
    shown = [*held.values, *held.missing]
    parameters = [one.name for one in BY_NAME[held.command].parameters]
    edits: Row = [
        button(f"✏ {name}", "value", held.id, parameters.index(name), owner=owner)
        for name in shown
        if name in parameters
    ]
    rows: list[Row] = [edits[at : at + 3] for at in range(0, min(len(edits), 9), 3)]
    do_it = [] if held.missing else [button(words("keep"), "yes", held.id, owner=owner, style="success")]
    return Card("\n".join(lines), keyboard(do_it, *rows, [button(words("cancel"), "drop", owner=owner)]))


def wanted(held: ValueWanted, words: Words, owner: str) -> Card:
    """Ask for one missing value; its choices are buttons."""
    lines = [f"<b>/{safe(held.command)}</b>", *_understood(held.values)]
    if held.refused:
        lines.append(f"⚠ {safe(wording.notice('unfit', words.locale, value=held.refused))}")
    lines += [safe(wording.asked_for(held.parameter, held.help, words.locale)), words("write_reply")]
    rows: list[Row] = [
        [button(one.label, "choice", number, owner=owner)] for number, one in enumerate(held.choices[:8])
    ]
    return Card("\n".join(lines), keyboard(*rows))


def _understood(values: Mapping[str, str]) -> list[str]:
    return [f"{safe(name)}: <code>{safe(clip(value, 200))}</code>" for name, value in values.items()]


def _link(source: Source) -> str:
    name = safe(clip(source.trail or source.title, 90))
    if source.url.startswith(("http://", "https://")):
        name = f'<a href="{safe(source.url).replace(chr(34), "%22")}">{name}</a>'
    return f"{name} · {wording.day(source.updated_at)}" if source.updated_at else name
