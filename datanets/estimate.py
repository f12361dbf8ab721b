"""What a run will need, in bytes and seconds, from the shapes of the base and what the worker measured.

The constants were fitted to measured runs; `python -m benchmarks estimate` prints both sides.
"""

from math import ceil

from datanets.facts import BaseOffer, Estimate, WorkerView
from datanets.recipe import Method, Recipe

CHARACTERS_A_TOKEN = 4
# The process with its libraries, before any weight.
PROCESS_BYTES = 540_000_000
# Values kept for the backward pass by a layer, for each token, in widths of the model and of its middle.
KEPT_WIDTHS, KEPT_MIDDLES = 21, 3
# Lengths in chats have a long tail: the longest example is about so many times the mean, and the largest
# batch is larger than a mean one by about so many of those.
LONGEST, TAIL = 8, 1.25
# Share of a plain matrix product's speed that training reaches, and what 4-bit weights leave of it.
REACHED, REACHED_QUANTISED = 0.43, 0.29
LOOKED_AT = 64
SET_UP_SECONDS = 6.0
SAMPLED_TOKENS = 2 * 48


def tokens_of(size: int) -> int:
    """Return about how many tokens so many bytes of text make."""
    return max(1, size // CHARACTERS_A_TOKEN)


def estimate(recipe: Recipe, base: BaseOffer, worker: WorkerView, *, examples: int, tokens: int) -> Estimate:
    """Return the memory at the peak, the time and the steps of a run over `tokens` tokens in `examples`."""
    mean = min(recipe.max_length, tokens / examples)
    held_out = min(examples - 1, max(1, round(examples * recipe.validation))) if recipe.validation else 0
    trained = examples - held_out
    batches = ceil(trained / recipe.batch_size)
    steps = ceil(batches / recipe.accumulation) * recipe.epochs
    memory = int(memory_needed(recipe, base, worker.precision, mean))
    seconds = _seconds(recipe, base, worker, mean, trained, held_out)
    return Estimate(memory_bytes=memory, seconds=seconds, steps=steps, fits=memory < worker.memory_bytes)


def memory_needed(recipe: Recipe, base: BaseOffer, precision: str, mean: float) -> float:
    """Return the bytes at the peak when examples have `mean` tokens and every layer's values are kept."""
    width = 4 if precision == "float32" else 2
    embedded = base.vocab * base.hidden
    if recipe.method is Method.QLORA:
        weights = embedded * width + (base.parameters - embedded) * 0.55
    else:
        weights = base.parameters * width
    # Adapter, its gradient, two moments and the best one so far, all in four bytes.
    adapter = 4 * 5 * adapter_parameters(recipe, base)
    largest = min(
        recipe.batch_size * recipe.max_length,
        recipe.batch_size * mean + TAIL * min(recipe.max_length, LONGEST * mean),
    )
    kept = largest * base.layers * (KEPT_WIDTHS * base.hidden + KEPT_MIDDLES * base.intermediate) * width
    logits = 64 * base.vocab * 12
    # Weights are read from a float32 file at worst, beside the form in which they are kept.
    loading = PROCESS_BYTES + weights + 4 * base.parameters
    return max(loading, PROCESS_BYTES + weights + adapter + kept + logits)


def _seconds(
    recipe: Recipe, base: BaseOffer, worker: WorkerView, mean: float, trained: int, held_out: int
) -> float:
    # A frozen weight is multiplied twice a token, forward and for the gradient of its input.
    trained_tokens = trained * mean * recipe.epochs
    looks = 2 * recipe.epochs + 2
    looked_tokens = (min(LOOKED_AT, held_out) * looks + 2 * min(LOOKED_AT, trained)) * mean
    operations = base.parameters * (4 * trained_tokens + 2 * looked_tokens)
    reached = REACHED_QUANTISED if recipe.method is Method.QLORA else REACHED
    return (
        operations / (worker.training_flops * reached) + SET_UP_SECONDS + SAMPLED_TOKENS * base.layers * 2e-3
    )


def adapter_parameters(recipe: Recipe, base: BaseOffer) -> int:
    """Trainable numbers: two thin matrices beside every adapted one."""
    attention = 4 * 2 * base.hidden
    middle = 3 * (base.hidden + base.intermediate)
    return recipe.rank * base.layers * (attention + (middle if recipe.targets == "all" else 0))
