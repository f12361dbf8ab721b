"""What the page answers about files, standing, the docs and oneself."""

from functools import partial

from bot import wording
from bot.desk.ask import Meanwhile
from bot.desk.commands import COMMANDS
from bot.languages import tr
from bot.playground import questions, waiting
from bot.playground.ask import Ask
from bot.playground.drawing import moment
from bot.playground.note import MAIN, Note, Press
from bot.playground.waiting import Found
from datanets.facts import ContributionView, Role


async def help_(ask: Ask) -> Note:
    """Say how to begin, with every command."""
    say = partial(tr, ask.locale)
    return Note(
        title=say("How to begin"),
        words=wording.help_text(ask.locale),
        head=(say("Command"), say("What it does")),
        rows=tuple((f"/{command.name}", say(command.help)) for command in COMMANDS),
        buttons=(
            Press(say("Hand in a file"), form="contribute", look=MAIN),
            Press(say("Train a model"), form="finetune"),
        ),
    )


async def setup(ask: Ask) -> Note:
    """Show the place; the page has its channels and roles already, its admins may join it to another."""
    place = await ask.kitchen.desk.setup.show(ask.caller)
    joining = (
        Press(tr(ask.locale, "Code for another place"), act="place-code"),
        Press(tr(ask.locale, "Join another community"), form="join-place"),
    )
    return Note(
        title=place.name,
        words=wording.notice("set_up", ask.locale),
        pairs=tuple((name, str(value)) for name, value in place.settings.items()),
        buttons=joining if Role.ADMIN in ask.person.roles else (),
    )


async def mine(ask: Ask) -> Note:
    """List the caller's files."""
    say = partial(tr, ask.locale)
    files = await ask.kitchen.desk.contribute.mine(ask.caller, 20)
    if not files:
        return Note(
            words=wording.notice("nothing_yet", ask.locale),
            buttons=(Press(say("Hand in a file"), form="contribute", look=MAIN),),
        )
    return Note(
        title=say("Your files"),
        head=(say("File"), say("Datanet"), say("Size"), say("What became of it")),
        rows=tuple(
            (file.name, file.datanet, wording.size(file.size), _became(file, ask.locale)) for file in files
        ),
    )


async def quota(ask: Ask) -> Note:
    """Say what may still be handed in today."""
    say = partial(tr, ask.locale)
    left = await ask.kitchen.desk.contribute.quota(ask.caller)
    size, limit = wording.size(left.bytes_left), wording.size(left.bytes_limit)
    return Note(
        title=say("Left today"),
        pairs=(
            (say("Files"), say("{left} of {limit}", left=left.files_left, limit=left.files_limit)),
            (say("Size"), say("{left} of {limit}", left=size, limit=limit)),
            (say("Renews"), wording.clock(left.renews_at)),
        ),
    )


async def review(ask: Ask) -> Note | None:
    """Show the next files that wait for the caller's vote, as cards of their own."""
    waiting = await ask.kitchen.desk.reviewing.queue(ask.caller, 3)
    for card in waiting:
        await ask.kitchen.messages.say(
            ask.room, card={"draw": "review", "id": card.contribution.id}, private_to=ask.person.key
        )
    return None if waiting else Note(words=wording.notice("no_review", ask.locale))


async def leaderboard(ask: Ask) -> Note:
    """Show who brought the best."""
    say, season = partial(tr, ask.locale), ask.value("season") != "all"
    rows = await ask.kitchen.desk.rankings.leaderboard(ask.caller, season=season)
    if not rows:
        return Note(words=wording.notice("no_standing", ask.locale))
    own = await ask.kitchen.desk.rankings.place_of(ask.caller, season=season)
    place = (
        wording.notice("place", ask.locale, rank=wording.place(own.rank, ask.locale), members=len(rows))
        if own
        else wording.notice("no_place", ask.locale)
    )
    return Note(
        title=say("This season") if season else say("All time"),
        words=f"{place} {wording.notice('standing', ask.locale)}",
        head=(
            "#",
            say("Member"),
            say("Best 30"),
            say("Days"),
            say("Points"),
            say("Accepted"),
            say("Rate, 95 %"),
        ),
        numbers=(0, 2, 3, 4, 5, 6),
        mine=next((at for at, row in enumerate(rows) if own and row.member == own.member), -1),
        rows=tuple(
            (
                str(row.rank),
                row.name,
                str(row.best),
                str(row.days),
                str(row.points),
                say("{left} of {limit}", left=row.accepted, limit=row.decided),
                say("{low} to {high} %", low=round(100 * row.rate_low), high=round(100 * row.rate_high)),
            )
            for row in rows
        ),
    )


async def credit(ask: Ask) -> Note:
    """Show the caller's balance."""
    say, view = partial(tr, ask.locale), await ask.kitchen.desk.rankings.credit(ask.caller)
    return Note(
        title=say("{points} points", points=view.balance),
        words="" if view.entries else wording.notice("no_credit", ask.locale),
        head=(say("When"), say("For"), say("Points")),
        numbers=(2,),
        rows=tuple(
            (
                moment(entry.at, ask.locale),
                " · ".join(filter(None, (wording.entry(entry.kind, ask.locale), entry.note))),
                f"{entry.amount:+d}",
            )
            for entry in view.entries
        ),
    )


async def ask(asked: Ask) -> None:
    """Answer from the docs, where the question was asked, for everybody."""
    question = asked.value("question")
    await asked.kitchen.messages.say(asked.room, author=asked.person.key, text=question)

    async def find(meanwhile: Meanwhile) -> Found:
        heard = await asked.kitchen.desk.ask.ask(asked.caller, asked.room, question, meanwhile)
        return Found(questions.note(heard, asked.locale), is_private=False)

    waiting.answer(asked, find)


async def link(ask: Ask) -> Note:
    """Give out a code, or use one up."""
    if code := ask.value("code"):
        await ask.kitchen.desk.people.link(ask.caller, code)
        return Note(words=wording.notice("linked", ask.locale))
    given = await ask.kitchen.desk.people.link_code(ask.caller)
    return Note(words=wording.notice("link_code", ask.locale, code=given))


async def privacy(ask: Ask) -> Note:
    """Give a link to everything that is kept about the caller."""
    return Note(
        words=wording.notice("privacy", ask.locale),
        links=((tr(ask.locale, "Download {file}", file="potluck.json"), f"/{ask.person.key}/privacy.json"),),
        buttons=(Press(tr(ask.locale, "Delete it all"), form="forget", look="button small danger"),),
    )


async def forget(ask: Ask) -> Note:
    """Delete the caller's files and words, those on this page too."""
    gone = await ask.kitchen.desk.people.forget(ask.caller)
    return Note(
        words=wording.notice(
            "forgotten", ask.locale, files=gone.contributions, messages=gone.messages, points=gone.points
        )
    )


def _became(file: ContributionView, locale: str) -> str:
    state = wording.state(file.state, locale)
    if file.verdict and file.verdict.accepted:
        return f"{state}, {tr(locale, '{points} points', points=file.verdict.points)}"
    if file.verdict and file.verdict.reason:
        return f"{state}: {wording.reason(file.verdict.reason, locale)}"
    return state
