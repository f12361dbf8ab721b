"""Datanets: the list, one of them, the forms to make and change one."""

from collections.abc import Sequence

from bot.desk.export import Packed, by_operator
from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words
from bot.wording import notice, size
from datanets.facts import DatanetView, Kind, ReleaseView

ICONS = {Kind.TEXT: "📝", Kind.IMAGE: "🖼", Kind.AUDIO: "🎙"}


def nets(views: Sequence[DatanetView], words: Words, owner: str) -> Card:
    """List the datanets of a community."""
    make = [button(words("create_datanet"), "netnew", owner=owner)]
    if not views:
        return Card(words("no_datanets"), keyboard(make))
    lines = []
    for view in views[:20]:
        shut = "" if view.is_open else words.either(" · closed", " · geschlossen")
        lines.append(
            f"{ICONS[view.kind]} <b>{safe(view.name)}</b> · ✅ {view.accepted} · 🕓 {view.pending}{shut}"
            + (f"\n   {safe(clip(view.description, 90))}" if view.description else "")
        )
    rows: list[Row] = [[button(view.name, "net", view.id, owner=owner)] for view in views[:8]]
    return Card("\n".join(lines), keyboard(*rows, make))


def net(view: DatanetView, words: Words, owner: str) -> Card:
    """Draw one datanet."""
    policy = view.policy
    lines = [
        f"{ICONS[view.kind]} <b>{safe(view.name)}</b> · {view.kind} · {safe(view.licence)}",
        safe(clip(view.description, 400)),
        f"{words.either('House rules', 'Hausregeln')}: {safe(clip(view.rules, 400))}" if view.rules else "",
        " ".join(f"#{safe(tag.replace(' ', '_'))}" for tag in view.tags),
        f"✅ {view.accepted} · 🕓 {view.pending} · ⛔ {view.rejected} · 📦 {view.releases}",
        words.either(
            f"{policy.quorum} votes, lead {policy.lead} · by {safe(clip(view.owner_name, 40))}",
            f"{policy.quorum} Stimmen, Vorsprung {policy.lead} · von {safe(clip(view.owner_name, 40))}",
        ),
    ]
    gate = button(
        words("close_net") if view.is_open else words("open_net"),
        "netgate",
        view.id,
        int(not view.is_open),
        owner=owner,
    )
    return Card(
        "\n".join(line for line in lines if line),
        keyboard(
            [button(words("contribute"), "give", view.id, owner=owner, style="primary")],
            [
                button(words("release"), "netrel", view.id, owner=owner),
                button(words("train"), "tune", "", view.id, owner=owner),
            ],
            [button(words("edit"), "netedit", view.id, owner=owner), gate],
            [button(words("back"), "nets", owner=owner)],
        ),
    )


def choose(views: Sequence[DatanetView], words: Words, owner: str, verb: str, draft: str = "") -> Card:
    """Ask which datanet is meant; pressing one calls `verb` with its id (after the draft's, if any)."""
    if not views:
        return Card(words("no_datanets"))
    before = (draft,) if draft else ()
    rows: list[Row] = [
        [button(f"{ICONS[view.kind]} {view.name}", verb, *before, view.id, owner=owner)]
        for view in views[:10]
    ]
    cancel = [button(words("cancel"), "drop", *before, owner=owner)]
    return Card(words("which_datanet"), keyboard(*rows, cancel))


def kinds(name: str, draft: str, words: Words, owner: str) -> Card:
    """Ask what a new datanet collects."""
    row = [button(words(kind.value), "netkind", draft, kind.value, owner=owner) for kind in Kind]
    question = words.either(
        "What does it collect? This never changes.", "Was sammelt es? Das ändert sich nie."
    )
    return Card(
        f"<b>{safe(clip(name, 60))}</b>\n{question}",
        keyboard(row, [button(words("cancel"), "drop", draft, owner=owner)]),
    )


def release(view: ReleaseView, words: Words) -> Card:
    """Draw a release."""
    items = words.either("contributions", "Beiträge")
    people = words.either("contributors", "Beitragende")
    return Card(
        f"📦 <b>{safe(view.datanet)} v{view.number}</b>\n"
        f"{view.items} {items} · {view.contributors} {people} · {size(view.bytes)}\n"
        f"<code>{safe(view.digest[:16])}</code>"
    )


def exported(view: ReleaseView, packed: Packed, community: str, words: Words) -> str:
    """Write what stands under an exported release; where its files did not fit, how to get them."""
    line = release(view, words).text
    if packed.has_files:
        return f"{line}\n{notice('exported', words.locale)}"
    command = f"<code>{safe(by_operator(view, community))}</code>"
    return f"{line}\n{notice('exported_card', words.locale, command=command)}"
