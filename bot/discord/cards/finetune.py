"""The panel of /finetune: everything chosen so far, what it will cost, and what is still to choose."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.desk.finetune import CheckedPlan, FinetuneChoices, TrainingPlan
from bot.discord.answering import Shown
from bot.discord.cards.nets import made_of
from bot.discord.cards.pieces import AMBER, GREEN, add, card, cut, duration, plain
from bot.discord.forms import Filled, Form
from bot.discord.routing import Live, button, key, view
from bot.languages import tr, trn
from bot.wording import size
from datanets.facts import BaseOffer, ReleaseView
from datanets.presets import Preset
from datanets.recipe import FIELDS, Method, Recipe

PRESETS = {
    Preset.TASTE: ("🥄", "Taste", "A minute or two, to see whether it learns at all"),
    Preset.NORMAL: ("🍲", "Normal", "Right for most datanets"),
    Preset.THOROUGH: ("🥘", "Thorough", "Longer, with a bigger adapter"),
}
METHODS = {
    Method.LORA: ("LoRA", "On the base as it is"),
    Method.QLORA: ("QLoRA", "On a base held in 4 bits: less memory, slower"),
}
#: A form holds five parts; what is only on or off shares one of them.
PAGES: tuple[tuple[str, ...], ...] = (
    ("learning_rate", "epochs", "batch_size", "accumulation", "max_length"),
    ("rank", "alpha", "dropout", "targets", "loraplus"),
    ("scheduler", "warmup", "seed", "validation"),
)
SWITCHES_PAGE = 2
#: Field, and its values when it is on and off.
SWITCHES: dict[str, tuple[str, str]] = {
    "packing": ("True", "False"),
    "early_stop": ("True", "False"),
    "dora": ("True", "False"),
    "rslora": ("True", "False"),
    "objective": ("preferences", "answers"),
}


def panel(
    draft: str,
    plan: TrainingPlan,
    choices: FinetuneChoices,
    releases: Sequence[ReleaseView],
    preset: str,
    outcome: CheckedPlan | str,
    locale: str,
) -> Shown:
    """The panel; `outcome` is the checked plan, or why it cannot be started as it is."""
    ready = not isinstance(outcome, str)
    embed = card(
        f"🍳 {tr(locale, 'Train a model on {name}', name=plan.datanet)}", colour=GREEN if ready else AMBER
    )
    if isinstance(outcome, str):
        add(embed, locale, "Not yet", f"⚠️ {outcome}", inline=False)
    else:
        add(embed, locale, "Estimate", estimate(outcome, locale), inline=False)
    if plan.continue_from:
        add(embed, locale, "Goes on from", plain(plan.continue_from))
    add(embed, locale, "Recipe", recipe(plan.recipe, locale), inline=False)
    base = next((one for one in choices.bases if one.id == plan.recipe.base), None)
    if base is not None:
        about = f"**{plain(base.title)}** · {base.licence}"
        add(
            embed, locale, "Base", "\n".join(filter(None, (about, plain(base.attribution), plain(base.note))))
        )
    go = discord.ButtonStyle.success
    return Shown(
        embed=embed,
        view=view(
            *_selects(draft, plan, choices, releases, preset, locale),
            button(tr(locale, "Start"), "ft_start", draft, emoji="🔥", style=go, disabled=not ready, row=4),
            button(tr(locale, "Learning"), "ft_fields", draft, 0, emoji="🎚️", row=4),
            button(tr(locale, "Adapter"), "ft_fields", draft, 1, emoji="🎚️", row=4),
            button(tr(locale, "More"), "ft_fields", draft, SWITCHES_PAGE, emoji="🎚️", row=4),
            button(tr(locale, "Cancel"), "ft_cancel", draft, row=4),
        ),
    )


def estimate(of: CheckedPlan, locale: str) -> str:
    """Time, memory and budget."""
    cost = of.estimate
    lines = [
        f"⏱️ {duration(cost.seconds)} · 💾 {size(cost.memory_bytes)} · "
        + trn(locale, cost.steps, "{n} step", "{n} steps"),
        trn(
            locale,
            of.minutes_left,
            "{n} minute of training is left today",
            "{n} minutes of training are left today",
        ),
    ]
    if cost.note:
        lines.append(plain(cost.note))
    return "\n".join(lines)


def recipe(of: Recipe, locale: str) -> str:
    """Every field that people ask about, in two lines."""
    shown = ("learning_rate", "epochs", "batch_size", "max_length", "rank", "alpha", "dropout", "scheduler")
    values = of.as_dict()
    parts = [f"{tr(locale, FIELDS[name].title)} **{number(values[name])}**" for name in shown]
    on = [tr(locale, FIELDS[name].title) for name, (yes, _) in SWITCHES.items() if str(values[name]) == yes]
    return " · ".join(parts + on)


def number(value: Any) -> str:
    """A value as a form shows it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _selects(
    draft: str,
    plan: TrainingPlan,
    choices: FinetuneChoices,
    releases: Sequence[ReleaseView],
    preset: str,
    locale: str,
) -> list[ui.Item[Any]]:
    chosen = plan.release or max((one.number for one in releases), default=0)
    rows = [
        ("release", "Release", [_release(one, chosen, locale) for one in releases[:25]]),
        ("base", "Base model", [_base(one, plan, locale) for one in _by_family(choices.bases)]),
        (
            "preset",
            "Preset",
            [
                discord.SelectOption(
                    label=tr(locale, title),
                    value=value,
                    emoji=mark,
                    description=tr(locale, text),
                    default=value == preset,
                )
                for value, (mark, title, text) in PRESETS.items()
            ],
        ),
        (
            "method",
            "Method",
            [
                discord.SelectOption(
                    label=title,
                    value=value,
                    description=tr(locale, text),
                    default=value == plan.recipe.method,
                )
                for value, (title, text) in METHODS.items()
            ],
        ),
    ]
    return [
        Live(
            ui.Select[Any](
                custom_id=key("ft_pick", draft, name), placeholder=tr(locale, title), options=options, row=row
            )
        )
        for row, (name, title, options) in enumerate(rows)
        if options
    ]


