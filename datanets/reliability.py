"""How far a validator's ballots can be trusted, measured from the reviews that were decided.

The two-coin model of Dawid and Skene (1979): each validator has a chance to accept what is good and a chance
to reject what is bad, both estimated together with the truth of every item by expectation and maximisation.
One coin would not do: who accepts everything looks as reliable as the share of good files is high.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from datanets.clock import Clock
from datanets.database import Database
from datanets.tables import BallotRow, ContributionRow

# A Beta(3.5, 0.5) prior on both coins: strangers are taken for good validators until they show otherwise.
PRIOR_RIGHT, PRIOR_ALL = 3.5, 4.0
ROUNDS = 30
BALLOTS_NEEDED = 15
LEAST = 0.1


@dataclass(frozen=True)
class Vote:
    """One ballot of a decided review."""

    item: str
    validator: str
    up: bool


def weights(votes: Iterable[Vote]) -> dict[str, float]:
    """Return Youden's index (sensitivity + specificity - 1, at least 0.1) of whoever cast 15 ballots."""
    by_item: dict[str, list[Vote]] = defaultdict(list)
    by_validator: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_item[vote.item].append(vote)
        by_validator[vote.validator].append(vote)
    good = {item: sum(vote.up for vote in cast) / len(cast) for item, cast in by_item.items()}
    coins: dict[str, tuple[float, float]] = {}
    for _ in range(ROUNDS):
        coins = {validator: _coins(cast, good) for validator, cast in by_validator.items()}
        share = sum(good.values()) / len(good) if good else 0.5
        good = {item: _posterior(cast, coins, share) for item, cast in by_item.items()}
    return {
        validator: max(LEAST, coins[validator][0] + coins[validator][1] - 1)
        for validator, cast in by_validator.items()
        if len(cast) >= BALLOTS_NEEDED
    }


def _coins(cast: list[Vote], good: dict[str, float]) -> tuple[float, float]:
    right_up = sum(good[vote.item] for vote in cast if vote.up)
    right_down = sum(1 - good[vote.item] for vote in cast if not vote.up)
    all_good = sum(good[vote.item] for vote in cast)
    return (
        (right_up + PRIOR_RIGHT) / (all_good + PRIOR_ALL),
        (right_down + PRIOR_RIGHT) / (len(cast) - all_good + PRIOR_ALL),
    )


def _posterior(cast: list[Vote], coins: dict[str, tuple[float, float]], share: float) -> float:
    if_good, if_bad = max(share, 1e-6), max(1 - share, 1e-6)
    for vote in cast:
        sensitivity, specificity = coins[vote.validator]
        if_good *= sensitivity if vote.up else 1 - sensitivity
        if_bad *= 1 - specificity if vote.up else specificity
    return if_good / (if_good + if_bad)


@dataclass(frozen=True)
class Reliability:
    """Keeps the weights of each community until they are measured again."""

    db: Database
    clock: Clock
    known: dict[str, dict[str, float]] = field(default_factory=dict)

    def weight(self, community: str, validator: str) -> float:
        """Return a validator's weight, 1 until it is known."""
        return self.known.get(community, {}).get(validator, 1.0)

    async def measure(self) -> None:
        """Measure every community anew from its decided reviews."""
        query = (
            select(ContributionRow.community_id, BallotRow)
            .join(ContributionRow, ContributionRow.id == BallotRow.contribution_id)
            .where(ContributionRow.state.in_(("accepted", "rejected")))
        )
        votes: dict[str, list[Vote]] = defaultdict(list)
        async with self.db.read() as session:
            for community, ballot in (await session.execute(query)).all():
                votes[community].append(Vote(ballot.contribution_id, ballot.member_id, ballot.up))
        for community, cast in votes.items():
            # Seconds for a hundred thousand ballots, which nobody who talks to the bot should wait for.
            self.known[community] = await asyncio.to_thread(weights, cast)
