"""The way of one file through the desk: handed in, voted on, released, ranked."""

import pytest

from bot.desk import Desk
from datanets.core import Core
from datanets.facts import Account, Caller, ContributionState, Place, Reason
from datanets.refusals import ConsentNeeded, NotAllowed, OwnContribution, ReviewClosed
from tests.conftest import HeldClock
from tests.desk.people import ANA, BEN, CEM, DOT, EVE, HERE, hand_in, person


async def test_three_votes_accept_and_credit_once(desk: Desk, core: Core) -> None:
    one = await hand_in(desk, "Boil the beans for an hour, then salt them.")
    for voter in (ANA, BEN):
        card = await desk.reviewing.cast(voter, one, True)
        assert card.is_open
    card = await desk.reviewing.cast(CEM, one, True)

    assert card.contribution.state is ContributionState.ACCEPTED
    assert card.contribution.verdict is not None
    assert card.contribution.verdict.points == 100
    assert (await desk.rankings.credit(EVE)).balance == 100
    assert await core.credit.trial_balance() == 0
    with pytest.raises(ReviewClosed):
        await desk.reviewing.cast(DOT, one, False)


async def test_two_down_votes_reject_with_the_reason_given(desk: Desk) -> None:
    one = await hand_in(desk, "asdf asdf asdf asdf")
    await desk.reviewing.cast(ANA, one, False, Reason.LOW_QUALITY)
    card = await desk.reviewing.cast(BEN, one, False)

    verdict = card.contribution.verdict
    assert card.contribution.state is ContributionState.REJECTED
    assert verdict is not None
    assert verdict.reason is Reason.LOW_QUALITY
    assert (await desk.rankings.credit(EVE)).balance == 0


async def test_a_vote_is_changed_and_withdrawn_until_the_verdict(desk: Desk) -> None:
    one = await hand_in(desk, "Peel the onions under water.")
    await desk.reviewing.cast(ANA, one, True)
    card = await desk.reviewing.cast(ANA, one, False)
    assert (card.up, card.down) == (0, 1)
    card = await desk.reviewing.withdraw(ANA, one)
    assert (card.up, card.down) == (0, 0)


async def test_a_vote_said_again_keeps_its_place_and_is_no_news(
    desk: Desk, core: Core, clock: HeldClock
) -> None:
    one = await hand_in(desk, "Toast the seeds in a dry pan.")
    await desk.reviewing.cast(BEN, one, False, Reason.OFF_TOPIC)
    clock.advance(minutes=1)
    card = await desk.reviewing.cast(ANA, one, True)
    news = await core.newsroom.pending("playground")
    clock.advance(minutes=10)
    await desk.reviewing.reconcile(HERE, one, {ANA: True, BEN: False})

    assert (await desk.reviewing.card(BEN, one)).ballots == card.ballots
    assert await core.newsroom.pending("playground") == news
    await desk.reviewing.cast(BEN, one, False, Reason.LOW_QUALITY)
    assert await core.newsroom.pending("playground") != news


async def test_nobody_votes_on_their_own_and_members_do_not_vote(desk: Desk) -> None:
    own = await hand_in(desk, "Roast the carrots with cumin.", who=ANA)
    with pytest.raises(OwnContribution):
        await desk.reviewing.cast(ANA, own, True)
    with pytest.raises(NotAllowed):
        await desk.reviewing.cast(EVE, own, True)


async def test_a_lost_role_takes_the_open_ballot_with_it(desk: Desk) -> None:
    one = await hand_in(desk, "Cut the bread only when it is cold.")
    await desk.reviewing.cast(ANA, one, True)
    await desk.people.actor(person("ana"))

    assert (await desk.reviewing.card(BEN, one)).up == 0


async def test_a_rejection_changes_nobodys_place(desk: Desk) -> None:
    for author, text in ((EVE, "Rinse rice until the water is clear."), (DOT, "Rest the dough overnight.")):
        one = await hand_in(desk, text, who=author)
        for voter in (ANA, BEN, CEM):
            await desk.reviewing.cast(voter, one, True)
    before = [(row.rank, row.name, row.best) for row in await desk.rankings.leaderboard(EVE)]
    bad = await hand_in(desk, "buy my course at once", who=EVE)
    for voter in (ANA, BEN):
        await desk.reviewing.cast(voter, bad, False)

    after = await desk.rankings.leaderboard(EVE)
    assert [(row.rank, row.name, row.best) for row in after] == before
    assert {row.name: (row.accepted, row.decided) for row in after}["eve"] == (1, 2)


async def test_a_release_freezes_what_was_accepted(desk: Desk) -> None:
    one = await hand_in(desk, "Salt the water before the pasta goes in.")
    for voter in (ANA, BEN, CEM):
        await desk.reviewing.cast(voter, one, True)
    await hand_in(desk, "This one is still open.")
    release = await desk.nets.release(ANA, "recipes")

    assert (release.number, release.items, release.contributors) == (1, 1, 1)
    _, items = await desk.nets.newest_release(ANA, "recipes")
    assert [item.contribution for item in items] == [one]


async def test_consent_comes_first(desk: Desk) -> None:
    newcomer = person("fay")
    with pytest.raises(ConsentNeeded):
        await hand_in(desk, "Toast the spices dry.", who=newcomer)
    await desk.people.agree(newcomer)
    assert await hand_in(desk, "Toast the spices dry.", who=newcomer)


async def test_linked_accounts_are_one_member(desk: Desk) -> None:
    one = await hand_in(desk, "Dice the celery small.")
    twin = Caller(Account("telegram", "777"), Place("telegram", "-1"), frozenset(), "eve on the phone")
    await desk.people.actor(twin)
    await desk.people.link(twin, await desk.people.link_code(EVE))
    for voter in (ANA, BEN, CEM):
        await desk.reviewing.cast(voter, one, True)
    at_home = Caller(Account("telegram", "777"), HERE, frozenset(), "eve on the phone")

    assert (await desk.rankings.credit(at_home)).balance == 100
    assert (await desk.contribute.mine(at_home))[0].id == one


async def test_forgetting_takes_files_and_points_away(desk: Desk, core: Core) -> None:
    one = await hand_in(desk, "Grate the nutmeg last.")
    for voter in (ANA, BEN, CEM):
        await desk.reviewing.cast(voter, one, True)
    release = await desk.nets.release(ANA, "recipes")
    gone = await desk.people.forget(EVE)

    assert (gone.contributions, gone.points) == (1, 100)
    assert await core.releases.items(release.id) == ()
    assert await core.credit.trial_balance() == 0
    assert await desk.rankings.leaderboard(ANA) == ()


async def test_old_reviews_go_to_a_moderator_and_then_expire(
    desk: Desk, core: Core, clock: HeldClock
) -> None:
    one = await hand_in(desk, "Fold the batter, do not stir it.")
    clock.advance(days=8)
    await core.review.sweep()
    assert (await desk.reviewing.card(ANA, one)).contribution.state is ContributionState.ESCALATED
    clock.advance(days=7)
    await core.review.sweep()
    assert (await desk.reviewing.card(ANA, one)).contribution.state is ContributionState.EXPIRED
