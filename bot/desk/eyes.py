"""What the agent sees on behalf of one member: by their rights at this moment, and nothing to change."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.facts import Choice
from bot.desk.commands import BY_NAME, Values
from bot.desk.finetune import Finetune
from bot.desk.nets import Nets
from bot.desk.training import Training
from datanets.facts import Actor, Caller, Role, RunView
from datanets.presets import Preset
from datanets.recipe import Method
from datanets.refusals import Refusal

_FIXED = {
    Values.PRESET: tuple(Preset),
    Values.METHOD: tuple(Method),
    Values.KIND: ("text", "image", "audio"),
    Values.SEASON: ("season", "all"),
    Values.YES_NO: ("yes", "no"),
}


@dataclass(frozen=True)
class Eyes:
    """Names that the caller may see, and what they may do here."""

    caller: Caller
    actor: Actor
    nets: Nets
    finetune: Finetune
    training: Training

    async def may(self, command: str) -> bool:
        """Whether the caller's roles open a command; the use case itself checks again."""
        if command == "finetune":
            return await self._may_train()
        match BY_NAME[command].role:
            case Role.ADMIN:
                return self.actor.is_admin
            case Role.VALIDATOR:
                return self.actor.is_validator
            case _:
                return True

    async def names(self, values: str) -> Sequence[Choice]:
        """Return what exists for a kind of value, the likeliest first."""
        match values:
            case Values.DATANET:
                return [Choice(net.name, net.name) for net in await self.nets.list(self.caller)]
            case Values.MODEL:
                models = await self.training.models(self.caller)
                return [Choice(model.name, f"{model.name} ({model.base_title})") for model in models]
            case Values.RUN:
                return [_run(run) for run in self._mine_first(await self.training.runs(self.caller))]
            case Values.BASE:
                return await self._bases()
            case _:
                return [Choice(str(one), str(one)) for one in _FIXED.get(Values(values), ())]

    async def _bases(self) -> Sequence[Choice]:
        try:
            choices = await self.finetune.choices(self.caller)
        except Refusal:
            return ()
        ready_first = sorted(choices.bases, key=lambda base: (not base.ready, base.parameters))
        return [Choice(base.id, base.title) for base in ready_first]

    async def _may_train(self) -> bool:
        try:
            await self.finetune.trainer(self.caller)
        except Refusal:
            return False
        return True

    def _mine_first(self, runs: Sequence[RunView]) -> Sequence[RunView]:
        """Leave out what is over while something still goes on; the caller's own stand first."""
        going = [run for run in runs if not run.state.is_over]
        own = [run for run in going if run.starter == self.actor.member]
        return own or going or runs


def _run(run: RunView) -> Choice:
    return Choice(run.id, f"{run.model or run.datanet}, {run.base_title}, {run.state}")
