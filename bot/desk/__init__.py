"""The desk: platform-neutral use cases. Callers and plain values go in, frozen facts come out."""

from dataclasses import dataclass, replace

from bot.config import BotSettings
from bot.desk.ask import Ask
from bot.desk.asking import open_ask
from bot.desk.chat import Chat
from bot.desk.compare import Compare
from bot.desk.contribute import Contribute
from bot.desk.finetune import Finetune
from bot.desk.nets import Nets
from bot.desk.people import People
from bot.desk.rankings import Rankings
from bot.desk.reviewing import Reviewing
from bot.desk.serving import Serving
from bot.desk.setup import Setup
from bot.desk.training import Training
from datanets.core import Core


@dataclass(frozen=True)
class Desk:
    """Every use case that a platform offers; a test compares which platform calls which."""

    people: People
    nets: Nets
    contribute: Contribute
    reviewing: Reviewing
    rankings: Rankings
    finetune: Finetune
    training: Training
    chat: Chat
    compare: Compare
    setup: Setup
    serving: Serving
    ask: Ask

    @classmethod
    def open(cls, core: Core, settings: BotSettings) -> "Desk":
        """Put the desk on top of the core."""
        serving = Serving.open(core.workshop, settings)
        ask = open_ask(lambda: desk, core.clock, serving, settings)
        desk = cls(
            people=People(
                core.members, core.places, replace(core.privacy, questions_of=ask.questions_of), ask.forget
            ),
            nets=Nets(core.members, core.datanets, core.releases),
            contribute=Contribute(core.members, core.intake, core.quotas, core.contributions, core.blobs),
            reviewing=Reviewing(core.members, core.places, core.review, core.newsroom),
            rankings=Rankings(core.members, core.standing, core.credit),
            finetune=Finetune(
                core.members,
                core.datanets,
                core.releases,
                core.models,
                core.workshop,
                core.runs,
                core.opinions,
                settings.train_role,
            ),
            training=Training(core.members, core.runs, core.models),
            chat=Chat(
                core.members,
                core.models,
                core.datanets,
                core.conversations,
                core.opinions,
                core.intake,
                serving,
                settings.reply_tokens,
            ),
            compare=Compare(core.members, core.models, core.comparisons, serving, settings.reply_tokens),
            setup=Setup(core.members, core.places),
            serving=serving,
            ask=ask,
        )
        return desk
