"""Runs and models: one message edited in place, a bar in text, numbers beside the curve."""

from telegram import InlineKeyboardMarkup

from bot.telegram.buttons import button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words
from bot.wording import duration, size
from datanets.facts import ModelView, Result, RunState, RunView

BAR = 12
MARKS = {
    RunState.QUEUED: "🕓",
    RunState.RUNNING: "🍳",
    RunState.SUCCEEDED: "🎉",
    RunState.FAILED: "💥",
    RunState.STOPPED: "⏹",
}


def run(view: RunView, words: Words, *, sure: bool = False) -> Card:
    """Draw a run as it stands; `sure` asks before it is stopped. Fits the caption of its curve."""
    lines = [f"{MARKS[view.state]} <b>{safe(view.model)}</b> · {words.run_state(view.state)}", _what(view)]
    if view.state is RunState.RUNNING:
        lines += _progress(view, words)
    elif view.state is RunState.QUEUED and view.estimate:
        lines.append(f"≈ {duration(view.estimate.seconds)} · {size(view.estimate.memory_bytes)}")
    if view.result:
        lines += _result(view.result, words)
    if view.failure:
        lines.append(safe(clip(view.failure, 300)))
    return Card("\n".join(lines), _keys(view, words, sure=sure))


def over(view: RunView, words: Words, mention: str) -> str:
    """Say in one line that a run is over; `mention` notifies its starter."""
    phrase = {RunState.SUCCEEDED: "done_run", RunState.FAILED: "run_failed"}.get(view.state, "run_stopped")
    return words(phrase, starter=mention, model=safe(view.model))


def model(view: ModelView, words: Words) -> Card:
    """Draw a model: what it is, what it learned, how to talk to it."""
    lines = [
        f"🤖 <b>{safe(view.name)}</b>",
        f"{safe(view.base_title)} · {safe(view.datanet)} v{view.release} · {safe(clip(view.owner_name, 40))}",
        *_result(view.result, words),
        f"👍 {view.likes} · 👎 {view.dislikes}"
        + (f" · ⚖ {view.wins}/{view.comparisons}" if view.comparisons else ""),
    ]
    lines += [
        f"<blockquote>{safe(clip(sample.question, 120))}\n"
        f"{words.either('before', 'vorher')}: {safe(clip(sample.before, 120))}\n"
        f"{words.either('after', 'nachher')}: {safe(clip(sample.after, 120))}</blockquote>"
        for sample in view.result.samples[:1]
    ]
    keys = keyboard(
        [button(words("talk"), "talk", view.id, style="primary")],
        [button(words("compare"), "cmp", view.id), button(words("train"), "tune", view.id)],
    )
    return Card("\n".join(line for line in lines if line), keys)


def runs(views: tuple[RunView, ...] | list[RunView], words: Words, owner: str) -> Card:
    """List runs, newest first."""
    if not views:
        return Card(words("nothing_here"))
    lines = [
        f"{MARKS[view.state]} <b>{safe(view.model)}</b> · {safe(view.datanet)} v{view.release} · "
        f"{words.run_state(view.state)}"
        for view in views[:10]
    ]
    rows = [[button(view.model, "run", view.id, owner=owner)] for view in views[:5]]
    return Card("\n".join(lines), keyboard(*rows))


def models(views: tuple[ModelView, ...] | list[ModelView], words: Words, owner: str) -> Card:
    """List models, newest first."""
    if not views:
        return Card(words("nothing_here"), keyboard([button(words("train"), "tune", owner=owner)]))
    lines = [
        f"🤖 <b>{safe(view.name)}</b> · {safe(view.base_title)} · {safe(view.datanet)} · "
        f"👍 {view.likes} 👎 {view.dislikes}"
        for view in views[:15]
    ]
    rows = [[button(view.name, "model", view.id, owner=owner)] for view in views[:6]]
    return Card("\n".join(lines), keyboard(*rows))


def _what(view: RunView) -> str:
    method = {"lora": "LoRA", "qlora": "QLoRA"}[view.recipe.method]
    starter = safe(clip(view.starter_name, 40))
    return f"{safe(view.base_title)} · {method} · {safe(view.datanet)} v{view.release} · {starter}"


def _progress(view: RunView, words: Words) -> list[str]:
    now = view.progress
    share = now.step / now.steps if now.steps else 0.0
    full = round(BAR * min(share, 1.0))
    lines = [f"{'▰' * full}{'▱' * (BAR - full)} {share:.0%}"]
    numbers = [f"{words.either('step', 'Schritt')} {now.step}/{now.steps}"]
    if now.loss is not None:
        numbers.append(f"loss {now.loss:.2f}")
    if now.held_out_loss is not None:
        numbers.append(f"{words.either('held out', 'geprüft')} {now.held_out_loss:.2f}")
    if now.tokens_per_second:
        numbers.append(f"{now.tokens_per_second:.0f} tok/s")
    if now.seconds_left is not None:
        numbers.append(
            words.either(f"{duration(now.seconds_left)} left", f"noch {duration(now.seconds_left)}")
        )
    lines.append(" · ".join(numbers))
    if view.stop_requested:
        lines.append(words.either("stopping…", "wird gestoppt…"))
    elif now.note:
        lines.append(safe(clip(now.note, 120)))
    return lines


def _result(result: Result, words: Words) -> list[str]:
    lines = []
    if result.held_out_after is not None and result.held_out_before is not None:
        name = words.either("held-out loss", "geprüfter Verlust")
        lines.append(f"{name} {result.held_out_before:.2f} → <b>{result.held_out_after:.2f}</b>")
    elif result.loss_after is not None and result.loss_before is not None:
        lines.append(f"loss {result.loss_before:.2f} → <b>{result.loss_after:.2f}</b>")
    if result.examples:
        lines.append(
            f"{result.examples} {words.either('examples', 'Beispiele')} · {duration(result.seconds)}"
        )
    lines += [safe(clip(note, 120)) for note in result.notes[:2]]
    return lines


def _keys(view: RunView, words: Words, *, sure: bool) -> InlineKeyboardMarkup | None:
    if view.state.is_over:
        made = view.state is not RunState.FAILED and view.result is not None
        return keyboard([button(words("talk"), "talk", view.id, style="primary")]) if made else None
    if view.stop_requested:
        return None
    if sure:
        return keyboard(
            [
                button(words("stop_sure"), "halt", view.id, 1, style="danger"),
                button(words("back"), "run", view.id),
            ]
        )
    return keyboard([button(words("stop"), "halt", view.id, 0, style="danger")])
