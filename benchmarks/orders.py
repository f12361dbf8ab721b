"""Orders for training made from plain pairs of question and answer, without a chat or a database."""

import json
import tempfile
from pathlib import Path

from datanets.blobs import Blobs
from datanets.clock import SystemClock
from datanets.facts import Context, Kind, ReleaseItem, ReleaseView, RunOrder
from datanets.recipe import Recipe


def order_of(
    pairs: list[tuple[str, str]],
    recipe: Recipe,
    blobs: Blobs,
    *,
    run: str = "run",
    attempt: int = 1,
    parent: str = "",
) -> RunOrder:
    """Keep every pair as a contribution of its own and order a run on all of them."""
    items = tuple(_item(number, pair, blobs) for number, pair in enumerate(pairs))
    release = ReleaseView(
        id="release",
        community="community",
        datanet_id="datanet",
        datanet="docs",
        number=1,
        digest="d" * 64,
        items=len(items),
        examples=len(items),
        lessons=len(items),
        bytes=sum(item.size for item in items),
        contributors=1,
        made_by="member",
        created_at=SystemClock().now(),
    )
    return RunOrder(run, attempt, "docs-1", "community", "docs", release, items, recipe, parent)


def _item(number: int, pair: tuple[str, str], blobs: Blobs) -> ReleaseItem:
    import asyncio

    data = json.dumps({"question": pair[0], "answer": pair[1]}).encode()
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        digest = asyncio.run(blobs.keep(Path(file.name)))
    return ReleaseItem(
        contribution=f"c{number}",
        digest=digest,
        kind=Kind.TEXT,
        format="jsonl",
        name=f"{number}.jsonl",
        size=len(data),
        context=Context(),
        author="member",
        author_name="Ana",
        licence="CC-BY-4.0",
    )
