"""Talking to a model in its thread, and telling it what was wrong."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeVar

from bot.desk.contribute import FileUpload
from bot.desk.serving import Serving
from datanets.conversations import Conversations
from datanets.facts import Actor, Caller, Context, ConversationView, Kind, ReplyPiece, Submitted
from datanets.feedback import Opinions
from datanets.intake import Intake
from datanets.members import Members
from datanets.models import Models
from datanets.nets import Datanets
from datanets.refusals import Busy, NotFound, TooLong

T = TypeVar("T")
LONGEST = 4000
CONTEXT_CHARACTERS = 6000


@dataclass(frozen=True)
class Chat:
    """Joins the caller, a conversation and the server that writes the replies."""

    members: Members
    models: Models
    datanets: Datanets
    conversations: Conversations
    opinions: Opinions
    intake: Intake
    serving: Serving
    reply_tokens: int = 512
    writing: dict[str, asyncio.Event] = field(default_factory=dict)

    async def open(self, caller: Caller, model: str, channel: str) -> ConversationView:
        """Tie a thread to a model; raises NotFound."""
        actor = await self.members.actor(caller)
        found = await self.models.get(actor.community, model)
        return await self.conversations.open(actor.community, actor.place, channel, found.id)

    async def at(self, caller: Caller, channel: str) -> ConversationView | None:
        """Return the conversation of a thread, or None when no model lives there."""
        return await self.conversations.at((await self.members.actor(caller)).place, channel)

    async def get(self, caller: Caller, conversation: str) -> ConversationView:
        """Return a conversation by its id; raises NotFound."""
        return await self.conversations.get((await self.members.actor(caller)).community, conversation)

    async def say(self, caller: Caller, conversation: str, text: str) -> AsyncGenerator[ReplyPiece, None]:
        """Keep what the caller says and stream the reply; the last piece has the id of the kept turn.

        Raises Busy while a reply is being written there, TooLong, ModelsAway, NotFound.
        """
        if len(text) > LONGEST:
            raise TooLong(len(text), LONGEST)
        actor = await self.members.actor(caller)
        held = await self.conversations.get(actor.community, conversation)
        if held.id in self.writing:
            raise Busy
        # No wait since the look, so that two people who speak at once cannot both pass.
        self.writing[held.id] = asyncio.Event()
        try:
            question = await self.conversations.ask(held.id, actor.member, text)
            async with aclosing(self._reply(actor, held.id, question)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.writing.pop(held.id, None)

    async def again(self, caller: Caller, conversation: str) -> AsyncGenerator[ReplyPiece, None]:
        """Give the latest reply again, chosen more freely; raises NotFound when nothing was asked yet.

        Raises Busy and ModelsAway too; the reply that stands there stays then.
        """
        actor = await self.members.actor(caller)
        held = await self.conversations.get(actor.community, conversation)
        if held.id in self.writing:
            raise Busy
        self.writing[held.id] = asyncio.Event()
        try:
            await self.serving.find()
            asked = await self.conversations.drop_answer(held.id)
            if asked is None:
                raise NotFound("question", conversation)
            async with aclosing(self._reply(actor, held.id, asked[0], temperature=0.8)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.writing.pop(held.id, None)

    def stop(self, conversation: str) -> bool:
        """End the reply that is being written; False when there is none."""
        event = self.writing.get(conversation)
        if event is not None:
            event.set()
        return event is not None

    async def rate(self, caller: Caller, turn: str, up: bool | None) -> None:
        """Keep 👍 or 👎 on a reply, or take it back; raises NotFound."""
        actor = await self.members.actor(caller)
        await self.conversations.question_of(actor, turn)
        await self.opinions.rate(actor, turn, up)

    async def correct(self, caller: Caller, turn: str, answer: str) -> Submitted | None:
        """Keep the better answer and hand it in to the model's datanet, through review like any other.

        None when that datanet does not collect text or is closed; the correction is kept either way.
        Raises NotFound, BadValue, ConsentNeeded, QuotaSpent.
        """
        actor = await self.members.actor(caller)
        replied, question = await self.conversations.question_of(actor, turn)
        model = await self.models.by_id(replied)
        if model is None or not question:
            raise NotFound("reply", turn)
        await self.opinions.correct(actor, turn, answer)
        net = await self.datanets.show(actor.community, model.datanet)
        if net.kind is not Kind.TEXT or not net.is_open:
            return None
        context = Context(source=f"correction of {model.name}", question=question)
        upload = _correction(question, answer, turn)
        return await self.intake.submit(upload, actor=actor, datanet=net.name, context=context)

    async def _reply(
        self, actor: Actor, conversation: str, question: str, temperature: float = 0.0
    ) -> AsyncGenerator[ReplyPiece, None]:
        held = await self.conversations.get(actor.community, conversation)
        client, stop = await self.serving.find(), self.writing[conversation]
        stream = client.chat(
            held.model.id,
            _messages(held),
            user=actor.member,
            conversation=conversation,
            max_tokens=self.reply_tokens,
            temperature=temperature,
        )
        said: list[str] = []
        turn = ""
        try:
            async with aclosing(stream) as pieces:
                async for piece in until(pieces, stop):
                    said.append(piece.text)
                    if piece.text:
                        yield ReplyPiece(piece.text)
        finally:
            # What was written before a stop or a broken line is kept: the thread shows it already.
            if said:
                text = "".join(said).strip()
                turn = await self.conversations.answer(conversation, held.model.id, question, text)
        yield ReplyPiece("", done=True, turn=turn, stopped=stop.is_set())


async def until(pieces: AsyncIterator[T], stop: asyncio.Event) -> AsyncIterator[T]:
    """Yield until the pieces end or the event is set, whichever comes first."""
    stopped = asyncio.ensure_future(stop.wait())
    coming: asyncio.Future[T | None] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(pieces, None))
            await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            piece = coming.result()
            if piece is None:
                return
            yield piece
    finally:
        stopped.cancel()
        if coming is not None and not coming.done():
            # Also when the reader itself is cancelled: what is still running cannot be closed.
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def _messages(held: ConversationView) -> list[dict[str, str]]:
    """Return the latest turns that fit, oldest first; the newest always stays.

    A question that was never answered is joined with the next one: the chat templates of some families
    refuse two messages of one speaker in a row.
    """
    kept: list[dict[str, str]] = []
    left = CONTEXT_CHARACTERS
    for turn in reversed(held.turns):
        left -= len(turn.text)
        if kept and left < 0:
            break
        role = "user" if turn.author else "assistant"
        if kept and kept[-1]["role"] == role:
            kept[-1]["content"] = f"{turn.text}\n\n{kept[-1]['content']}"
        else:
            kept.append({"role": role, "content": turn.text})
    while len(kept) > 1 and kept[-1]["role"] == "assistant":
        kept.pop()
    return kept[::-1]


def _correction(question: str, answer: str, turn: str) -> FileUpload:
    """Return the file that a correction becomes: one question with the answer that should have come."""
    line = json.dumps({"question": question, "answer": answer}, ensure_ascii=False)
    return FileUpload(f"correction-{turn}.jsonl", f"{line}\n".encode())
