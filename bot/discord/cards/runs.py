"""Runs, estimates and models."""

from collections.abc import Sequence

import discord

from bot import wording
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, BLUE, GREEN, GREY, RED, add, bar, card, cut, duration, plain, soon
from bot.discord.routing import Live, button, key, view
from bot.languages import tr, trn
from bot.wording import size
from datanets.facts import ModelView, Result, RunState, RunView
from datanets.recipe import Method

STATES: dict[RunState, tuple[str, str, int]] = {
    RunState.QUEUED: ("🕒", "Waiting for a worker", GREY),
    RunState.RUNNING: ("🔥", "Training", AMBER),
    RunState.SUCCEEDED: ("🍽️", "Done", GREEN),
    RunState.FAILED: ("💥", "Failed", RED),
    RunState.STOPPED: ("⏹️", "Stopped", GREY),
}


METHODS = {Method.LORA: "LoRA", Method.QLORA: "QLoRA"}


def run(of: RunView, locale: str, picture: bytes | None = None) -> Shown:
    """The one message of a run: bar, numbers, loss picture, and what can be done now."""
    mark, title, colour = STATES[of.state]
    embed = card(f"{mark} {of.model} · {tr(locale, title)}", _progress(of, locale), colour)
    recipe = of.recipe
    add(embed, locale, "Base", plain(of.base_title))
    add(embed, locale, "Data", f"{of.datanet} r{of.release}")
    add(
        embed,
        locale,
        "Recipe",
        " · ".join(
            (
                f"{METHODS[recipe.method]} {recipe.rank}",
                tr(locale, "rate {rate}", rate=f"{recipe.learning_rate:g}"),
                trn(locale, recipe.epochs, "{n} epoch", "{n} epochs"),
            )
        ),
    )
    numbers = _numbers(of, locale)
    add(embed, locale, "Numbers", numbers, inline=False)
    if of.result is not None:
        add(embed, locale, "Result", result_lines(of.result, locale), inline=False)
        add(embed, locale, "Before and after", samples(of.result, locale), inline=False)
    if of.failure:
        add(embed, locale, "What went wrong", plain(of.failure), inline=False)
    embed.set_footer(text=f"{of.id} · {of.starter_name}")
    shown = Shown(embed=embed, view=_buttons(of, locale))
    if picture is not None:
        shown.picture = picture
        embed.set_image(url="attachment://loss.png")
    return shown


def over(of: RunView, locale: str) -> str:
    """What its starter is told when a run is over, with the next step."""
    mark, title, _ = STATES[of.state]
    said = f"{mark} **{of.model}** · {tr(locale, title)}"
    if of.failure:
        said += f": {plain(cut(of.failure, 300))}"
    if of.result is not None:
        return f"{said}. {tr(locale, 'Talk to it in its thread, or with /chat.')}"
    return f"{said} · {tr(locale, '/run show has the details.')}"


def _progress(of: RunView, locale: str) -> str:
    at = of.progress
    if of.state is RunState.QUEUED:
        return tr(locale, "In the queue since {since}.", since=soon(of.created_at))
    if of.state is RunState.RUNNING:
        line = f"{bar(at.step / at.steps)} {at.step}/{at.steps}" if at.steps else bar(0.0)
        if at.seconds_left is not None:
            line += " · " + tr(locale, "{time} left", time=duration(at.seconds_left))
        # While it trains the title says so already.
        doing = "" if at.stage == "training" else wording.stage(at.stage, locale)
        stage = " · ".join(filter(None, (doing, plain(at.note))))
        if of.stop_requested:
            stage = tr(locale, "Stopping; the best checkpoint is kept.")
        return f"{line}\n-# {stage}" if stage else line
    return ""


def _numbers(of: RunView, locale: str) -> str:
    at = of.progress
    parts = []
    if at.loss is not None:
        parts.append(f"loss **{at.loss:.3f}**")
    if at.held_out_loss is not None:
        parts.append(tr(locale, "held-out loss") + f" **{at.held_out_loss:.3f}**")
    if at.tokens_per_second:
        parts.append(tr(locale, "{count} tokens/s", count=f"{at.tokens_per_second:,.0f}"))
    if at.epoch:
        parts.append(tr(locale, "epoch {epoch}", epoch=f"{at.epoch:.1f}"))
    if at.memory_bytes:
        parts.append(size(at.memory_bytes))
    if of.attempt > 1:
        parts.append(tr(locale, "attempt {number}", number=of.attempt))
    return " · ".join(parts)


