"""Why a run cannot go on, in sentences that say what to do; the run ends with them and loses nothing."""

import errno


class CannotTrain(Exception):
    """The run ends here for good; the message is shown to the people who wait for it."""


NO_DATA = (
    "The release has nothing to learn from: no text, no caption, no transcript and no row with known "
    "fields. Add contributions with text, then make a new release."
)
ONE_EXAMPLE = (
    "The release holds a single example. A model would only learn it by heart: add at least one more "
    "contribution, then make a new release."
)
ALL_TOO_LONG = (
    "Every question is longer than the recipe's longest example of {length} tokens, so no answer would be "
    "seen. Raise `max_length`, or shorten the questions."
)
NOT_A_NUMBER = (
    "The loss stopped being a number at step {step}. The learning rate of {rate:g} is too high for this "
    "data: try {lower:g}. Nothing was published; the contributions and the release are untouched."
)
DISK_FULL = (
    "The worker's disk is full, so no checkpoint could be written. Free some space in its data folder and "
    "start the run again. Nothing was published; the contributions and the release are untouched."
)
OUT_OF_MEMORY = (
    "The worker ran out of memory at batch size {batch} and length {length}. Halve one of them (gradient "
    "accumulation keeps the batch's effect), or choose QLoRA or a smaller base."
)
OTHER_BASE = (
    "The model to continue from was trained on {parent}, and an adapter fits its own base only. Choose "
    "{parent} as the base, or start afresh on {base}."
)
TOO_FEW_PAIRS = (
    "Preference training needs at least {need} pairs of a better and a worse answer to one question; there "
    "are {have}. Collect more 👍 and 👎 in the model's thread."
)


def is_disk_full(problem: BaseException) -> bool:
    """Whether the system refused to write for lack of space or quota."""
    if isinstance(problem, OSError) and problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    # safetensors reports the system's words inside an error of its own.
    return "No space left on device" in str(problem)


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether memory was asked for that is not there, on the processor or the GPU."""
    said = str(problem).lower()
    return isinstance(problem, MemoryError) or any(
        words in said for words in ("can't allocate memory", "out of memory", "cannot allocate memory")
    )
