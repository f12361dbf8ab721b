"""Two models answer the same question, blind."""

import asyncio
from dataclasses import dataclass

from bot.desk.serving import Serving
from datanets.comparisons import Comparisons
from datanets.facts import Caller, Comparison
from datanets.members import Members
from datanets.models import Models
from datanets.refusals import BadValue


@dataclass(frozen=True)
class Compare:
    """Joins the caller, two models and the server that answers."""

    members: Members
    models: Models
    comparisons: Comparisons
    serving: Serving
    reply_tokens: int = 512

    async def ask(self, caller: Caller, first: str, second: str, question: str) -> Comparison:
        """Let both models answer; the names stay hidden.

        Raises NotFound, BadValue, ModelsAway, Busy, TooLong.
        """
        actor = await self.members.actor(caller)
        pair = [await self.models.get(actor.community, name) for name in (first, second)]
        if pair[0].id == pair[1].id:
            raise BadValue("second", second, "Choose two different models.")
        answers = await asyncio.gather(*(self._answer(model.id, question, actor.member) for model in pair))
        return await self.comparisons.keep(
            actor, question, (pair[0].id, pair[1].id), (answers[0], answers[1])
        )

    async def pick(self, caller: Caller, comparison: str, left: bool) -> Comparison:
        """Choose one side and learn the names and the tally; raises NotFound."""
        return await self.comparisons.pick(await self.members.actor(caller), comparison, left)

    async def _answer(self, model: str, question: str, member: str) -> str:
        client = await self.serving.find()
        messages = [{"role": "user", "content": question}]
        pieces = client.chat(model, messages, user=member, max_tokens=self.reply_tokens)
        return "".join([piece.text async for piece in pieces]).strip()
