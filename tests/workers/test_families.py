"""Every family, both methods: train, resume, reload, chat."""

from pathlib import Path

import pytest

from benchmarks.families import check
from benchmarks.tiny import MORE, TINY, Tiny
from datanets.recipe import Method

# The experts of DeepSeek V2 cannot be held in 4 bits, so the catalog offers it with LoRA alone.
CASES = [(tiny, method) for tiny in TINY for method in Method] + [(tiny, Method.LORA) for tiny in MORE]


@pytest.mark.slow
@pytest.mark.parametrize(("tiny", "method"), CASES, ids=lambda one: getattr(one, "model_type", str(one)))
def test_a_family_trains_resumes_reloads_and_talks(tiny: Tiny, method: Method, tmp_path: Path) -> None:
    assert check(tiny, method, tmp_path) == dict.fromkeys(("train", "resume", "reload", "chat"), True)
