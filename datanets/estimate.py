"""What a run will need, in bytes and seconds, from what the worker measured on some layers of the base.

The epoch is laid out as training will lay it out, with the lengths that are known of the release.
`python -m benchmarks estimate` prints both sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from datanets.epoch import dice_of, held_out
from datanets.facts import BaseOffer, Estimate, Kind, Pace, ReleaseItem, Spelling, WorkerView
from datanets.recipe import Method, Recipe

# Of a file with many examples only the mean is known; lengths in chats spread about it like this.
SPREAD = (0.25, 0.4, 0.55, 0.75, 1.0, 1.4, 2.65)
# What surrounds question and answer in a line of JSON.
ROW_BYTES = 28
# The process with its libraries, before any weight.
PROCESS_BYTES = 560_000_000
# What unpacking 4-bit weights takes beside them, at any size.
UNPACKING_BYTES = 80_000_000
# Layers without an adapter keep no input; with attention alone so much is left of all.
ATTENTION_KEPT = 0.87
# What allocations leave unused between them, for each byte in use.
LOOSE = 1.5
# With dropout each adapted layer makes a mask and keeps it beside its input: so much more memory and time.
MASKED, MASKED_SECONDS = 0.67, 0.5
# A worker may name another precision; it is taken for the widest.
WIDTHS, WIDEST = {"bfloat16": 2, "float16": 2}, 4
# Without a measurement: values kept by a layer, in widths and middles, and the share of a plain matrix
# product's speed that training reaches, on whole weights and on those in 4 bits.
KEPT_WIDTHS, KEPT_MIDDLES = 11, 3
REACHED, REACHED_QUANTISED = 0.35, 0.25
READY_SECONDS = 8.0
# As in the worker: lessons looked at, questions answered before and after, steps between checkpoints.
LOOKED_AT, LOOKS_AN_EPOCH, ANSWERED, SAVE_STEPS = 64, 2, 2 * 48, 10
DISK_BYTES = 3e8


@dataclass(frozen=True)
class Text:
    """One example's characters; a conversation that is too long is cut, prose goes on as another example."""

    contribution: str
    characters: float
    is_prose: bool = False


def texts_of(items: Iterable[ReleaseItem]) -> list[Text]:
    """Return about what training will find in a release, without opening its files."""
    return [text for item in items for text in _texts(item)]


def _texts(item: ReleaseItem) -> list[Text]:
    if item.kind is not Kind.TEXT:
        said = item.context.caption if item.kind is Kind.IMAGE else item.context.transcript
        return [_whole(item, len(said))] if said else []
    if item.format not in {"jsonl", "csv"}:
        return [_whole(item, item.size)]
    around = ROW_BYTES if item.format == "jsonl" else 0
    mean = max(1.0, item.size / item.examples - around)
    if item.examples == 1:
        return [Text(item.contribution, mean)]
    spread = (SPREAD[number % len(SPREAD)] for number in range(item.examples))
    return [Text(item.contribution, mean * times) for times in spread]


def _whole(item: ReleaseItem, size: int) -> Text:
    question = item.context.question
    return Text(item.contribution, size + len(question), is_prose=not question)


def lengths_of(recipe: Recipe, spelling: Spelling, texts: Iterable[Text]) -> list[int]:
    """Return the tokens of every example that training will see."""
    lengths: list[int] = []
    for text in texts:
        tokens = ceil(text.characters / spelling.characters)
        if text.is_prose:
            whole, rest = divmod(tokens + 1, recipe.max_length)
            lengths += [recipe.max_length] * whole + [rest] * (rest > 1)
        else:
            lengths.append(min(recipe.max_length, tokens + spelling.template))
    return lengths


def estimate(recipe: Recipe, base: BaseOffer, worker: WorkerView, texts: Sequence[Text]) -> Estimate:
    """Return the memory at the peak, the time and the steps of a run over some texts."""
    pace = next((one for one in base.paces if one.method == recipe.method), None)
    pace = pace or guessed(recipe.method, base, worker)
    kept_back, trained = _split(recipe, base.spelling, texts)
    shared = base.spelling.shared
    batches = [
        places(recipe, part, shared)
        for epoch in range(recipe.epochs)
        for part in parted(recipe, _shuffled(trained, recipe.seed, epoch))
    ]
    steps = ceil(len(batches) / recipe.epochs / recipe.accumulation) * recipe.epochs
    # On a graphics card only what lies there counts.
    process = 0 if worker.device == "cuda" else PROCESS_BYTES
    kept = max(batches) * pace.kept
    memory = int(memory_needed(recipe, base, worker.precision, kept, process))
    training = sum(pace.batch + pace.token * batch for batch in batches)
    if recipe.dropout:
        training *= 1 + MASKED_SECONDS
    looked = [(kept_back, LOOKS_AN_EPOCH * recipe.epochs + 1), (trained, 2)]
    looking = sum(times * _look(recipe, pace, part[:LOOKED_AT], shared) for part, times in looked)
    saving = ceil(steps / SAVE_STEPS) * 16 * adapter_parameters(recipe, base) / DISK_BYTES
    seconds = pace.ready + training + looking + ANSWERED * pace.answered + saving
    return Estimate(memory_bytes=memory, seconds=seconds, steps=steps, fits=memory < worker.memory_bytes)


