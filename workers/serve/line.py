"""Who is next: members take turns, whatever the number of requests each has waiting."""

from collections import deque
from typing import Generic, Protocol, TypeVar


class Waits(Protocol):
    """Anything that can stand in line; `member` is empty for callers who name nobody."""

    @property
    def member(self) -> str:
        """Whose turn it takes."""


T = TypeVar("T", bound=Waits)


class LineFull(Exception):
    """Nobody else can wait; `member` is set when it is this member's own share that is spent."""

    def __init__(self, member: str, most: int) -> None:
        super().__init__(member, most)
        self.member, self.most = member, most


class Line(Generic[T]):
    """A bounded queue with one lane a member, served in rotation."""

    def __init__(self, most: int, most_each: int, running_each: int) -> None:
        self.most, self.most_each, self.running_each = most, most_each, running_each
        self._lanes: dict[str, deque[T]] = {}

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    def join(self, item: T) -> None:
        """Stand at the end of the member's lane; raises LineFull."""
        if len(self) >= self.most:
            raise LineFull("", self.most)
        lane = self._lanes.setdefault(item.member, deque())
        if item.member and len(lane) >= self.most_each:
            raise LineFull(item.member, self.most_each)
        lane.append(item)

    def leave(self, item: T) -> bool:
        """Take an item out, wherever it stands; False if it is not in line."""
        lane = self._lanes.get(item.member, deque())
        if item not in lane:
            return False
        lane.remove(item)
        self._sweep(item.member)
        return True

    def next(self, running: dict[str, int]) -> T | None:
        """The first of the member whose turn it is; `running` counts the rows each one holds."""
        for member in self._lanes:
            if member and running.get(member, 0) >= self.running_each:
                continue
            lane = self._lanes.pop(member)
            item = lane.popleft()
            if lane:
                # The member goes to the back, so that one long lane cannot hold up the others.
                self._lanes[member] = lane
            return item
        return None

    def everybody(self) -> list[T]:
        """All who wait."""
        return [item for lane in self._lanes.values() for item in lane]

    def _sweep(self, member: str) -> None:
        if not self._lanes[member]:
            del self._lanes[member]
