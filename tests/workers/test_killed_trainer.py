"""kill -9 of the training process at twenty random steps of one run: it ends as one that nobody killed."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from benchmarks.tiny import TINY, save_tiny
from tests.workers.training import ROOT

LLAMA = next(tiny for tiny in TINY if tiny.family == "llama")
KILLS, STEPS = 20, 84
# Losses are those of the same numbers in the same order; the bound on the adapter is 1e-5.
LOSS_TOLERANCE, ADAPTER_TOLERANCE = 1e-6, 1e-5


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_a_run_killed_at_twenty_random_steps_ends_like_one_that_was_not(method: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("POTLUCK_TEST_SEED") or random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"POTLUCK_TEST_SEED={seed}\n")
    kills = sorted(random.Random(seed).sample(range(1, STEPS - 3), KILLS))
    save_tiny(LLAMA, tmp_path / "bases" / "tiny")
    script = Path(__file__).with_name("forking_trainer.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path, method, str(seed), *map(str, kills)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    whole, *killed = (json.loads(line) for line in done.stdout.splitlines())
    assert whole["ended"] == 0
    assert [one["ended"] for one in killed] == [-signal.SIGKILL] * KILLS + [0]
    expected = {(step, held_out is None): (loss, held_out) for step, loss, held_out in whole["points"]}
    assert max(step for step, _ in expected) == STEPS
    seen = set()
    for one in killed:
        for step, loss, held_out in one["points"]:
            assert (loss, held_out) == pytest.approx(expected[step, held_out is None], abs=LOSS_TOLERANCE)
            seen.add((step, held_out is None))
    assert seen == set(expected)
    ours, theirs = (load_file(tmp_path / run / "adapter_model.safetensors") for run in ("whole", "killed"))
    assert ours.keys() == theirs.keys()
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) <= ADAPTER_TOLERANCE