def _split(recipe: Recipe, spelling: Spelling, texts: Sequence[Text]) -> tuple[list[int], list[int]]:
    """Lengths of what is held out and of what is trained on, as the worker will part them."""
    by_contribution = len({text.contribution for text in texts}) > 1
    keys = [text.contribution if by_contribution else f"{n}" for n, text in enumerate(texts)]
    held = held_out(keys, recipe.validation, recipe.seed) if recipe.validation and len(texts) > 1 else set()
    kept_back = lengths_of(recipe, spelling, (t for k, t in zip(keys, texts, strict=True) if k in held))
    trained = lengths_of(recipe, spelling, (t for k, t in zip(keys, texts, strict=True) if k not in held))
    return kept_back, trained or [1]


def _shuffled(lengths: Sequence[int], seed: int, epoch: int) -> list[int]:
    order = list(lengths)
    dice_of(seed, epoch).shuffle(order)
    return order


def parted(recipe: Recipe, lengths: Sequence[int]) -> list[Sequence[int]]:
    """Cut examples into batches."""
    return [lengths[at : at + recipe.batch_size] for at in range(0, len(lengths), recipe.batch_size)]


def places(recipe: Recipe, batch: Sequence[int], shared: int) -> int:
    """Return how many tokens a batch computes: end to end the beginning that all share counts once."""
    if not recipe.packing:
        return len(batch) * max(batch)
    once = min(shared, *batch) if len(batch) > 1 and not recipe.dropout else 0
    return sum(batch) - once * (len(batch) - 1)


def memory_needed(
    recipe: Recipe, base: BaseOffer, precision: str, kept: float, process: int = PROCESS_BYTES
) -> float:
    """Return the bytes at the peak when the layers keep `kept` bytes of the largest batch."""
    width = WIDTHS.get(precision, WIDEST)
    embedded = base.vocab * base.hidden
    if recipe.method is Method.QLORA:
        weights = embedded * width + (base.parameters - embedded) * 0.55 + UNPACKING_BYTES
    else:
        weights = base.parameters * width
    # Adapter, its gradient, two moments and the best one so far, all in four bytes.
    adapter = 4 * 5 * adapter_parameters(recipe, base)
    if recipe.targets == "attention":
        kept *= ATTENTION_KEPT
    if recipe.dropout:
        kept *= 1 + MASKED
    logits = 64 * base.vocab * 12
    # Weights are read from a float32 file at worst, beside the form in which they are kept.
    loading = process + weights + 4 * base.parameters
    return max(loading, process + weights + adapter + LOOSE * kept + logits)


def guessed(method: str, base: BaseOffer, worker: WorkerView) -> Pace:
    """Return a pace from the speed of a plain matrix product alone, for a base that nobody practised on."""
    reached = worker.training_flops * (REACHED_QUANTISED if method == Method.QLORA else REACHED)
    # A frozen weight is multiplied twice a token, forward and for the gradient of its input.
    token = 4 * base.parameters / reached
    kept = guessed_kept(base, worker.precision)
    return Pace(method, 0.0, token, 0.0, token / 2, base.layers * 2e-3, READY_SECONDS, kept)


def guessed_kept(base: BaseOffer, precision: str) -> float:
    """Return the bytes that layers of the usual kind keep of a token."""
    width = WIDTHS.get(precision, WIDEST)
    return base.layers * (KEPT_WIDTHS * base.hidden + KEPT_MIDDLES * base.intermediate) * width


def _look(recipe: Recipe, pace: Pace, lengths: Sequence[int], shared: int) -> float:
    return sum(
        pace.look + pace.looked * places(recipe, part, shared)
        for part in parted(recipe, sorted(lengths, reverse=True))
    )


def adapter_parameters(recipe: Recipe, base: BaseOffer) -> int:
    """Trainable numbers: two thin matrices beside every adapted one."""
    attention = 4 * 2 * base.hidden
    middle = 3 * (base.hidden + base.intermediate)
    return recipe.rank * base.layers * (attention + (middle if recipe.targets == "all" else 0))
