"""The one thread that runs a base: reads prompts, grows all replies together, one token a step."""

import asyncio
import inspect
import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch

from workers.serve.head import Head
from workers.serve.line import Line
from workers.serve.replies import Limits, Order, Piece, Reply
from workers.serve.rows import Rows
from workers.serve.sampling import choose, noise
from workers.serve.shelf import Shelf, Turn
from workers.serve.stack import Stack
from workers.serve.text import TextStream

log = logging.getLogger(__name__)

# Prompts that an earlier turn shares up to places this near are read together from the first of them.
NEAR = 16
# Tokens of prompts that are read in one pass: more are no quicker, and all their readers would wait.
MOST_TOGETHER = 512


@dataclass(eq=False)
class Row:
    """A reply that holds a row: all its tokens, and how many of them the row's memory has."""

    reply: Reply
    tokens: list[int]
    held: int
    reused: int
    text: TextStream
    generator: torch.Generator | None

    @property
    def made(self) -> int:
        """Tokens of the reply so far."""
        return len(self.tokens) - len(self.reply.order.tokens)


class Engine:
    """Continuous batching: replies join between two steps and leave the moment they are over.

    `submit` and `cancel` may be called from any thread; everything else happens in the engine's own.
    The replies hold rows 0, 1, 2 … without gaps; those whose prompts are being read come after them.
    """

    def __init__(self, model: Any, tokenizer: Any, ends: frozenset[int], limits: Limits) -> None:
        self.limits = limits
        self._model, self._tokenizer, self._ends = model, tokenizer, ends
        # BLOOM counts its positions itself, from the mask.
        self._takes_positions = "position_ids" in inspect.signature(model.forward).parameters
        self._cache = Rows(model.config.num_hidden_layers, limits.rows, limits.context)
        self._head = Head(model)
        self._stack = Stack(model, limits.rows, self._cache.span)
        self._shelf = Shelf(limits.shelf_bytes)
        self._line: Line[Reply] = Line(limits.waiting, limits.waiting_each, limits.rows_each)
        self._rows: list[Row] = []
        self._reading: list[Row] = []
        self._wake = threading.Condition()
        self._stopping = False
        self._outbox: list[tuple[Reply, Piece | Exception]] = []
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, order: Order) -> Reply:
        """Stand in line for a row; raises LineFull. Must be called on the reader's event loop."""
        reply = Reply(order, asyncio.get_running_loop())
        with self._wake:
            self._line.join(reply)
            self._wake.notify()
        return reply

    def cancel(self, reply: Reply) -> None:
        """Nobody reads this reply any more; its row is free at the next step."""
        with self._wake:
            reply.cancelled = True
            self._line.leave(reply)
            self._wake.notify()

    def load(self) -> tuple[int, int]:
        """Rows in use and replies in line."""
        return len(self._rows) + len(self._reading), len(self._line)

    def stop(self) -> None:
        """End the thread; replies under way are dropped."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    # --- the engine's thread -------------------------------------------------------------------------
    @torch.inference_mode()
    def _run(self) -> None:
        # A thread takes torch's number of the moment, and another engine may just have lowered it.
        if self.limits.threads:
            torch.set_num_threads(self.limits.threads)
        while self._wait_for_work():
            try:
                self._drop_the_cancelled()
                self._read_prompts()
                self._grow()
            except Exception as problem:
                # One bad step must not end the server; whoever was in it is told.
                log.exception("a step failed")
                self._fail_everybody(problem)
            self._send()

    def _wait_for_work(self) -> bool:
        with self._wake:
            while not (self._stopping or self._rows or self._reading or len(self._line)):
                self._wake.wait()
            return not self._stopping

    def _drop_the_cancelled(self) -> None:
        now = time.monotonic()
        with self._wake:
            late = [reply for reply in self._line.everybody() if reply.order.deadline < now]
            for reply in late:
                self._line.leave(reply)
        self._outbox += [(reply, Piece("", "deadline")) for reply in late]
        for index in range(len(self._reading) - 1, -1, -1):
            row = self._reading[index]
            if row.reply.cancelled or row.reply.order.deadline < now:
                self._outbox.append((row.reply, Piece("", "deadline")))
                self._stop_reading(index)
        for place in range(len(self._rows) - 1, -1, -1):
            row = self._rows[place]
            if row.reply.cancelled:
                self._leave(place)
            elif row.reply.order.deadline < now:
                self._end(place, row.text.finish(), "deadline")

    def _read_prompts(self) -> None:
        """Read waiting prompts, as much of them as the others can wait for, short ones side by side."""
        budget = self.limits.chunk if self._rows else self.limits.context
        while budget > 0:
            group, start = self._together(budget)
            if not group:
                return
            pieces = [row.tokens[start : start + budget] for row in group]
            budget -= len(group) * max(map(len, pieces))
            self._cache.span.read(len(self._rows), len(group), start)
            logits = self._forward(pieces, start)
            for row, piece in zip(group, pieces, strict=True):
                row.held = start + len(piece)
            if group[0].held < len(group[0].tokens):
                return
            del self._reading[: len(group)]
            first = len(self._rows)
            self._rows += group
            chosen = choose(
                logits, [row.reply.order.taste for row in group], [row.generator for row in group]
            )
            for index in range(len(group) - 1, -1, -1):
                self._add(first + index, chosen[index])
            self._send()

    def _together(self, budget: int) -> tuple[list[Row], int]:
        """The prompts to be read in one pass, and the place from where all of them are.

        Only the first one may be longer than the budget; it is then alone. Filling never outweighs tokens.
        """
        group: list[Row] = []
        start = longest = 0
        most = min(budget, MOST_TOGETHER)
        while len(group) < len(self._reading) or self._seat_next():
            row = self._reading[len(group)]
            from_here = min(start, row.held) if group else row.held
            until = max(longest, len(row.tokens))
            both = (*group, row)
            far = max(one.held for one in both) - from_here > NEAR
            filled = len(both) * (until - from_here)
            real = sum(len(one.tokens) - from_here for one in both)
            if group and (far or filled > min(most, 2 * real)):
                break
            start, longest = from_here, until
            group.append(row)
        for row in group:
            row.reused = min(row.reused, start)
        return group, start

    def _seat_next(self) -> bool:
        """Give the next one in line a row; False when nobody waits or none is free."""
        place = len(self._rows) + len(self._reading)
        if place >= self.limits.rows:
            return False
        with self._wake:
            reply = self._line.next(Counter(row.reply.member for row in (*self._rows, *self._reading)))
        if reply is None:
            return False
        order = reply.order
        text = TextStream(self._tokenizer, order.stops)
        generator = noise(order.taste, self._model.device)
        row = Row(reply, list(order.tokens), 0, 0, text, generator)
        self._reading.append(row)
        self._stack.seat(place, order.adapter)
        found = self._shelf.longest(order.adapter_id, order.tokens)
        if found:
            kept, row.held = found
            row.reused = row.held
            self._cache.restore(kept, place, row.held)
        return True

    def _grow(self) -> None:
        """One token for every reply that has a row."""
        rows = self._rows
        if not rows:
            return
        held = [row.held for row in rows]
        longest = max(held)
        at = torch.tensor(held)
        self._cache.span.grow(at, longest)
        mask = None if min(held) == longest else torch.arange(longest + 1)[None] <= at[:, None]
        logits = self._forward([row.tokens[-1:] for row in rows], at[:, None], mask)
        chosen = choose(logits, [row.reply.order.taste for row in rows], [row.generator for row in rows])
        for row in rows:
            row.held += 1
        for place in range(len(rows) - 1, -1, -1):
            self._add(place, chosen[place])

    def _forward(
        self, pieces: list[list[int]], start: int | torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Logits after the last token of each row's piece, [rows, vocabulary]; pieces begin at `start`.

        Shorter pieces are filled up behind: no token looks ahead, and what the filling leaves in a row
        lies past its end, where the reply will write.
        """
        device = self._model.device
        lengths = [len(piece) for piece in pieces]
        width = max(lengths)
        tokens = torch.tensor([piece + [0] * (width - len(piece)) for piece in pieces], device=device)
        positions = (start + torch.arange(width)[None]).expand(len(pieces), -1)
        given = {"position_ids": positions.to(device)} if self._takes_positions else {}
        self._head.after(torch.tensor(lengths) - 1)
        made = self._model(
            input_ids=tokens,
            attention_mask=None if mask is None else mask.to(device),
            past_key_values=self._cache,
            use_cache=True,
            **given,
        )
        return made.logits[:, -1]

    def _add(self, place: int, token: int) -> None:
        row = self._rows[place]
        row.tokens.append(token)
        if token in self._ends and not row.reply.order.ignores_ends:
            self._end(place, row.text.finish(), "stop")
            return
        text = row.text.push(token)
        if row.text.stopped:
            self._end(place, text, "stop")
        elif row.made >= row.reply.order.most:
            self._end(place, text + row.text.finish(), "length")
        elif text:
            self._outbox.append((row.reply, Piece(text)))

    def _end(self, place: int, text: str, why: str) -> None:
        row = self._rows[place]
        self._outbox.append((row.reply, Piece(text, why, row.made, row.reused)))
        self._leave(place)

    def _leave(self, place: int) -> None:
        """Free a row: the last reply moves into it, and the prompt that is being read moves up."""
        self._keep(self._rows[place], place)
        last = len(self._rows) - 1
        if place != last:
            self._rows[place] = self._rows[last]
            self._move(last, place, self._rows[place])
        self._rows.pop()
        if self._reading:
            self._reading.insert(0, self._reading.pop())
            self._move(last + len(self._reading), last, self._reading[0])

    def _stop_reading(self, index: int) -> None:
        first, last = len(self._rows), len(self._reading) - 1
        self._keep(self._reading[index], first + index)
        row = self._reading.pop()
        if index != last:
            self._reading[index] = row
            self._move(first + last, first + index, row)

    def _move(self, source: int, target: int, row: Row) -> None:
        self._cache.move(source, target, row.held)
        self._stack.seat(target, row.reply.order.adapter)

    def _keep(self, row: Row, place: int) -> None:
        order = row.reply.order
        turn = Turn(order.adapter_id, row.tokens[: row.held], self._cache.keep(place, row.held))
        self._shelf.put(turn, order.conversation)

    def _fail_everybody(self, problem: Exception) -> None:
        self._outbox += [(row.reply, problem) for row in (*self._rows, *self._reading)]
        self._rows, self._reading = [], []

    def _send(self) -> None:
        outbox, self._outbox = self._outbox, []
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Reply, Piece | Exception]]] = {}
        for reply, piece in outbox:
            by_loop.setdefault(reply.loop, []).append((reply, piece))
        for loop, letters in by_loop.items():
            # A loop that is closed has no readers left.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_deliver, letters)


def _deliver(letters: list[tuple[Reply, Piece | Exception]]) -> None:
    for reply, piece in letters:
        reply.pieces.put_nowait(piece)