def _release(of: ReleaseView, chosen: int, locale: str) -> discord.SelectOption:
    return discord.SelectOption(
        label=f"r{of.number}",
        value=str(of.number),
        description=made_of(of, locale),
        default=of.number == chosen,
    )


def _base(of: BaseOffer, plan: TrainingPlan, locale: str) -> discord.SelectOption:
    size_of = f"{of.parameters / 1e6:.0f} M" if of.parameters < 1e9 else f"{of.parameters / 1e9:.1f} B"
    state = "" if of.ready else " · " + tr(locale, "gated" if of.gated else "is fetched first")
    return discord.SelectOption(
        label=cut(f"{of.family} · {of.title}", 100),
        value=of.id[:100],
        description=cut(f"{size_of} · {of.licence}{state}", 100),
        default=of.id == plan.recipe.base,
    )


def _by_family(bases: Sequence[BaseOffer]) -> list[BaseOffer]:
    """Ready ones first, families together; a select holds 25."""
    return sorted(bases, key=lambda one: (not one.ready, one.family, one.parameters))[:25]


def fields(draft: str, page: int, values: Mapping[str, Any], locale: str) -> Form:
    """A form with five fields of the recipe, each with what it does."""
    built = Form(tr(locale, "Recipe"), key("ft_fields", draft, page))
    for name in PAGES[page]:
        field = FIELDS[name]
        title, help_text = tr(locale, field.title), cut(tr(locale, field.help), 100)
        value = values[name]
        if field.choices:
            listed = [(one, one, "") for one in field.choices]
            built.choice(name, title, listed, chosen=str(value), help_text=help_text)
        else:
            built.text(name, title, value=number(value), help_text=help_text, most=20)
    if page == SWITCHES_PAGE:
        options = [
            (name, tr(locale, FIELDS[name].title), tr(locale, FIELDS[name].help), str(values[name]) == yes)
            for name, (yes, _) in SWITCHES.items()
        ]
        built.switches("switches", tr(locale, "Switches"), options)
    return built


def changed(filled: Filled, page: int, usual: Mapping[str, Any]) -> dict[str, str | None]:
    """What a form says about each of its fields; None where that is the preset's value."""
    said = {name: filled.text(name).replace(",", ".") for name in PAGES[page]}
    if page == SWITCHES_PAGE:
        on = filled.picked("switches")
        said |= {name: yes if name in on else no for name, (yes, no) in SWITCHES.items()}
    return {name: None if value == number(usual[name]) else value for name, value in said.items()}
