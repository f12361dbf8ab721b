"""Rows of runs shown as facts."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.facts import Estimate, Point, Progress, Result, RunState, RunView, Sample
from datanets.recipe import Recipe
from datanets.tables import DatanetRow, Member, ReleaseRow, RunRow


async def run_views(
    session: AsyncSession, rows: Sequence[RunRow], curves: dict[str, tuple[Point, ...]] | None = None
) -> tuple[RunView, ...]:
    """Show runs with the names of their datanets and starters."""
    named = select(DatanetRow.id, DatanetRow.name).where(DatanetRow.id.in_({row.datanet_id for row in rows}))
    nets = dict((await session.execute(named)).all())
    starters = {row.starter_id for row in rows}
    names = dict((await session.execute(select(Member.id, Member.name).where(Member.id.in_(starters)))).all())
    releases = {row.release_id for row in rows}
    found = select(ReleaseRow.id, ReleaseRow.number).where(ReleaseRow.id.in_(releases))
    numbers = dict((await session.execute(found)).all())
    return tuple(
        RunView(
            id=row.id,
            community=row.community_id,
            datanet=nets[row.datanet_id],
            release_id=row.release_id,
            release=numbers[row.release_id],
            recipe=Recipe.from_dict(row.recipe),
            base_title=row.base_title,
            state=RunState(row.state),
            attempt=row.attempt,
            progress=Progress(**row.progress),
            result=read_result(row.result) if row.result else None,
            failure=row.failure,
            model=row.model,
            starter=row.starter_id,
            starter_name=names[row.starter_id],
            stop_requested=row.stop_requested,
            estimate=Estimate(**row.estimate) if row.estimate else None,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            curve=(curves or {}).get(row.id, ()),
        )
        for row in rows
    )


def read_result(values: dict[str, object]) -> Result:
    """Read a result back from its row."""
    plain = {**values, "notes": tuple(values.get("notes") or ())}  # type: ignore[arg-type]
    samples = tuple(Sample(**sample) for sample in values.get("samples") or ())  # type: ignore[attr-defined]
    return Result(**{**plain, "samples": samples})  # type: ignore[arg-type]
