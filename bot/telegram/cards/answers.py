"""What the agent says: an answer with its sources, an honest no, a command to confirm."""

from agent.facts import Answer, NotInDocs, Proposal, Source, ValueWanted
from bot.desk.commands import BY_NAME
from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words

MOST_TEXT = 2600


def answer(found: Answer | NotInDocs, words: Words) -> Card:
    """Draw an answer with numbered sources, or the pages that came closest."""
    if isinstance(found, NotInDocs):
        text = words.either("The docs do not say.", "In der Doku steht das nicht.")
        near = words.either("Closest pages", "Am nächsten")
        lines = [text, *([f"{near}:"] if found.nearest else []), *(_link(one) for one in found.nearest[:3])]
        return Card("\n".join(lines))
    lines, left = [], MOST_TEXT
    for one in found.statements:
        shown = clip(one.text, max(80, left))
        left -= len(shown)
        marks = " ".join(f"[{number}]" for number in one.sources)
        lines.append(f"<pre>{safe(shown)}</pre> {marks}" if one.is_code else f"{safe(shown)} {marks}")
        if left <= 0:
            break
    for two in found.disagreements[:2]:
        says = words.either("The docs disagree", "Die Doku widerspricht sich")
        lines.append(f"⚠ {says}: {safe(clip(two.first.text, 150))} ↔ {safe(clip(two.second.text, 150))}")
    lines += ["", *(f"[{one.number}] {_link(one)}" for one in found.sources[:5])]
    if found.stale_since:
        lines.append(
            words.either(
                "The book cannot be reached; this is from before.", "Das Buch ist gerade nicht erreichbar."
            )
        )
    row = [button("👍", "liked", found.id, "good"), button("👎", "liked", found.id, "bad")]
    return Card("\n".join(lines), keyboard(row))


def proposal(held: Proposal, words: Words, owner: str) -> Card:
    """Draw a command with its values; nothing happens before the button is pressed."""
    lines = [f"<b>/{safe(held.command)}</b>"]
    lines += [f"{safe(name)}: <code>{safe(clip(value, 200))}</code>" for name, value in held.values.items()]
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
    refused = f"{safe(held.refused)}\n" if held.refused else ""
    rows: list[Row] = [
        [button(one.label, "choice", number, owner=owner)] for number, one in enumerate(held.choices[:8])
    ]
    text = f"{refused}<b>/{safe(held.command)}</b> · {safe(held.help)}\n{words('write_reply')}"
    return Card(text, keyboard(*rows))


def _link(source: Source) -> str:
    name = safe(clip(source.title, 60))
    if source.url.startswith(("http://", "https://")):
        return f'<a href="{safe(source.url).replace(chr(34), "%22")}">{name}</a>'
    return name
