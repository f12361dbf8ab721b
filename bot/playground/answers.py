"""What the page answers about files, standing, the docs and oneself."""

from bot import wording
from bot.desk.ask import Meanwhile
from bot.desk.commands import COMMANDS
from bot.playground import questions, waiting
from bot.playground.ask import Ask
from bot.playground.drawing import moment
from bot.playground.note import MAIN, Note, Press
from bot.playground.waiting import Found
from datanets.facts import ContributionView, Role

JOINING = (
    Press("Code for another place", act="place-code"),
    Press("Join another community", form="join-place"),
)


async def help_(_: Ask) -> Note:
    """Say how to begin, with every command."""
    return Note(
        title="How to begin",
        words=wording.help_text(),
        head=("Command", "What it does"),
        rows=tuple((f"/{command.name}", command.help) for command in COMMANDS),
        buttons=(Press("Hand in a file", form="contribute", look=MAIN), Press("Train", form="finetune")),
    )


async def setup(ask: Ask) -> Note:
    """Show the place; the page has its channels and roles already, its admins may join it to another."""
    place = await ask.kitchen.desk.setup.show(ask.caller)
    return Note(
        title=place.name,
        words=wording.notice("set_up"),
        pairs=tuple((name, str(value)) for name, value in place.settings.items()),
        buttons=JOINING if Role.ADMIN in ask.person.roles else (),
    )


async def mine(ask: Ask) -> Note:
    """List the caller's files."""
    files = await ask.kitchen.desk.contribute.mine(ask.caller, 20)
    if not files:
        return Note(
            words=wording.notice("nothing_yet"),
            buttons=(Press("Hand in a file", form="contribute", look=MAIN),),
        )
    rows = tuple((file.name, file.datanet, wording.size(file.size), _became(file)) for file in files)
    return Note(title="Your files", head=("File", "Datanet", "Size", "What became of it"), rows=rows)


async def quota(ask: Ask) -> Note:
    """Say what may still be handed in today."""
    left = await ask.kitchen.desk.contribute.quota(ask.caller)
    return Note(
        title="Left today",
        pairs=(
            ("Files", f"{left.files_left} of {left.files_limit}"),
            ("Size", f"{wording.size(left.bytes_left)} of {wording.size(left.bytes_limit)}"),
            ("Renews", wording.clock(left.renews_at)),
        ),
    )


async def review(ask: Ask) -> Note | None:
    """Show the next files that wait for the caller's vote, as cards of their own."""
    waiting = await ask.kitchen.desk.reviewing.queue(ask.caller, 3)
    for card in waiting:
        await ask.kitchen.messages.say(
            ask.room, card={"draw": "review", "id": card.contribution.id}, private_to=ask.person.key
        )
    return None if waiting else Note(words=wording.notice("no_review"))


async def leaderboard(ask: Ask) -> Note:
    """Show who brought the best."""
    season = ask.value("season") != "all"
    rows = await ask.kitchen.desk.rankings.leaderboard(ask.caller, season=season)
    if not rows:
        return Note(words=wording.notice("no_standing"))
    own = await ask.kitchen.desk.rankings.place_of(ask.caller, season=season)
    place = (
        wording.notice("place", rank=wording.place(own.rank), members=len(rows))
        if own
        else wording.notice("no_place")
    )
    return Note(
        title="This season" if season else "All time",
        words=f"{place} {wording.notice('standing')}",
        head=("#", "Member", "Best 30", "Days", "Points", "Accepted", "Rate, 95 %"),
        numbers=(0, 2, 3, 4, 5, 6),
        mine=next((at for at, row in enumerate(rows) if own and row.member == own.member), -1),
        rows=tuple(
            (
                str(row.rank),
                row.name,
                str(row.best),
                str(row.days),
                str(row.points),
                f"{row.accepted} of {row.decided}",
                f"{row.rate_low:.0%} to {row.rate_high:.0%}",
            )
            for row in rows
        ),
    )


async def credit(ask: Ask) -> Note:
    """Show the caller's balance."""
    view = await ask.kitchen.desk.rankings.credit(ask.caller)
    return Note(
        title=f"{view.balance} points",
        words="" if view.entries else wording.notice("no_credit"),
        head=("When", "For", "Points"),
        numbers=(2,),
        rows=tuple(
            (moment(entry.at), entry.note or entry.kind, f"{entry.amount:+d}") for entry in view.entries
        ),
    )


async def ask(asked: Ask) -> None:
    """Answer from the docs, where the question was asked, for everybody."""
    question = asked.value("question")
    await asked.kitchen.messages.say(asked.room, author=asked.person.key, text=question)

    async def find(meanwhile: Meanwhile) -> Found:
        heard = await asked.kitchen.desk.ask.ask(asked.caller, asked.room, question, meanwhile)
        return Found(questions.note(heard), is_private=False)

    waiting.answer(asked, find)


async def link(ask: Ask) -> Note:
    """Give out a code, or use one up."""
    if code := ask.value("code"):
        await ask.kitchen.desk.people.link(ask.caller, code)
        return Note(words=wording.notice("linked"))
    given = await ask.kitchen.desk.people.link_code(ask.caller)
    return Note(words=wording.notice("link_code", code=given))


async def privacy(ask: Ask) -> Note:
    """Give a link to everything that is kept about the caller."""
    return Note(
        words=wording.notice("privacy"),
        links=(("Download potluck.json", f"/{ask.person.key}/privacy.json"),),
        buttons=(Press("Delete it all", form="forget", look="button small danger"),),
    )


async def forget(ask: Ask) -> Note:
    """Delete the caller's files and words, those on this page too."""
    gone = await ask.kitchen.desk.people.forget(ask.caller)
    return Note(
        words=wording.notice(
            "forgotten", files=gone.contributions, messages=gone.messages, points=gone.points
        )
    )


def _became(file: ContributionView) -> str:
    if file.verdict and file.verdict.accepted:
        return f"{wording.state(file.state)}, {file.verdict.points} points"
    if file.verdict and file.verdict.reason:
        return f"{wording.state(file.state)}: {wording.reason(file.verdict.reason)}"
    return wording.state(file.state)
