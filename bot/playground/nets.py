"""What the page answers about datanets."""

from bot import wording
from bot.desk.export import by_operator, fits
from bot.playground.ask import Ask
from bot.playground.note import MAIN, Note, Press
from datanets.facts import DatanetView
from datanets.nets import DatanetEdit


async def create(ask: Ask) -> Note:
    """Open a datanet."""
    edit = DatanetEdit(description=ask.value("description"), rules=ask.value("rules"))
    net = await ask.kitchen.desk.nets.create(ask.caller, ask.value("name"), ask.value("kind"), edit)
    words = wording.notice("opened", datanet=net.name, kind=wording.kind(net.kind))
    return Note(words=words, buttons=(Press("Hand in a file", form="contribute", words=net.name, look=MAIN),))


async def list_(ask: Ask) -> Note:
    """List all datanets."""
    nets = await ask.kitchen.desk.nets.list(ask.caller)
    if not nets:
        return Note(
            words=wording.notice("no_datanet"),
            buttons=(Press("Open the first", form="datanet-create", look=MAIN),),
        )
    return Note(
        title="Datanets",
        head=("Name", "Kind", "In review", "Accepted", "Releases"),
        numbers=(2, 3, 4),
        rows=tuple(
            (net.name, wording.kind(net.kind), str(net.pending), str(net.accepted), str(net.releases))
            for net in nets
        ),
        buttons=(Press("Hand in a file", form="contribute", look=MAIN),),
    )


async def show(ask: Ask) -> Note:
    """Show one datanet."""
    return _datanet(await ask.kitchen.desk.nets.show(ask.caller, ask.value("datanet")))


async def edit(ask: Ask) -> Note:
    """Change a datanet; what was left empty stays."""
    tags = ask.value("tags")
    edit = DatanetEdit(
        description=ask.value("description") or None,
        rules=ask.value("rules") or None,
        tags=tuple(tag.strip() for tag in tags.split(",") if tag.strip()) if tags else None,
        licence=ask.value("licence") or None,
        is_open={"yes": True, "no": False}.get(ask.value("open").lower()),
    )
    return _datanet(await ask.kitchen.desk.nets.edit(ask.caller, ask.value("datanet"), edit))


async def release(ask: Ask) -> Note:
    """Freeze what was accepted; the card of the release appears in #models."""
    release = await ask.kitchen.desk.nets.release(ask.caller, ask.value("datanet"))
    return Note(
        words=wording.notice("frozen", datanet=release.datanet, number=release.number, files=release.items),
        buttons=(Press("Train a model on it", form="finetune", words=release.datanet, look=MAIN),),
    )


async def export(ask: Ask) -> Note:
    """Give a link to the newest release."""
    release, items = await ask.kitchen.desk.nets.newest_release(ask.caller, ask.value("datanet"))
    community = (await ask.kitchen.desk.people.actor(ask.caller)).community
    address = f"/{ask.person.key}/export/{release.datanet}"
    command = f"`{by_operator(release, community)}`"
    inside = wording.notice("exported" if fits(items) else "exported_card", command=command)
    return Note(
        words=f"Release {release.number} of **{release.datanet}**, {len(items)} files, "
        f"{wording.size(release.bytes)}. {inside}",
        links=((f"Download {release.datanet}-r{release.number}.zip", address),),
    )


async def contribute(_: Ask) -> Note:
    """Point at the form, since a file cannot be typed."""
    return Note(
        words=wording.notice("use_the_form"),
        buttons=(Press("Hand in a file", form="contribute", look=MAIN),),
    )


def _datanet(net: DatanetView) -> Note:
    return Note(
        title=net.name,
        chip=wording.kind(net.kind),
        words="\n\n".join(part for part in (net.description, net.rules) if part),
        pairs=(
            ("Owner", net.owner_name),
            ("Licence", net.licence),
            ("Tags", ", ".join(net.tags) or "none"),
            ("Takes files", "yes" if net.is_open else "no"),
            ("Files", f"{net.pending} in review, {net.accepted} accepted, {net.rejected} rejected"),
            ("Releases", f"{net.releases}, {net.accepted_since_release} accepted since"),
            ("Verdict", f"{net.policy.quorum} votes with a lead of {net.policy.lead}"),
        ),
        buttons=(
            Press("Hand in a file", form="contribute", words=net.name, look=MAIN),
            Press("Release", form="datanet-release", words=net.name),
            Press("Change", form="datanet-edit", words=net.name),
        ),
    )
