"""Blind comparisons: two answers, one pick a member, names only afterwards."""

import secrets
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Actor, Comparison
from datanets.ids import new_id
from datanets.refusals import NotFound
from datanets.standing import wilson
from datanets.tables import ComparisonRow, Pick, RunRow


@dataclass(frozen=True)
class Comparisons:
    """Keeps comparisons; which model stands left is drawn by lot."""

    db: Database
    clock: Clock

    async def keep(
        self, actor: Actor, question: str, models: tuple[str, str], answers: tuple[str, str]
    ) -> Comparison:
        """Keep two answers and return them in a random order, without names."""
        row = ComparisonRow(
            id=new_id(),
            community_id=actor.community,
            first_model=models[0],
            second_model=models[1],
            asker_id=actor.member,
            question=question,
            first_answer=answers[0],
            second_answer=answers[1],
            swapped=secrets.choice((True, False)),
            created_at=self.clock.now(),
        )
        async with self.db.begin() as session:
            session.add(row)
        left, right = (answers[1], answers[0]) if row.swapped else answers
        return Comparison(row.id, question, left, right)

    async def pick(self, actor: Actor, comparison: str, left: bool) -> Comparison:
        """Record a member's choice (a second one replaces the first) and uncover the names."""
        async with self.db.begin() as session:
            row = await session.get(ComparisonRow, comparison)
            if row is None or row.community_id != actor.community:
                raise NotFound("comparison", comparison)
            values = {"first": left != row.swapped, "at": self.clock.now()}
            statement = insert(session, Pick).values(comparison_id=row.id, member_id=actor.member, **values)
            await session.execute(
                statement.on_conflict_do_update(index_elements=["comparison_id", "member_id"], set_=values)
            )
            return await _uncovered(session, row)


async def _uncovered(session: AsyncSession, row: ComparisonRow) -> Comparison:
    counted = select(Pick.first, func.count()).where(Pick.comparison_id == row.id).group_by(Pick.first)
    votes = dict((await session.execute(counted)).all())
    first = (await session.get_one(RunRow, row.first_model)).model
    second = (await session.get_one(RunRow, row.second_model)).model
    names, answers = (first, second), (row.first_answer, row.second_answer)
    picks = (votes.get(True, 0), votes.get(False, 0))
    if row.swapped:
        names, answers, picks = names[::-1], answers[::-1], picks[::-1]
    odds = wilson(picks[0], sum(picks))
    return Comparison(row.id, row.question, answers[0], answers[1], names, picks, odds)
