"""Whether the best passages answer a question at all: a small logistic model over relative measures."""

import math
from collections.abc import Mapping

# Fitted by `python -m benchmarks calibrate` on four books (140 to 340 pages, and parts of them with 50 and
# 120 pages), each held out once; the bias keeps 93 of 100 answerable questions. Nothing in it is about a
# book as a whole, such as its size: four books are too few to learn that from.
SEMANTIC = {
    "bias": -4.7157,
    "words": 0.429,
    "unknown": -2.8231,
    "peak": 4.5779,
    "coverage": 1.2966,
}
LEXICAL = {
    "bias": -0.693,
    "words": 0.6382,
    "unknown": -1.8698,
    "coverage": 1.3878,
}


def confidence(features: Mapping[str, float], *, semantic: bool) -> float:
    """Return from 0 to 1 how sure it is that the passages answer; at 0.5 an answer is given."""
    weights = SEMANTIC if semantic else LEXICAL
    total = weights["bias"] + sum(
        weight * features[name] for name, weight in weights.items() if name != "bias"
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
