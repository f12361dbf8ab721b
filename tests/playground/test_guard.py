"""The page answers its own browser alone."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.guard import Guard


@pytest.fixture
def client() -> TestClient:
    async def line(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    routes = [
        Route("/", lambda _: PlainTextResponse("hello"), methods=["GET", "POST"]),
        WebSocketRoute("/live", line),
    ]
    return TestClient(Guard(Starlette(routes=routes)), base_url="http://127.0.0.1:8080")


def test_its_own_page_may_post(client: TestClient) -> None:
    assert client.post("/", headers={"origin": "http://127.0.0.1:8080"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"host": "evil.example:8080"},
    ],
)
def test_other_sites_may_not(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/", headers=headers).status_code == 403


def test_other_sites_may_not_listen_either(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/live", headers={"origin": "https://evil.example"}),
    ):
        pass
    assert refused.value.code == 4403


def test_every_answer_forbids_foreign_scripts(client: TestClient) -> None:
    answer = client.get("/")

    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
