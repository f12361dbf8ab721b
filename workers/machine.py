"""What this machine computes: precision, threads, memory and speed, measured once at the start."""

import os
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Machine:
    """`flops` are floating-point operations a second of a matrix product."""

    device: str
    precision: str
    threads: int
    memory_bytes: int
    flops: float


def threads_wanted(asked: int = 0) -> int:
    """As many threads as asked for, or as there are cores for this process."""
    return asked or len(os.sched_getaffinity(0))


def probe(threads: int = 0) -> Machine:
    """Measure for about a fifth of a second; sets torch's number of threads."""
    import torch

    wanted = threads_wanted(threads)
    torch.set_num_threads(wanted)
    if torch.cuda.is_available():
        return _gpu(wanted)
    rates = {name: _rate(getattr(torch, name), "cpu") for name in ("float32", "bfloat16")}
    # Without instructions for it, bfloat16 runs a hundred times slower than float32.
    precision = max(rates, key=lambda name: rates[name])
    return Machine("cpu", precision, wanted, psutil.virtual_memory().total, rates[precision])


def _gpu(threads: int) -> Machine:
    import torch

    precision = "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    memory = torch.cuda.get_device_properties(0).total_memory
    rate = _rate(getattr(torch, precision), "cuda")
    return Machine("cuda", precision, threads, memory, rate)


def _rate(dtype: "object", device: str, seconds: float = 0.08) -> float:
    import torch

    a = torch.ones(512, 576, dtype=dtype, device=device)
    b = torch.ones(1536, 576, dtype=dtype, device=device)
    torch.nn.functional.linear(a, b)
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        torch.nn.functional.linear(a, b)
        if device == "cuda":
            torch.cuda.synchronize()
        done += 1
    return 2 * 512 * 576 * 1536 * done / (time.perf_counter() - start)
