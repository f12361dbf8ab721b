"""First datanets with example files, so that a newcomer finds something to vote on and to train with."""

from collections.abc import Sequence

from bot.demo.examples import facts, pictures, recordings, rumours
from bot.desk import Desk
from bot.desk.contribute import FileUpload
from bot.playground.people import PEOPLE, PLACE
from datanets.core import Core
from datanets.facts import Account, Caller, Context, Reason
from datanets.nets import DatanetEdit

ADMIN = PEOPLE["ana"].caller
VALIDATORS = tuple(PEOPLE[key].caller for key in ("ben", "chika", "dele"))
# They are not in the cast, so that the files of a newcomer's day are all left.
AUTHORS = tuple(
    Caller(Account(PLACE.platform, name.lower()), PLACE, frozenset(), name) for name in ("Grete", "Hugo")
)
NETS = {
    "saltmarrow": ("text", "Facts about the island of Saltmarrow", "Questions with answers, no rumours."),
    "sketches": ("image", "Drawings of the island", "Say in a sentence what the drawing shows."),
    "voices": ("audio", "Sounds of the island", "Write down what is heard."),
}
BUNDLES = 6


async def seed(core: Core, desk: Desk) -> bool:
    """Set the table once; False when it is set already."""
    if await desk.nets.list(ADMIN):
        return False
    for caller in (*(person.caller for person in PEOPLE.values()), *AUTHORS):
        await core.members.actor(caller)
    for caller in AUTHORS:
        await desk.people.agree(caller)
    for name, (kind, description, rules) in NETS.items():
        edit = DatanetEdit(description=description, rules=rules, licence="CC0-1.0")
        await desk.nets.create(ADMIN, name, kind, edit)
    await _facts(desk)
    for upload, words in pictures():
        await desk.contribute.hand_in(AUTHORS[0], upload, "sketches", Context(caption=words))
    for upload, words in recordings():
        await desk.contribute.hand_in(AUTHORS[1], upload, "voices", Context(transcript=words))
    return True


async def _facts(desk: Desk) -> None:
    """Accept most of the facts, reject a rumour, release, and leave the rest to be voted on."""
    *accepted, waiting = bundles()
    context = Context(source="own knowledge")
    for number, bundle in enumerate(accepted):
        author = AUTHORS[number % len(AUTHORS)]
        taken = await desk.contribute.hand_in(author, bundle, "saltmarrow", context)
        await _vote(desk, taken.contribution.id, None)
    rumour, other, *_ = rumours()
    refused = await desk.contribute.hand_in(AUTHORS[1], rumour, "saltmarrow", context)
    await _vote(desk, refused.contribution.id, Reason.LOW_QUALITY)
    await desk.nets.release(ADMIN, "saltmarrow")
    for upload in (waiting, other):
        await desk.contribute.hand_in(AUTHORS[0], upload, "saltmarrow", context)


async def _vote(desk: Desk, contribution: str, reason: Reason | None) -> None:
    for validator in VALIDATORS:
        card = await desk.reviewing.card(validator, contribution)
        if card.is_open:
            await desk.reviewing.cast(validator, contribution, reason is None, reason)


def bundles() -> Sequence[FileUpload]:
    """Put the many small files about the island together into a few."""
    files = [fact.file.data for fact in facts()]
    size = -(-len(files) // BUNDLES)
    return [
        FileUpload(f"saltmarrow-{number + 1}.jsonl", b"".join(files[number * size : (number + 1) * size]))
        for number in range(BUNDLES)
    ]
