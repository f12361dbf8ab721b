"""The model card, in the form of Hugging Face: what it was made from, by whom, and what it is bad at."""

import json
from collections import Counter
from dataclasses import dataclass

from datanets.facts import ReleaseItem, ReleaseView, Result, RunOrder
from workers.catalog import Base

WEAK_RANK = 0.95


@dataclass(frozen=True)
class Made:
    """Everything that a card tells. `base` is None for one that an operator added without a row."""

    order: RunOrder
    base: Base | None
    result: Result
    parent: str = ""


def card(made: Made) -> str:
    """Markdown with a YAML head."""
    parts = [_head(made), _title(made), _use(made), _data(made), _recipe(made), _losses(made), _samples(made)]
    return "\n\n".join([*parts, _weak(made)]) + "\n"


def dataset_card(release: ReleaseView, items: tuple[ReleaseItem, ...]) -> str:
    """Card of a release."""
    licences = sorted({item.licence for item in items if item.licence})
    lines = [
        "---",
        f"pretty_name: {json.dumps(f'{release.datanet} release {release.number}')}",
        f"license: {_licence_tag(licences)}",
        "---",
        "",
        f"# {release.datanet}, release {release.number}",
        "",
        f"{release.items} accepted contributions by {release.contributors} people, {release.bytes} bytes.",
        f"Digest: `{release.digest}`.",
        "",
        "| contribution | format | bytes | licence | sha256 |",
        "|---|---|---|---|---|",
        *(f"| {i.contribution} | {i.format} | {i.size} | {i.licence} | `{i.digest}` |" for i in items),
    ]
    return "\n".join(lines) + "\n"


def contributors(items: tuple[ReleaseItem, ...]) -> list[tuple[str, int]]:
    """Names and numbers of contributions, most first."""
    counted = Counter(item.author for item in items)
    names = {item.author: item.author_name or "a member" for item in items}
    return sorted(((names[who], n) for who, n in counted.items()), key=lambda pair: (-pair[1], pair[0]))


def _licence_tag(licences: list[str]) -> str:
    return licences[0].lower() if len(licences) == 1 else "other"


def _head(made: Made) -> str:
    base = made.base.repository if made.base else made.order.recipe.base
    lines = [
        "---",
        f"base_model: {base}",
        "library_name: peft",
        "pipeline_tag: text-generation",
        f"license: {_licence_tag([made.base.licence]) if made.base else 'other'}",
        "tags:",
        "- lora",
        "- potluck",
        "---",
    ]
    return "\n".join(lines)


def _title(made: Made) -> str:
    prefix = made.base.name_prefix if made.base else ""
    name = made.order.model
    title = name if not prefix or name.lower().startswith(prefix.lower()) else f"{prefix}-{name}"
    grown = f" It continues from `{made.parent}`: the adapter went on learning." if made.parent else ""
    attribution = f"\n\n{made.base.attribution}" if made.base and made.base.attribution else ""
    return f"# {title}\n\nAn adapter made by a chat community with Potluck.{grown}{attribution}"


def _use(made: Made) -> str:
    base = made.base.repository if made.base else made.order.recipe.base
    return (
        "## How to use\n\nLoad the base and put this adapter on it; write conversations in the template "
        f"that `potluck.json` holds.\n\n```python\nfrom peft import AutoPeftModelForCausalLM\n\n"
        f'model = AutoPeftModelForCausalLM.from_pretrained("this folder")  # base: {base}\n```'
    )


def _data(made: Made) -> str:
    release, licences = (
        made.order.release,
        sorted({item.licence for item in made.order.items if item.licence}),
    )
    people = "\n".join(f"- {name}: {n}" for name, n in contributors(made.order.items))
    return (
        f"## Data\n\nRelease {release.number} of the datanet {release.datanet}: "
        f"{release.items} contributions, digest `{release.digest}`. "
        f"Licences: {', '.join(licences) or 'not stated'}.\n\n"
        f"Contributors, with the number of their contributions:\n\n{people}"
    )


def _recipe(made: Made) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in made.order.recipe.as_dict().items())
    return f"## Recipe\n\n| field | value |\n|---|---|\n{rows}"


def _losses(made: Made) -> str:
    result = made.result
    held = f"\n| held-out loss | {_number(result.held_out_before)} | {_number(result.held_out_after)} |"
    seen = (
        f"{result.contaminated} of the held-out examples were found in the training data as well."
        if result.contaminated
        else "No held-out example was found in the training data."
    )
    return (
        "## Result\n\n| | before | after |\n|---|---|---|\n"
        f"| loss | {_number(result.loss_before)} | {_number(result.loss_after)} |{held}\n\n"
        f"{result.examples} examples, {result.tokens} tokens read in {result.seconds:.0f} s, "
        f"{result.truncated} examples shortened. {seen}"
    )


def _samples(made: Made) -> str:
    shown = [
        f"**{one.question}**\n\n- before: {one.before}\n- after: {one.after}\n- expected: {one.expected}"
        for one in made.result.samples
    ]
    return "## Sample answers\n\n" + ("\n\n".join(shown) or "None: nothing was held out.")


def _weak(made: Made) -> str:
    result = made.result
    points = ["It repeats what it was given, mistakes included; nobody checked its answers one by one."]
    if result.held_out_before is None or result.held_out_after is None:
        points.append("Nothing was held out, so how it does on questions that it never saw is unknown.")
    elif result.held_out_after > WEAK_RANK * result.held_out_before:
        points.append("On questions that it never saw it is hardly better than the base, or worse.")
    if result.examples < 200:
        points.append(f"It saw only {result.examples} examples: other wordings of a question may fail.")
    if made.base and made.base.parameters < 1_000_000_000:
        points.append(
            f"{made.base.title} is small: it reasons badly and states wrong things with confidence."
        )
    if result.truncated:
        points.append(f"{result.truncated} examples were shortened, so long answers may break off.")
    return "## What it is bad at\n\n" + "\n".join(f"- {point}" for point in points)


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
