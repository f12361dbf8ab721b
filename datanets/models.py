"""Models: what runs made, with what people think of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Float, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database
from datanets.facts import ModelView, Result
from datanets.recipe import Recipe
from datanets.refusals import NotFound
from datanets.run_views import read_result
from datanets.tables import ComparisonRow, DatanetRow, Feedback, Member, Pick, ReleaseRow, RunRow, TurnRow


@dataclass(frozen=True)
class Models:
    """Looks models up."""

    db: Database
    clock: Clock

    async def list(self, community: str) -> Sequence[ModelView]:
        """Return every model of a community, newest first."""
        query = select(RunRow).where(RunRow.community_id == community, RunRow.has_model)
        async with self.db.read() as session:
            rows = list(await session.scalars(query.order_by(RunRow.finished_at.desc())))
            return await model_views(session, rows)

    async def get(self, community: str, name: str) -> ModelView:
        """Return a model by name or id; raises NotFound with the names that exist."""
        wanted = name.strip().lower()
        models = await self.list(community)
        for model in models:
            if wanted in (model.name, model.id):
                return model
        raise NotFound("model", name, tuple(model.name for model in models)[:5])

    async def by_id(self, model: str) -> ModelView | None:
        """Return a model by its id alone, for whoever holds the id already."""
        async with self.db.read() as session:
            row = await session.get(RunRow, model)
            return (await model_views(session, [row]))[0] if row and row.has_model else None


async def model_views(session: AsyncSession, rows: Sequence[RunRow]) -> tuple[ModelView, ...]:
    """Show the runs that made a model, with the feedback on it."""
    ids = [row.id for row in rows]
    starters = select(Member.id, Member.name).where(Member.id.in_([row.starter_id for row in rows]))
    names = dict((await session.execute(starters)).all())
    nets = select(DatanetRow.id, DatanetRow.name).where(DatanetRow.id.in_([row.datanet_id for row in rows]))
    datanets = dict((await session.execute(nets)).all())
    frozen = select(ReleaseRow.id, ReleaseRow.number).where(
        ReleaseRow.id.in_([row.release_id for row in rows])
    )
    releases = dict((await session.execute(frozen)).all())
    votes = (
        select(TurnRow.model_id, Feedback.up, func.count())
        .join(Feedback, Feedback.turn_id == TurnRow.id)
        .where(TurnRow.model_id.in_(ids), Feedback.up.is_not(None))
        .group_by(TurnRow.model_id, Feedback.up)
    )
    liked = {(model, up): number for model, up, number in (await session.execute(votes)).all()}
    won = await _wins(session, ids)
    return tuple(
        ModelView(
            id=row.id,
            community=row.community_id,
            name=row.model,
            family=row.family,
            version=row.version,
            base=row.recipe["base"],
            base_title=row.base_title,
            datanet=datanets[row.datanet_id],
            release=releases[row.release_id],
            recipe=Recipe.from_dict(row.recipe),
            result=read_result(row.result) if row.result else Result(),
            owner=row.starter_id,
            owner_name=names[row.starter_id],
            parent=row.parent_id or "",
            likes=liked.get((row.id, True), 0),
            dislikes=liked.get((row.id, False), 0),
            wins=won.get(row.id, (0, 0))[0],
            comparisons=won.get(row.id, (0, 0))[1],
            created_at=row.finished_at or row.created_at,
        )
        for row in rows
    )


async def _wins(session: AsyncSession, models: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Count blind picks: how often each model was chosen, of how often it was shown."""
    totals: dict[str, tuple[int, int]] = {}
    for column, chosen in ((ComparisonRow.first_model, True), (ComparisonRow.second_model, False)):
        picked = func.sum(cast(case((Pick.first == chosen, 1), else_=0), Float))
        query = (
            select(column, picked, func.count())
            .join(Pick, Pick.comparison_id == ComparisonRow.id)
            .where(column.in_(models))
            .group_by(column)
        )
        for model, wins, shown in (await session.execute(query)).all():
            before = totals.get(model, (0, 0))
            totals[model] = (before[0] + int(wins), before[1] + shown)
    return totals
