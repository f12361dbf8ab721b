"""What a run will need, in bytes and seconds, from the shapes of the base and what the worker measured."""

from math import ceil

from datanets.facts import BaseOffer, Estimate, WorkerView
from datanets.recipe import Method, Recipe

CHARACTERS_A_TOKEN = 4
PROCESS_BYTES = 450_000_000


def tokens_of(size: int) -> int:
    """Return about how many tokens so many bytes of text make."""
    return max(1, size // CHARACTERS_A_TOKEN)


def estimate(recipe: Recipe, base: BaseOffer, worker: WorkerView, *, examples: int, tokens: int) -> Estimate:
    """Return the memory at the peak, the time and the steps of a run over `tokens` tokens in `examples`."""
    kept = min(tokens, examples * recipe.max_length)
    batch = recipe.batch_size * recipe.accumulation
    steps = ceil(examples * (1 - recipe.validation) / batch) * recipe.epochs
    width = 4 if worker.precision == "fp32" else 2
    weights = base.parameters * (0.75 if recipe.method is Method.QLORA else width)
    adapter = recipe.rank * 2 * base.hidden * base.layers * (7 if recipe.targets == "all" else 4)
    longest = min(recipe.max_length, max(64, 2 * kept // max(1, examples)))
    activations = (
        recipe.batch_size * longest * base.layers * (base.hidden * 14 + base.intermediate * 3) * width
    )
    memory = int(PROCESS_BYTES + weights + adapter * 16 + activations)
    seconds = 6 * base.parameters * kept * recipe.epochs / worker.training_flops + 20
    return Estimate(memory_bytes=memory, seconds=seconds, steps=steps, fits=memory < worker.memory_bytes)
