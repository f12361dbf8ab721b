"""The next token of each row, from the logits of a step."""

from collections.abc import Sequence

import torch

from workers.serve.replies import Taste

# Sorting a whole vocabulary takes milliseconds; the likely tokens are nearly always among these.
LIKELY = 128


def noise(taste: Taste, device: torch.device) -> torch.Generator | None:
    """A source of noise for one reply alone, so that neighbours in the batch change nothing."""
    if taste.temperature <= 0:
        return None
    generator = torch.Generator(device)
    if taste.seed is None:
        generator.seed()
    else:
        generator.manual_seed(taste.seed % 2**63)
    return generator


def choose(
    logits: torch.Tensor, tastes: Sequence[Taste], generators: Sequence[torch.Generator | None]
) -> list[int]:
    """One token a row; `logits` is [rows, vocabulary]."""
    chosen: list[int] = logits.argmax(-1).tolist()
    for row, (taste, generator) in enumerate(zip(tastes, generators, strict=True)):
        if generator is not None:
            chosen[row] = _draw(logits[row].float() / taste.temperature, taste.top_p, generator)
    return chosen


def _draw(logits: torch.Tensor, top_p: float, generator: torch.Generator) -> int:
    if top_p >= 1:
        return _pick(torch.softmax(logits, -1), generator)
    total = logits.logsumexp(-1)
    best, ids = logits.topk(min(LIKELY, len(logits)))
    chances = (best - total).exp()
    if float(chances.sum()) < top_p:
        best, ids = logits.sort(descending=True)
        chances = (best - total).exp()
    # A token stays when the mass before it is still short of top_p; the first one always does.
    stays = chances.cumsum(-1) - chances < top_p
    stays[0] = True
    return int(ids[_pick(chances * stays, generator)])


def _pick(chances: torch.Tensor, generator: torch.Generator) -> int:
    waits = torch.empty_like(chances).exponential_(generator=generator)
    return int((chances / waits.clamp_min_(1e-30)).argmax())
