"""Starting a run: the choices, the recipe, the estimate, the start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datanets.estimate import estimate, texts_of
from datanets.facts import (
    Actor,
    BaseOffer,
    Caller,
    DatanetView,
    Estimate,
    ModelView,
    ReleaseView,
    Role,
    RunView,
    WorkerView,
)
from datanets.feedback import Opinions
from datanets.members import Members
from datanets.models import Models
from datanets.nets import Datanets
from datanets.presets import USUAL, Preset
from datanets.recipe import Method, Recipe
from datanets.refusals import BadValue, BaseAway, DoesNotFit, NotAllowed, NotEnoughPairs, NotFound
from datanets.releases import Releases
from datanets.runs import RunPlan, Runs
from datanets.workshop import Workshop

PAIRS_NEEDED = 8


@dataclass(frozen=True)
class FinetuneChoices:
    """What the form offers: datanets with a release, bases ready first, minutes left today."""

    datanets: tuple[DatanetView, ...]
    bases: tuple[BaseOffer, ...]
    minutes_left: int


@dataclass(frozen=True)
class TrainingPlan:
    """What the caller wants: a datanet (its newest release unless a number is given), a recipe, a name.

    `continue_from` names the model to go on from; the new one is its next version.
    """

    datanet: str
    recipe: Recipe
    release: int | None = None
    name: str = ""
    continue_from: str = ""


@dataclass(frozen=True)
class CheckedPlan:
    """A plan that could be started now, with what it will cost and whose next version it makes."""

    plan: TrainingPlan
    release: ReleaseView
    base: BaseOffer
    estimate: Estimate
    minutes_left: int
    family: str
    parent: ModelView | None


@dataclass(frozen=True)
class Finetune:
    """Joins the caller with releases, workers and the queue."""

    members: Members
    datanets: Datanets
    releases: Releases
    models: Models
    workshop: Workshop
    runs: Runs
    opinions: Opinions
    train_role: str = "trainer"

    async def choices(self, caller: Caller) -> FinetuneChoices:
        """Return what the form offers; raises NotAllowed, NoWorker."""
        actor = await self.trainer(caller)
        found = await self.datanets.list(actor.community)
        return FinetuneChoices(
            datanets=tuple(one for one in found if one.releases),
            bases=await self.workshop.bases(),
            minutes_left=await self.runs.minutes_left(actor.community),
        )

    async def recipe(
        self,
        caller: Caller,
        datanet: str,
        base: str,
        preset: str = Preset.NORMAL,
        method: str = Method.LORA,
        values: Mapping[str, Any] | None = None,
        *,
        release: int | None = None,
    ) -> Recipe:
        """Fill a recipe from a preset, as the size of the release asks, and change some fields.

        A release that is not there is refused by `check`; raises NotFound, RecipeOutOfBounds.
        """
        actor = await self.members.actor(caller)
        found = await self.releases.list(actor.community, datanet)
        lessons = next((one.lessons for one in found if release in (None, one.number)), USUAL)
        filled = Recipe.preset(Preset(preset), base, method=Method(method), lessons=lessons)
        return filled.with_values(dict(values or {}))

    async def check(self, caller: Caller, plan: TrainingPlan) -> CheckedPlan:
        """Check everything and estimate, without spending anything.

        Raises NotAllowed, NotFound, NoWorker, BaseAway, BadValue, RecipeOutOfBounds, RecipeClash, DoesNotFit,
        NotEnoughPairs.
        """
        actor = await self.trainer(caller)
        plan.recipe.check()
        release = await self._release(actor, plan)
        worker, base = await self.workshop.fitting(plan.recipe.base)
        if plan.recipe.method not in base.methods:
            raise BaseAway(base.title, f"It trains with {' or '.join(base.methods)} only.")
        expected = await self._estimate(release, plan, worker, base)
        if not expected.fits:
            fix = "Choose QLoRA, a smaller batch, shorter examples or a smaller base."
            raise DoesNotFit(expected.memory_bytes, worker.memory_bytes, fix)
        parent = await self._parent(actor, plan)
        family = parent.family if parent else _family(plan)
        if plan.recipe.objective == "preferences":
            have = await self.opinions.pairs(actor.community, family)
            if have < PAIRS_NEEDED:
                raise NotEnoughPairs(have, PAIRS_NEEDED)
        left = await self.runs.minutes_left(actor.community)
        return CheckedPlan(plan, release, base, expected, left, family, parent)

    async def start(self, caller: Caller, plan: TrainingPlan) -> RunView:
        """Queue a run; raises what `check` raises, TooManyRuns and BudgetSpent."""
        checked = await self.check(caller, plan)
        actor = await self.members.actor(caller)
        run = RunPlan(
            release=checked.release.id,
            recipe=plan.recipe,
            base_title=checked.base.title,
            family=checked.family,
            estimate=checked.estimate,
            parent=checked.parent.id if checked.parent else "",
        )
        return await self.runs.start(actor, run)

    async def trainer(self, caller: Caller) -> Actor:
        """Return the caller as somebody who may train; raises NotAllowed."""
        actor = await self.members.actor(caller)
        allowed = {
            "everybody": True,
            "trainer": actor.is_validator or Role.TRAINER in actor.roles,
            "validator": actor.is_validator,
            "admin": actor.is_admin,
        }
        if not allowed[self.train_role]:
            raise NotAllowed(self.train_role, "train")
        return actor

    async def _release(self, actor: Actor, plan: TrainingPlan) -> ReleaseView:
        net = await self.datanets.show(actor.community, plan.datanet)
        found: Sequence[ReleaseView] = await self.releases.list(actor.community, net.name)
        for release in found:
            if plan.release in (None, release.number):
                return release
        raise NotFound(
            "release", f"{net.name} {plan.release or ''}".strip(), tuple(f"{one.number}" for one in found)
        )

    async def _estimate(
        self, release: ReleaseView, plan: TrainingPlan, worker: WorkerView, base: BaseOffer
    ) -> Estimate:
        items = await self.releases.items(release.id)
        return estimate(plan.recipe, base, worker, texts_of(items))

    async def _parent(self, actor: Actor, plan: TrainingPlan) -> ModelView | None:
        if not plan.continue_from:
            return None
        parent = await self.models.get(actor.community, plan.continue_from)
        if parent.base.lower() != plan.recipe.base.strip().lower():
            fix = f"{parent.name} was trained on {parent.base}, and goes on from there only."
            raise BadValue("base", plan.recipe.base, fix)
        return parent


def _family(plan: TrainingPlan) -> str:
    return plan.name.strip().lower().replace(" ", "-")[:32] or plan.datanet.strip().lower()
