"""What the page answers about datanets."""

from functools import partial

from bot import wording
from bot.desk.export import by_operator, fits
from bot.languages import tr, trn
from bot.playground.ask import Ask
from bot.playground.note import MAIN, Note, Press
from datanets.facts import DatanetView
from datanets.nets import DatanetEdit


async def create(ask: Ask) -> Note:
    """Open a datanet."""
    edit = DatanetEdit(description=ask.value("description"), rules=ask.value("rules"))
    net = await ask.kitchen.desk.nets.create(ask.caller, ask.value("name"), ask.value("kind"), edit)
    kind = wording.kind(net.kind, ask.locale)
    return Note(
        words=wording.notice("opened", ask.locale, datanet=net.name, kind=kind),
        buttons=(Press(tr(ask.locale, "Hand in a file"), form="contribute", words=net.name, look=MAIN),),
    )


async def list_(ask: Ask) -> Note:
    """List all datanets."""
    say, nets = partial(tr, ask.locale), await ask.kitchen.desk.nets.list(ask.caller)
    if not nets:
        return Note(
            words=wording.notice("no_datanet", ask.locale),
            buttons=(Press(say("Open the first"), form="datanet-create", look=MAIN),),
        )
    return Note(
        title=say("Datanets"),
        head=(say("Name"), say("Kind"), say("In review"), say("Accepted"), say("Releases")),
        numbers=(2, 3, 4),
        rows=tuple(
            (net.name, say(net.kind), str(net.pending), str(net.accepted), str(net.releases)) for net in nets
        ),
        buttons=(Press(say("Hand in a file"), form="contribute", look=MAIN),),
    )


async def show(ask: Ask) -> Note:
    """Show one datanet."""
    return _datanet(await ask.kitchen.desk.nets.show(ask.caller, ask.value("datanet")), ask.locale)


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
    return _datanet(await ask.kitchen.desk.nets.edit(ask.caller, ask.value("datanet"), edit), ask.locale)


async def release(ask: Ask) -> Note:
    """Freeze what was accepted; the card of the release appears in #models."""
    release = await ask.kitchen.desk.nets.release(ask.caller, ask.value("datanet"))
    return Note(
        words=wording.notice(
            "frozen", ask.locale, datanet=release.datanet, number=release.number, files=release.items
        ),
        buttons=(
            Press(tr(ask.locale, "Train a model on it"), form="finetune", words=release.datanet, look=MAIN),
        ),
    )


async def export(ask: Ask) -> Note:
    """Give a link to the newest release."""
    release, items = await ask.kitchen.desk.nets.newest_release(ask.caller, ask.value("datanet"))
    community = (await ask.kitchen.desk.people.actor(ask.caller)).community
    address = f"/{ask.person.key}/export/{release.datanet}"
    command = f"`{by_operator(release, community)}`"
    inside = wording.notice("exported" if fits(items) else "exported_card", ask.locale, command=command)
    what = tr(
        ask.locale,
        "Release {number} of **{datanet}**, {files}, {size}.",
        number=release.number,
        datanet=release.datanet,
        files=trn(ask.locale, len(items), "{n} file", "{n} files"),
        size=wording.size(release.bytes),
    )
    file = f"{release.datanet}-r{release.number}.zip"
    return Note(words=f"{what} {inside}", links=((tr(ask.locale, "Download {file}", file=file), address),))


async def contribute(ask: Ask) -> Note:
    """Point at the form, since a file cannot be typed."""
    return Note(
        words=wording.notice("use_the_form", ask.locale),
        buttons=(Press(tr(ask.locale, "Hand in a file"), form="contribute", look=MAIN),),
    )


def _datanet(net: DatanetView, locale: str) -> Note:
    say = partial(tr, locale)
    votes = trn(locale, net.policy.quorum, "{n} vote", "{n} votes")
    return Note(
        title=net.name,
        chip=say(net.kind),
        words="\n\n".join(part for part in (net.description, net.rules) if part),
        pairs=(
            (say("Owner"), net.owner_name),
            (say("Licence"), net.licence),
            (say("Tags"), ", ".join(net.tags) or "–"),
            (say("Takes files"), say("yes") if net.is_open else say("no")),
            (
                say("Files"),
                say(
                    "{pending} in review, {accepted} accepted, {rejected} rejected",
                    pending=net.pending,
                    accepted=net.accepted,
                    rejected=net.rejected,
                ),
            ),
            (
                say("Releases"),
                say(
                    "{releases}, {fresh} accepted since",
                    releases=net.releases,
                    fresh=net.accepted_since_release,
                ),
            ),
            (say("Verdict"), say("{votes}, a lead of {lead}", votes=votes, lead=net.policy.lead)),
        ),
        buttons=(
            Press(say("Hand in a file"), form="contribute", words=net.name, look=MAIN),
            Press(say("Release"), form="datanet-release", words=net.name),
            Press(say("Change"), form="datanet-edit", words=net.name),
        ),
    )