def result_lines(of: Result, locale: str) -> str:
    """Losses before and after, and what it took."""
    lines = []
    for name, before, after in (
        ("loss", of.loss_before, of.loss_after),
        ("held-out loss", of.held_out_before, of.held_out_after),
    ):
        if after is not None:
            was = f"{before:.3f} → " if before is not None else ""
            lines.append(f"{tr(locale, name)}: {was}**{after:.3f}**")
    lines.append(
        " · ".join(
            (
                trn(locale, of.examples, "{n} example", "{n} examples"),
                trn(locale, of.tokens, "{n} token", "{n} tokens"),
                duration(of.seconds),
            )
        )
    )
    if of.truncated:
        one, many = "{n} example was cut to length", "{n} examples were cut to length"
        lines.append(trn(locale, of.truncated, one, many))
    return "\n".join([*lines, *map(plain, of.notes)])


def samples(of: Result, locale: str) -> str:
    """A few held-out questions with the answers before and after."""
    return "\n".join(
        f"**{plain(cut(sample.question, 100))}**\n"
        f"{tr(locale, 'before')}: {plain(cut(sample.before, 100))}\n"
        f"{tr(locale, 'after')}: {plain(cut(sample.after, 100))}"
        for sample in of.samples[:3]
    )


def _buttons(of: RunView, locale: str) -> discord.ui.View | None:
    if not of.state.is_over:
        label = tr(locale, "Stopping" if of.stop_requested else "Stop")
        danger = discord.ButtonStyle.danger
        return view(
            button(label, "stop_run", of.id, emoji="⏹️", style=danger, disabled=of.stop_requested),
            button(tr(locale, "Show now"), "show_run", of.id, emoji="🔄"),
        )
    if of.state is RunState.SUCCEEDED or of.result is not None:
        return view(
            button(tr(locale, "Talk to it"), "chat", of.id, emoji="💬", style=discord.ButtonStyle.success),
            button(tr(locale, "Samples and details"), "show_model", of.id),
        )
    return None


def runs(of: Sequence[RunView], locale: str) -> Shown:
    """The latest runs."""
    if not of:
        return Shown(tr(locale, "No run yet. Start one with /finetune."))
    lines = []
    for one in of[:15]:
        mark, title, _ = STATES[one.state]
        share = ""
        if one.state is RunState.RUNNING and one.progress.steps:
            share = f" {one.progress.step / one.progress.steps:.0%}"
        lines.append(
            f"{mark} **{one.model}** · {tr(locale, title)}{share} · {one.datanet} r{one.release}"
            f" · {plain(one.base_title)} · {soon(one.created_at)}"
        )
    return Shown(embed=card(tr(locale, "Runs"), "\n".join(lines)))


def model(of: ModelView, locale: str) -> Shown:
    """One model's card."""
    embed = card(f"🍽️ {of.name}", colour=GREEN)
    add(embed, locale, "Base", plain(of.base_title))
    add(embed, locale, "Data", f"{of.datanet} r{of.release}")
    add(embed, locale, "Owner", plain(of.owner_name))
    add(embed, locale, "Result", result_lines(of.result, locale), inline=False)
    add(embed, locale, "Before and after", samples(of.result, locale), inline=False)
    add(embed, locale, "Received", _opinion(of, locale), inline=False)
    embed.set_footer(text=of.id)
    return Shown(embed=embed, view=model_buttons(of, locale))


def model_buttons(of: ModelView, locale: str) -> discord.ui.View:
    """What can be done with a model."""
    return view(
        button(tr(locale, "Talk to it"), "chat", of.id, emoji="💬", style=discord.ButtonStyle.success),
        button(tr(locale, "Compare"), "compare_with", of.id, emoji="⚖️"),
    )


def _opinion(of: ModelView, locale: str) -> str:
    said = f"👍 {of.likes} · 👎 {of.dislikes}"
    if of.comparisons:
        won = tr(locale, "won {wins} of {all} blind comparisons", wins=of.wins, all=of.comparisons)
        said += f" · {won}"
    return said


def models(of: Sequence[ModelView], locale: str) -> Shown:
    """Every model of a community."""
    if not of:
        return Shown(tr(locale, "No model yet. Train one with /finetune."))
    lines = [
        f"🍽️ **{one.name}** · {plain(one.base_title)} · {one.datanet} r{one.release} · {_opinion(one, locale)}"
        for one in of[:20]
    ]
    pick = discord.ui.Select[discord.ui.View](
        custom_id=key("chat_pick"),
        placeholder=tr(locale, "Talk to …"),
        options=[discord.SelectOption(label=one.name, value=one.id) for one in of[:25]],
    )
    return Shown(embed=card(tr(locale, "Models"), "\n".join(lines), BLUE), view=view(Live(pick)))
