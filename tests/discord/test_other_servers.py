"""Any server that speaks as Discord can stand in Discord's place; the settings alone lead there."""

import pytest

from bot.config import versioned
from tests.discord.conftest import Kitchen
from tests.discord.test_training import finished, started
from tests.servers.discord import File, text_of
from tests.servers.discord_oddities import Oddities

UP = "👍"
NOBODY = "ws://127.0.0.1:9/gateway"
FEW_ROUTES = (
    r"GET /applications/|GET /gateway|/users/@me/channels|GET /guilds/|typing$|DELETE .*/reactions/"
    r"|GET /channels/\d+/messages/\d+$"
)

ODD = {
    "an address without a version, text frames, labelled answers": Oddities(
        told="/api/", frames="text", json="application/json; charset=utf-8"
    ),
    "behind a prefix, binary frames": Oddities(
        path="/proxy/discord/api/v10", query="?v=10&encoding=json", frames="binary"
    ),
    "a bare host, frames in pieces, no word of rights or limits": Oddities(
        told="", frames="pieces", has_rights=False, gateway={"url": NOBODY}
    ),
    "bare events": Oddities(is_bare=True, is_mute=True),
    "few routes": Oddities(absent=FEW_ROUTES),
}


@pytest.fixture
def odd(request: pytest.FixtureRequest) -> Oddities:
    """One way to be odd."""
    return ODD[request.param] if isinstance(request.param, str) else request.param


@pytest.mark.parametrize("odd", ODD, indirect=True)
async def test_an_evening_passes_on_a_server_that_is_odd(kitchen: Kitchen) -> None:
    voters = [kitchen.validator(name) for name in ("Vera", "Viktor", "Vito")]
    await kitchen.net()
    card = await kitchen.card(kitchen.person("Ana"), "Robins sing at dawn. " * 20)
    await voters[0].react(card, UP)
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    await voters[0].unreact(card, UP)
    await kitchen.server.until(lambda: f"{UP} **0**" in text_of(card))
    for voter in voters[:2]:
        await voter.react(card, UP)
    await voters[2].click(card, "Accept")
    await kitchen.server.until(lambda: "Accepted" in text_of(card))
    form = await kitchen.person("Ben").slash("contribute", kitchen.general, datanet="birds")
    done = await kitchen.person("Ben").submit(form, {"files": [File("a.md", b"# Larks")], "consent": True})
    await done.until(lambda a: "Thank you" in a.text)
    # That answer is odd on purpose, so Discord's description is not asked about it.
    record = kitchen.server.record
    record.requests = [call for call in record.requests if call["path"] != "/gateway/bot"]


@pytest.mark.parametrize("odd", [Oddities(is_bare=True, absent=FEW_ROUTES)], indirect=True, ids=["bare"])
async def test_a_run_is_shown_on_a_server_that_is_odd(kitchen: Kitchen) -> None:
    _, message = await started(kitchen)
    await finished(kitchen)
    await kitchen.server.until(lambda: "Done" in text_of(message))
    await kitchen.server.until(lambda: kitchen.server.world.threads_of(kitchen.guild["id"]))


@pytest.mark.parametrize(
    "odd",
    [Oddities(resume_at=NOBODY), Oddities(resume_at="wss://gateway-elsewhere.invalid/")],
    indirect=True,
    ids=["nobody there", "another host"],
)
async def test_a_session_goes_on_wherever_ready_says_that_it_is_resumed(kitchen: Kitchen) -> None:
    gateway = kitchen.server.gateway
    before = (gateway.resumes, gateway.identifies)
    await gateway.cut_all()
    await kitchen.server.until(lambda: (gateway.resumes, gateway.identifies) != before, 20)
    quota = await kitchen.person("Ana").slash("quota", kitchen.general)
    await quota.until(lambda a: "20 of 20" in a.text)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("http://h:1", "http://h:1/api/v10"),
        ("http://h:1/", "http://h:1/api/v10"),
        ("http://h:1/api/", "http://h:1/api/v10"),
        ("http://h:1/api/v10/", "http://h:1/api/v10"),
        ("http://h:1/x/y", "http://h:1/x/y"),
    ],
)
def test_an_address_of_the_api_is_completed(told: str, meant: str) -> None:
    assert versioned(told) == meant
