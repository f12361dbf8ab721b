"""Files on their way in: the request's own body, read only when the desk asks for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request


class UploadBroken(Exception):
    """The browser went away before the file was through."""


@dataclass(frozen=True)
class BodyUpload:
    """A request whose body is one file."""

    request: Request

    @property
    def name(self) -> str:
        """The name that the browser gave."""
        return self.request.query_params.get("name", "file")

    @property
    def size(self) -> int | None:
        """The length that the request claims, in bytes."""
        claimed = self.request.headers.get("content-length", "")
        return int(claimed) if claimed.isdecimal() else None

    async def stream(self) -> AsyncIterator[bytes]:
        """Read the body piece by piece."""
        try:
            async for piece in self.request.stream():
                if piece:
                    yield piece
        except ClientDisconnect as error:
            raise UploadBroken from error
