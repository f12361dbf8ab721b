"""Questions get short answers with sources, or an honest no."""

from pathlib import Path

import pytest

from agent.compose import compose
from agent.disputes import disagreements
from agent.facts import Answer, NotInDocs
from bot.desk import Desk
from datanets.refusals import NotAllowed, NotFound
from knowledge.facts import Passage
from knowledge.folder import Folder
from knowledge.sections import cut
from tests.agent.conftest import ADA, ANA, EVE
from tests.conftest import HeldClock


async def test_an_answer_is_short_and_every_statement_has_a_source(desk: Desk) -> None:
    answer = await desk.ask.ask(EVE, "t", "when are backups made?")
    assert isinstance(answer, Answer)
    numbers = {source.number for source in answer.sources}
    assert "02:30" in answer.statements[0].text
    assert all(statement.sources and set(statement.sources) <= numbers for statement in answer.statements)
    assert sum(len(statement.text) for statement in answer.statements) < 900
    assert answer.sources[0].url.endswith("v2/install/backup.md")
    assert answer.sources[0].updated_at is not None
    assert not answer.semantic


async def test_what_the_docs_do_not_say_is_not_answered(desk: Desk) -> None:
    answer = await desk.ask.ask(EVE, "t", "who won the world cup")
    assert isinstance(answer, NotInDocs)
    assert answer.pages == 140


async def test_a_follow_up_is_understood_in_its_thread_alone(desk: Desk) -> None:
    await desk.ask.hear(EVE, "one", "how do I install it on windows?")
    follow_up = await desk.ask.hear(EVE, "one", "and on fedora?")
    assert isinstance(follow_up, Answer)
    assert any("linux" in source.url for source in follow_up.sources)
    assert "install" in follow_up.question

    elsewhere = await desk.ask.hear(ANA, "one", "and on fedora?")
    assert isinstance(elsewhere, Answer | NotInDocs)
    assert "install" not in elsewhere.question


async def test_code_keeps_its_lines(desk: Desk) -> None:
    answer = await desk.ask.ask(EVE, "t", "docker compose file for kilnroom")
    assert isinstance(answer, Answer)
    [code] = [statement for statement in answer.statements if statement.is_code]
    assert code.text.startswith("services:\n  kilnroom:")


def _passage(page: str, text: str, clock: HeldClock) -> Passage:
    return Passage(cut(f"# {page}\n\n{text}", page)[0], 1.0, clock.now(), clock.now())


def test_pages_that_contradict_each_other_are_both_shown(clock: HeldClock) -> None:
    passages = [
        _passage("Limits", "A member may hand in 10 MB a day.", clock),
        _passage("Old limits", "A member may hand in 25 MB a day.", clock),
        _passage("Shelves", "A member may keep 3 shelves.", clock),
    ]
    said = compose("how much may a member hand in a day", passages)
    [pair] = disagreements(said, passages)
    assert ("10 MB" in pair.first.text, "25 MB" in pair.second.text) == (True, True)
    assert pair.second.sources == (2,)


async def test_an_answer_is_stale_only_where_the_book_that_it_is_from_is_away(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ask.library.books.append(Folder(tmp_path / "another"))
    await desk.ask.library.refresh()
    assert (await desk.ask.ask(EVE, "t", "when are backups made?")).stale_since is None
    assert (await desk.ask.ask(EVE, "t", "who won the world cup")).stale_since is not None
    (tmp_path / "book").rename(tmp_path / "elsewhere")
    await desk.ask.library.refresh()
    assert (await desk.ask.ask(EVE, "t", "when are backups made?")).stale_since is not None


async def test_votes_and_gaps_reach_the_admins_digest(desk: Desk, clock: HeldClock) -> None:
    good = await desk.ask.ask(EVE, "t", "when are backups made?")
    await desk.ask.rate(EVE, good.id, "good")
    lacking = await desk.ask.ask(EVE, "t", "is there a student discount?")
    await desk.ask.rate(ANA, lacking.id, "not_answered")
    for who in (EVE, ANA):
        await desk.ask.ask(who, "t", "who won the world cup")
    await desk.ask.ask(EVE, "t", "who won the world cup last year")

    digest = await desk.ask.digest(ADA)
    assert (digest.asked, digest.answered, digest.liked, digest.not_answered) == (5, 1, 1, 1)
    assert (digest.gaps[0].count, digest.gaps[0].members) == (3, 2)
    with pytest.raises(NotAllowed):
        await desk.ask.digest(ANA)

    clock.advance(days=8)
    assert (await desk.ask.digest(ADA)).asked == 0


async def test_an_answer_of_nowhere_cannot_be_rated(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.ask.rate(EVE, "nothing", "good")


async def test_only_an_admin_refreshes_the_library(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        await desk.ask.refresh(EVE)
    (tmp_path / "book/v2/help/contact.md").write_text("# Ask for help\n\nCall 555 for help.\n")
    [done] = await desk.ask.refresh(ADA)
    assert done.read == 1
