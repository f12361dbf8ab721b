"""The pages of the form that starts a run: presets and steppers, never typed numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot import wording
from bot.desk.finetune import CheckedPlan, TrainingPlan
from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words
from datanets.facts import BaseOffer, DatanetView, ReleaseView
from datanets.presets import Preset
from datanets.recipe import FIELDS, Recipe
from datanets.refusals import Refusal

RUNGS: dict[str, tuple[float, ...]] = {
    "learning_rate": (1e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3),
    "epochs": (1, 2, 3, 4, 6, 8, 12, 20),
    "batch_size": (1, 2, 4, 8, 16, 32),
    "accumulation": (1, 2, 4, 8, 16),
    "max_length": (64, 128, 256, 512, 1024, 2048),
    "rank": (4, 8, 16, 32, 64),
    "alpha": (8, 16, 32, 64, 128),
    "dropout": (0.0, 0.05, 0.1, 0.2),
    "warmup": (0.0, 0.03, 0.05, 0.1),
    "seed": (1, 7, 17, 42),
    "validation": (0.0, 0.05, 0.1, 0.2),
    "loraplus": (0.0, 4.0, 8.0, 16.0),
}
TITLES = {Preset.TASTE: ("🥄 Taste", "🥄 Kosten"), Preset.NORMAL: ("🍲 Normal", "🍲 Normal"),
          Preset.THOROUGH: ("🍖 Thorough", "🍖 Gründlich")}  # fmt: skip


def ladder(name: str, now: Any) -> list[Any]:
    """Return the values that a field's buttons offer, its present one among them."""
    known = FIELDS[name]
    if known.choices:
        return [str(choice) for choice in known.choices]
    read: Any = known.type
    rungs = {read(rung) for rung in RUNGS[name]}
    return sorted(rungs | {now})


def nets(draft: str, views: Sequence[DatanetView], words: Words, owner: str) -> Card:
    """Which datanet to train on; only those with a release."""
    if not views:
        text = words.either(
            "No datanet has a release yet. A validator makes one with /datanet release.",
            "Noch kein Datanet hat ein Release. Ein Validator macht eins mit /datanet release.",
        )
        return Card(text, keyboard([_cancel(draft, words, owner)]))
    rows: list[Row] = [
        [button(f"{view.name} v{view.releases} · {view.accepted}", "ft", draft, "net", view.id, owner=owner)]
        for view in views[:10]
    ]
    title = words.either("Train on which datanet?", "Auf welchem Datanet trainieren?")
    return Card(f"🍳 {title}", keyboard(*rows, [_cancel(draft, words, owner)]))


def bases(draft: str, values: dict[str, Any], offers: Sequence[BaseOffer], words: Words, owner: str) -> Card:
    """Which base model; those that are ready can be pressed."""
    ready = [(number, one) for number, one in enumerate(offers) if one.ready]
    rows: list[Row] = [
        [button(one.title, "ft", draft, "base", number, owner=owner)] for number, one in ready[:12]
    ]
    lines = [
        f"<b>{safe(one.title)}</b> · {safe(one.family)} · {_count(one.parameters)}" for _, one in ready[:12]
    ]
    title = words.either("Which base model?", "Welches Basismodell?")
    steps = [_back(draft, "net", words, owner), _cancel(draft, words, owner)]
    return Card(f"🍳 {safe(values['net'])}\n{title}\n" + "\n".join(lines), keyboard(*rows, steps))


def presets(
    draft: str, values: dict[str, Any], filled: Mapping[Preset, Recipe], words: Words, owner: str
) -> Card:
    """How thorough, with what each preset fills for this release, and LoRA or QLoRA."""
    lines = [f"🍳 {safe(values['net'])} · {safe(values['base'])}"]
    if values.get("parent"):
        lines.append(
            words.either(
                f"goes on from {safe(values['parent'])}", f"macht weiter mit {safe(values['parent'])}"
            )
        )
    for preset, titles in TITLES.items():
        lines.append(f"{words.either(*titles)}: {_shape(filled[preset])}")
    method = str(values.get("method", "lora"))
    row: Row = [
        button(words.either(*titles), "ft", draft, "preset", preset.value, owner=owner)
        for preset, titles in TITLES.items()
    ]
    switch = button(f"🔀 {'QLoRA' if method == 'qlora' else 'LoRA'}", "ft", draft, "method", owner=owner)
    steps = [_back(draft, "base", words, owner), _cancel(draft, words, owner)]
    return Card("\n".join(lines), keyboard(row, [switch], steps))


