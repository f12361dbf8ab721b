"""Whether the best passages answer a question at all: a small logistic model over relative measures."""

import math
from collections.abc import Mapping

# Fitted by `python -m benchmarks calibrate` on books that had taught the reader nothing, each with the
# same say; the bias keeps 89 of 100 questions that they answer. `Shelf` takes the measures.
WORDS = {
    "bias": -4.4262,
    "words": 0.6145,
    "unknown": -2.8932,
    "covered": 3.4151,
    "length": 2.0168,
}
# With embeddings.
SENSE = {
    "bias": -6.1343,
    "words": 0.1194,
    "unknown": -2.6517,
    "covered": 3.6772,
    "length": 1.1612,
    "apart": 9.0712,
    "like": 4.466,
}
# With a reader too.
READ = {
    "bias": -1.2949,
    "unknown": -2.1828,
    "covered": 1.7503,
    "length": 0.3556,
    "apart": 7.1198,
    "read": 0.4754,
}


def confidence(features: Mapping[str, float]) -> float:
    """Return from 0 to 1 how sure it is that the passages answer; at 0.5 an answer is given."""
    weights = READ if "read" in features else SENSE if "like" in features else WORDS
    total = weights["bias"] + sum(
        weight * features[name] for name, weight in weights.items() if name != "bias"
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
