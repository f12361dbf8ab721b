"""Conversations: which thread belongs to which model, and every turn that was said there."""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Actor, ConversationView, Turn
from datanets.ids import new_id
from datanets.models import model_views
from datanets.refusals import NotFound
from datanets.tables import ConversationRow, Feedback, Member, RunRow, TurnRow

KEPT_TURNS = 40


@dataclass(frozen=True)
class Conversations:
    """Opens threads and keeps their turns; context comes from here, never from the platform."""

    db: Database
    clock: Clock

    async def open(self, community: str, place: str, channel: str, model: str) -> ConversationView:
        """Tie a platform's thread to a model; opening it twice gives the same conversation."""
        values = {
            "id": new_id(),
            "community_id": community,
            "place_id": place,
            "model_id": model,
            "channel": channel,
            "created_at": self.clock.now(),
        }
        async with self.db.begin() as session:
            await session.execute(insert(session, ConversationRow).values(values).on_conflict_do_nothing())
        found = await self.at(place, channel)
        if found is None:
            raise NotFound("conversation", channel)
        return found

    async def at(self, place: str, channel: str) -> ConversationView | None:
        """Return the conversation of a thread with its latest turns, or None."""
        query = select(ConversationRow).where(
            ConversationRow.place_id == place, ConversationRow.channel == channel
        )
        async with self.db.read() as session:
            row = (await session.execute(query)).scalar_one_or_none()
            return await _view(session, row) if row else None

    async def get(self, community: str, conversation: str) -> ConversationView:
        """Return a conversation by its id; raises NotFound."""
        async with self.db.read() as session:
            row = await session.get(ConversationRow, conversation)
            if row is None or row.community_id != community:
                raise NotFound("conversation", conversation)
            return await _view(session, row)

    async def of_model(self, place: str, model: str) -> tuple[ConversationView, ...]:
        """Return the conversations that a place holds with a model."""
        query = select(ConversationRow).where(
            ConversationRow.place_id == place, ConversationRow.model_id == model
        )
        async with self.db.read() as session:
            rows = list(await session.scalars(query.order_by(ConversationRow.created_at)))
            return tuple([await _view(session, row) for row in rows])

    async def ask(self, conversation: str, member: str, text: str) -> str:
        """Keep what a member said; returns the id of the turn."""
        row = TurnRow(
            id=new_id(), conversation_id=conversation, member_id=member, text=text, at=self.clock.now()
        )
        async with self.db.begin() as session:
            session.add(row)
        return row.id

    async def answer(self, conversation: str, model: str, question: str, text: str) -> str:
        """Keep what the model said; returns the id of the turn."""
        row = TurnRow(
            id=new_id(),
            conversation_id=conversation,
            answers=question,
            model_id=model,
            text=text,
            at=self.clock.now(),
        )
        async with self.db.begin() as session:
            session.add(row)
        return row.id

    async def drop_answer(self, conversation: str) -> tuple[str, str] | None:
        """Hide the latest reply so that it can be given again; returns its question's id and text."""
        spoken = select(TurnRow).where(TurnRow.conversation_id == conversation, ~TurnRow.dropped)
        async with self.db.begin() as session:
            rows = list(await session.scalars(spoken.order_by(TurnRow.at.desc()).limit(2)))
            asked = next((row for row in rows if row.member_id), None)
            if asked is None:
                return None
            shown = [row.id for row in rows if row.answers == asked.id]
            await session.execute(update(TurnRow).where(TurnRow.id.in_(shown)).values(dropped=True))
            return asked.id, asked.text

    async def question_of(self, actor: Actor, turn: str) -> tuple[str, str]:
        """Return which model gave a reply in this community, and the question before it; raises NotFound."""
        async with self.db.read() as session:
            row = await session.get(TurnRow, turn)
            held = await session.get(ConversationRow, row.conversation_id) if row else None
            if row is None or held is None or held.community_id != actor.community:
                raise NotFound("reply", turn)
            asked = await session.get(TurnRow, row.answers) if row.answers else None
            return row.model_id or "", asked.text if asked else ""


async def _view(session: AsyncSession, row: ConversationRow) -> ConversationView:
    run = await session.get_one(RunRow, row.model_id)
    newest = (
        select(TurnRow, Member.name)
        .outerjoin(Member, Member.id == TurnRow.member_id)
        .where(TurnRow.conversation_id == row.id, ~TurnRow.dropped)
        .order_by(TurnRow.at.desc(), TurnRow.id)
        .limit(KEPT_TURNS)
    )
    said = list(reversed((await session.execute(newest)).all()))
    ids = [turn.id for turn, _ in said]
    votes = (
        select(Feedback.turn_id, Feedback.up, func.count())
        .where(Feedback.turn_id.in_(ids), Feedback.up.is_not(None))
        .group_by(Feedback.turn_id, Feedback.up)
    )
    liked = {(turn, up): number for turn, up, number in (await session.execute(votes)).all()}
    fixes = select(Feedback.turn_id, Feedback.correction).where(
        Feedback.turn_id.in_(ids), Feedback.correction != ""
    )
    corrected = dict((await session.execute(fixes)).all())
    return ConversationView(
        id=row.id,
        model=(await model_views(session, [run]))[0],
        place=row.place_id,
        channel=row.channel,
        turns=tuple(
            Turn(
                id=turn.id,
                author=turn.member_id or "",
                author_name=name or "",
                text=turn.text,
                at=turn.at,
                likes=liked.get((turn.id, True), 0),
                dislikes=liked.get((turn.id, False), 0),
                correction=corrected.get(turn.id, ""),
            )
            for turn, name in said
        ),
    )
