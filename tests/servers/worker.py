"""A worker that says it could train a tiny base; nothing computes behind it."""

from datetime import UTC, datetime

from datanets.facts import BaseOffer, WorkerView

TINY = BaseOffer(
    id="tiny",
    family="Llama",
    title="Tiny Llama",
    licence="apache-2.0",
    gated=False,
    ready=True,
    parameters=10**6,
    layers=2,
    hidden=64,
    intermediate=128,
    vocab=1000,
    context=2048,
    methods=("lora", "qlora"),
)
WORKER = WorkerView("w", "", datetime.min.replace(tzinfo=UTC), "cpu", 8 * 10**9, 10.0**12, "float32", (TINY,))
