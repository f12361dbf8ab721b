"""Feedback: what members think of replies, and the preference pairs that grow from it."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Actor
from datanets.tables import ComparisonRow, Feedback, Pick, RunRow, TurnRow


@dataclass(frozen=True)
class Opinions:
    """Keeps one opinion a member and reply; a second one replaces the first."""

    db: Database
    clock: Clock

    async def rate(self, actor: Actor, turn: str, up: bool | None) -> None:
        """Set 👍 or 👎, or take it back with None."""
        await self._keep(actor, turn, {"up": up})

    async def correct(self, actor: Actor, turn: str, correction: str) -> None:
        """Keep the answer that the member would have given; it also counts as 👎."""
        await self._keep(actor, turn, {"up": False, "correction": correction})

    async def pairs(self, community: str, family: str) -> int:
        """Count the preference pairs that a family of models has gathered."""
        async with self.db.read() as session:
            return len(await preference_pairs(session, community, family))

    async def _keep(self, actor: Actor, turn: str, values: dict[str, object]) -> None:
        values = {**values, "at": self.clock.now()}
        async with self.db.begin() as session:
            row = insert(session, Feedback).values(
                **{"turn_id": turn, "member_id": actor.member, "correction": "", **values}
            )
            await session.execute(
                row.on_conflict_do_update(index_elements=["turn_id", "member_id"], set_=values)
            )


async def preference_pairs(
    session: AsyncSession, community: str, family: str
) -> tuple[tuple[str, str, str], ...]:
    """Return (question, better, worse) from corrections, from 👍 against 👎, and from blind picks.

    One pair comes from each correction (the correction is better), from each 👍 and 👎 on two replies to the
    same question, and from each blind comparison with a majority.
    """
    models = select(RunRow.id).where(RunRow.community_id == community, RunRow.family == family)
    asked = TurnRow.__table__.alias("asked")
    query = (
        select(asked.c.text, TurnRow.text, Feedback.up, Feedback.correction)
        .join(TurnRow, TurnRow.id == Feedback.turn_id)
        .join(asked, asked.c.id == TurnRow.answers)
        .where(TurnRow.model_id.in_(models))
        .order_by(Feedback.at)
    )
    pairs: dict[tuple[str, str, str], None] = {}
    liked: dict[str, list[str]] = defaultdict(list)
    disliked: dict[str, list[str]] = defaultdict(list)
    for question, reply, up, correction in (await session.execute(query)).all():
        if correction:
            pairs[(question, correction, reply)] = None
        elif up is not None:
            (liked if up else disliked)[question.strip().lower()].append(reply)
        for better in liked[question.strip().lower()]:
            for worse in disliked[question.strip().lower()]:
                if better != worse:
                    pairs[(question, better, worse)] = None
    for question, better, worse in await _picked(session, models):
        pairs[(question, better, worse)] = None
    return tuple(pairs)


async def _picked(session: AsyncSession, models: object) -> list[tuple[str, str, str]]:
    query = (
        select(ComparisonRow, Pick.first)
        .join(Pick, Pick.comparison_id == ComparisonRow.id)
        .where(ComparisonRow.first_model.in_(models), ComparisonRow.second_model.in_(models))  # type: ignore[arg-type]
    )
    lead: dict[str, int] = defaultdict(int)
    rows: dict[str, ComparisonRow] = {}
    for row, first in (await session.execute(query)).all():
        rows[row.id] = row
        lead[row.id] += 1 if first else -1
    found = []
    for row in rows.values():
        if lead[row.id] and row.first_answer != row.second_answer:
            ordered = (row.first_answer, row.second_answer)
            found.append((row.question, *(ordered if lead[row.id] > 0 else reversed(ordered))))
    return found