def plan(draft: str, wanted: TrainingPlan, checked: CheckedPlan | Refusal, words: Words, owner: str) -> Card:
    """The summary with its estimate; what stands in the way replaces the start button."""
    recipe = wanted.recipe
    method = "QLoRA" if recipe.method == "qlora" else "LoRA"
    lines = [
        f"🍳 <b>{safe(wanted.datanet)}</b> · {safe(recipe.base)} · {method}",
        _shape(recipe),
    ]
    rows: list[Row] = []
    if isinstance(checked, Refusal):
        lines.append(f"⚠ {safe(wording.refusal(checked, words.locale))}")
    else:
        cost = checked.estimate
        lines.append(
            f"≈ {wording.duration(cost.seconds)} · {wording.size(cost.memory_bytes)} · {cost.steps} "
            + words.either("steps", "Schritte")
        )
        left = words.either("minutes left today", "Minuten heute übrig")
        lines.append(
            f"{words.either('release', 'Release')} v{checked.release.number}, {checked.release.items} · "
            f"{checked.minutes_left} {left}"
        )
        if cost.note:
            lines.append(safe(clip(cost.note, 200)))
        rows.append([button(words("start_run"), "ft", draft, "go", owner=owner, style="primary")])
    older = words.either("📦 Another release", "📦 Anderes Release")
    rows.append(
        [
            button(words("fields"), "ft", draft, "to", "fields", owner=owner),
            button(older, "ft", draft, "to", "release", owner=owner),
        ]
    )
    steps = [_back(draft, "preset", words, owner), _cancel(draft, words, owner)]
    return Card("\n".join(lines), keyboard(*rows, steps))


def releases(
    draft: str, values: dict[str, Any], views: Sequence[ReleaseView], words: Words, owner: str
) -> Card:
    """Which release of the datanet; the newest unless somebody goes back to an older one."""
    chosen = values.get("release") or (views[0].number if views else None)
    rows: list[Row] = [
        [
            button(
                f"{'• ' if one.number == chosen else ''}v{one.number} · {one.items} · {one.created_at:%d %b}",
                "ft",
                draft,
                "release",
                one.number,
                owner=owner,
            )
        ]
        for one in views[:10]
    ]
    title = words.either("Train on which release?", "Auf welchem Release trainieren?")
    steps = [_back(draft, "plan", words, owner), _cancel(draft, words, owner)]
    return Card(f"📦 <b>{safe(values['net'])}</b>\n{title}", keyboard(*rows, steps))


def fields(draft: str, recipe: Recipe, words: Words, owner: str) -> Card:
    """Every field with its value."""
    buttons = [
        button(f"{known.title} {_value(getattr(recipe, name))}", "ft", draft, "field", name, owner=owner)
        for name, known in FIELDS.items()
    ]
    rows: list[Row] = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    title = words.either("Tap a setting to change it.", "Tippe auf einen Wert, um ihn zu ändern.")
    done = button(words("keep"), "ft", draft, "to", "plan", owner=owner, style="success")
    return Card(f"⚙ {title}", keyboard(*rows, [done, _cancel(draft, words, owner)]))


def field(draft: str, name: str, recipe: Recipe, words: Words, owner: str) -> Card:
    """One field: what it does, a step down and up, and its usual values."""
    known, now = FIELDS[name], getattr(recipe, name)
    values = ladder(name, now)
    shown = [_value(value) for value in values]
    at = shown.index(_value(now)) if _value(now) in shown else 0
    buttons = [
        button(f"• {label} •" if number == at else label, "ft", draft, "set", number, owner=owner)
        for number, label in enumerate(shown)
    ]
    rows: list[Row] = [buttons[first : first + 4] for first in range(0, len(buttons), 4)]
    if not known.choices:
        rows.append(
            [
                button("➖", "ft", draft, "set", max(0, at - 1), owner=owner),
                button("➕", "ft", draft, "set", min(len(values) - 1, at + 1), owner=owner),
            ]
        )
    back = button(words("back"), "ft", draft, "to", "fields", owner=owner)
    text = f"⚙ <b>{safe(known.title)}</b>: {_value(now)}\n{safe(known.help)}"
    return Card(text, keyboard(*rows, [back, _cancel(draft, words, owner)]))


def _shape(recipe: Recipe) -> str:
    return (
        f"{recipe.epochs} × · rank {recipe.rank} · batch {recipe.batch_size} · {recipe.max_length} tokens · "
        f"{recipe.learning_rate:g}"
    )


def _back(draft: str, stage: str, words: Words, owner: str) -> Any:
    return button(words("back"), "ft", draft, "to", stage, owner=owner)


def _cancel(draft: str, words: Words, owner: str) -> Any:
    return button(words("cancel"), "ft", draft, "drop", owner=owner)


def _value(value: Any) -> str:
    if isinstance(value, bool) or str(value) in {"True", "False"}:
        return "on" if str(value) == "True" else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _count(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e6:.0f} M"
