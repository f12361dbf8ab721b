"""One file's way in: held, fetched, known, cleaned, compared, stored, and its review opened."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from datanets.blobs import Blobs
from datanets.database import Database
from datanets.facts import Actor, Context, ContributionState, Kind, Role
from datanets.formats import Note, Sandbox, Why
from datanets.ids import new_id
from datanets.intake import Intake, shown_name
from datanets.quota import QuotaLimits, Quotas
from datanets.refusals import (
    AlreadyHeld,
    BadValue,
    ConsentNeeded,
    DatanetClosed,
    NotFound,
    QuotaSpent,
    RejectedBefore,
    TooBig,
    UnreadableFile,
    WrongKind,
)
from datanets.tables import (
    Community,
    ContributionRow,
    DatanetRow,
    Member,
    NewsRow,
    Quota,
    Reservation,
)

WORDS = b"Bread is older than writing.\n"


@dataclass
class Bytes:
    """An upload of a few bytes; `said` is the size that its sender claims."""

    data: bytes = WORDS
    name: str = "bread.txt"
    said: int | None = -1
    fetched: int = 0
    pause: float = 0.0

    @property
    def size(self) -> int | None:
        return len(self.data) if self.said == -1 else self.said

    async def stream(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.data), 1000) or [0]:
            await asyncio.sleep(self.pause)
            self.fetched += 1
            yield self.data[start : start + 1000]


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, and PostgreSQL where a test asks for both."""
    return request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")


on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(width=1) as opened:
        yield opened


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(str(tmp_path / "blobs"))


@pytest.fixture
async def intake(database: Database, clock, blobs: Blobs, sandbox: Sandbox) -> Intake:
    """An intake with a text datanet `bakery`, an image datanet `birds`, and a closed one."""
    now = clock.now()
    async with database.begin() as session:
        session.add(Community(id="home", name="Home", created_at=now))
        for name in ("ana", "ben", "shy"):
            agreed = {} if name == "shy" else {"consent_version": 1, "consent_at": now}
            session.add(Member(id=name, name=name.title(), locale="en", created_at=now, **agreed))
        await session.flush()
        for name, kind in (("bakery", Kind.TEXT), ("birds", Kind.IMAGE), ("closed", Kind.TEXT)):
            session.add(
                DatanetRow(
                    id=new_id(),
                    community_id="home",
                    owner_id="ana",
                    name=name,
                    kind=kind,
                    description="",
                    rules="",
                    licence="CC0-1.0",
                    is_open=name != "closed",
                    created_at=now,
                )
            )
    quotas = Quotas(database, clock, QuotaLimits(member_bytes=20_000, member_files=20, datanet_bytes=30_000))
    return Intake(database, clock, blobs, quotas, sandbox)


def actor(member: str = "ana") -> Actor:
    return Actor(member, "home", "place", frozenset({Role.VALIDATOR}), member.title())


async def hand_in(intake: Intake, upload: Bytes, member: str = "ana", datanet: str = "bakery"):  # type: ignore[no-untyped-def]
    return await intake.submit(upload, actor=actor(member), datanet=datanet, context=Context())


async def traces(intake: Intake) -> dict[str, int]:
    """Count everything that a file may leave behind."""
    async with intake.db.read() as session:
        counts = {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table))
            for table in (ContributionRow, NewsRow, Reservation)
        }
        spent = (await session.execute(select(func.sum(Quota.bytes), func.sum(Quota.files)))).one()
    files = intake.blobs._files.find(str(intake.blobs._root))
    return {**counts, "bytes": spent[0] or 0, "files": spent[1] or 0, "blobs": len(files)}


NOTHING = {"contributions": 0, "news": 0, "reservations": 0, "bytes": 0, "files": 0, "blobs": 0}
ONE = {
    "contributions": 1,
    "news": 1,
    "reservations": 0,
    "bytes": 2 * len(WORDS),
    "files": 2,
    "blobs": 1,
}


@on_both
async def test_a_file_opens_its_review_and_says_what_is_left(intake: Intake) -> None:
    context = Context(caption=" a\u202e caption ", source="my own")
    receipt = await intake.submit(
        Bytes(WORDS, "../old \u202ebread.txt"), actor=actor(), datanet="Bakery", context=context
    )

    view = receipt.contribution
    assert (view.state, view.format, view.name) == (ContributionState.PENDING, "txt", "old bread.txt")
    assert (view.author, view.datanet, view.size) == ("ana", "bakery", len(WORDS))
    assert view.context == Context(caption="a caption", source="my own")
    assert view.excerpt == WORDS.decode()
    assert await intake.blobs.read(view.digest) == WORDS
    assert (receipt.quota.files_left, receipt.quota.bytes_left) == (19, 20_000 - len(WORDS))
    assert not receipt.again
    assert await traces(intake) == ONE


async def test_the_same_bytes_from_the_same_member_get_the_first_receipt(intake: Intake) -> None:
    first = await hand_in(intake, Bytes())
    again = await hand_in(intake, Bytes(name="other.txt"))

    assert again.again
    assert again.contribution == first.contribution
    assert again.quota == first.quota
    assert await traces(intake) == ONE


async def test_the_same_bytes_from_another_member_are_held_already(intake: Intake) -> None:
    await hand_in(intake, Bytes())
    with pytest.raises(AlreadyHeld) as refusal:
        await hand_in(intake, Bytes(), "ben")

    assert refusal.value.datanet == "bakery"
    assert await traces(intake) == ONE


@pytest.mark.parametrize("state", [ContributionState.REJECTED, ContributionState.REVOKED])
async def test_what_was_turned_down_is_not_thrown_again(intake: Intake, state: ContributionState) -> None:
    first = await hand_in(intake, Bytes())
    async with intake.db.begin() as session:
        await session.execute(update(ContributionRow).values(state=state))

    with pytest.raises(RejectedBefore) as refusal:
        await hand_in(intake, Bytes())
    assert refusal.value.contribution == first.contribution.id
    assert await traces(intake) == ONE
    assert not (await hand_in(intake, Bytes(), "ben")).again


async def test_what_was_withdrawn_may_come_again(intake: Intake) -> None:
    first = await hand_in(intake, Bytes())
    async with intake.db.begin() as session:
        await session.execute(update(ContributionRow).values(state=ContributionState.WITHDRAWN))

    assert (await hand_in(intake, Bytes())).contribution.id != first.contribution.id


async def test_a_near_copy_is_taken_and_flagged(intake: Intake) -> None:
    prose = "".join(f"The oven of Brambleholm number {n} was lit in the year {1800 + n}. " for n in range(20))
    first = await hand_in(intake, Bytes(prose.encode()))
    second = await hand_in(intake, Bytes(prose.upper().encode() + b"And more."), "ben")
    other = await hand_in(intake, Bytes(b"Sourdough needs a great deal of patience. " * 20), "ben")

    assert [r.contribution.is_near_duplicate for r in (first, second, other)] == [False, True, False]
    async with intake.db.read() as session:
        row = await session.get_one(ContributionRow, second.contribution.id)
    assert row.near_duplicate_of == first.contribution.id


async def test_bytes_that_clean_to_a_held_copy_share_its_blob(intake: Intake) -> None:
    await hand_in(intake, Bytes(b"one\n"))
    second = await hand_in(intake, Bytes(b"one\r\n"), "ben")

    assert second.contribution.is_near_duplicate
    assert second.contribution.notes == (Note.LINE_ENDS_CHANGED,)
    assert (await traces(intake))["blobs"] == 1


REFUSED = [
    (Bytes(WORDS), "ana", "birds", WrongKind),
    (Bytes(b"PK\3\4"), "ana", "bakery", UnreadableFile),
    (Bytes(b""), "ana", "bakery", UnreadableFile),
    (Bytes(b"x" * 20_001), "ana", "bakery", TooBig),
    (Bytes(b"x" * 20_001, said=5), "ana", "bakery", TooBig),
    (Bytes(b"x" * 20_001, said=None), "ana", "bakery", TooBig),
    (Bytes(WORDS), "ana", "nowhere", NotFound),
    (Bytes(WORDS), "ana", "closed", DatanetClosed),
    (Bytes(WORDS), "shy", "bakery", ConsentNeeded),
]


@on_both
@pytest.mark.parametrize(
    ("upload", "member", "datanet", "refusal"), REFUSED, ids=lambda value: str(value)[:20]
)
async def test_a_refused_file_leaves_no_trace(intake: Intake, upload, member, datanet, refusal) -> None:
    with pytest.raises(refusal):
        await hand_in(intake, replace(upload), member, datanet)

    assert await traces(intake) == NOTHING


async def test_nothing_is_fetched_that_the_quota_has_no_room_for(intake: Intake) -> None:
    await hand_in(intake, Bytes(b"x" * 19_000))
    upload = Bytes(b"y" * 1_001)
    with pytest.raises(QuotaSpent) as refusal:
        await hand_in(intake, upload)

    assert (refusal.value.limit, refusal.value.left, upload.fetched) == ("member_bytes", 1_000, 0)


async def test_a_sender_who_lies_about_the_size_pays_for_the_real_one(intake: Intake) -> None:
    small = await hand_in(intake, Bytes(b"a" * 3_000, said=10))
    large = await hand_in(intake, Bytes(b"b" * 1_000, said=9_000))
    unsaid = await hand_in(intake, Bytes(b"c" * 2_500, said=None))

    assert [r.quota.bytes_left for r in (small, large, unsaid)] == [17_000, 16_000, 13_500]


async def test_a_lie_about_the_size_is_cut_off_where_the_quota_ends(intake: Intake) -> None:
    await hand_in(intake, Bytes(b"a" * 18_000))
    upload = Bytes(b"b" * 15_000, said=10)
    with pytest.raises(QuotaSpent):
        await hand_in(intake, upload)

    assert upload.fetched == 3
    assert (await intake.quotas.left("ana")).bytes_left == 2_000


async def test_a_datanet_fills_up_for_everybody(intake: Intake) -> None:
    await hand_in(intake, Bytes(b"x" * 19_000))
    with pytest.raises(QuotaSpent) as refusal:
        await hand_in(intake, Bytes(b"y" * 12_000), "ben")

    assert (refusal.value.limit, refusal.value.left) == ("datanet_bytes", 11_000)
    assert (await intake.quotas.left("ben")).bytes_left == 20_000


@on_both
async def test_a_hundred_files_at_once_leave_exactly_twenty(intake: Intake) -> None:
    uploads = (hand_in(intake, Bytes(json.dumps({"question": f"Who is {n}?"}).encode())) for n in range(100))
    ends = await asyncio.gather(*uploads, return_exceptions=True)

    refused = Counter(end.limit for end in ends if isinstance(end, QuotaSpent))
    assert refused == {"member_files": 80}
    left = await traces(intake)
    assert (left["contributions"], left["news"], left["blobs"], left["reservations"]) == (20, 20, 20, 0)


@on_both
async def test_the_same_bytes_at_once_are_held_once(intake: Intake) -> None:
    ends = await asyncio.gather(*(hand_in(intake, Bytes()) for _ in range(5)))
    rivals = await asyncio.gather(
        *(hand_in(intake, Bytes(b"tea", "tea.txt"), member) for member in ("ana", "ben")),
        return_exceptions=True,
    )

    assert len({end.contribution.id for end in ends}) == 1
    assert sum(end.again for end in ends) == 4
    assert sum(isinstance(end, AlreadyHeld) for end in rivals) == 1
    assert await traces(intake) == {
        "contributions": 2,
        "news": 2,
        "reservations": 0,
        "bytes": 2 * (len(WORDS) + 3),
        "files": 4,
        "blobs": 2,
    }


async def test_a_platform_that_never_delivers_is_not_waited_for(intake: Intake) -> None:
    impatient = replace(intake, patience=0.1)
    with pytest.raises(UnreadableFile) as refusal:
        await hand_in(impatient, Bytes(WORDS, pause=30))

    assert refusal.value.why == Why.NOT_ARRIVED
    assert await traces(intake) == NOTHING


async def test_an_upload_that_is_called_off_leaves_no_trace(intake: Intake) -> None:
    upload = Bytes(b"x" * 5_000, pause=0.05)
    task = asyncio.create_task(hand_in(intake, upload))
    while upload.fetched < 2:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await traces(intake) == NOTHING


@on_both
async def test_a_failure_after_storing_takes_the_blob_back(intake: Intake) -> None:
    """The quota of the day is cut to nothing between reservation and commit."""
    slow = Bytes(b"x" * 3_000, pause=0.05)
    task = asyncio.create_task(hand_in(intake, slow))
    while slow.fetched < 1:
        await asyncio.sleep(0.01)
    intake.clock.advance(minutes=11)
    await intake.quotas.sweep()
    await intake.quotas.reserve("ana", "bakery", 19_000)
    with pytest.raises(QuotaSpent):
        await task

    left = await traces(intake)
    assert (left["contributions"], left["blobs"], left["bytes"]) == (0, 0, 38_000)


async def test_context_has_a_length(intake: Intake) -> None:
    with pytest.raises(BadValue) as refusal:
        await intake.submit(Bytes(), actor=actor(), datanet="bakery", context=Context(caption="x" * 20_001))

    assert refusal.value.field == "caption"
    assert await traces(intake) == NOTHING


async def test_another_community_sees_nothing_of_a_datanet(intake: Intake) -> None:
    stranger = replace(actor(), community="elsewhere")
    with pytest.raises(NotFound) as refusal:
        await intake.submit(Bytes(), actor=stranger, datanet="bakery", context=Context())

    assert refusal.value.close == ()
    assert await traces(intake) == NOTHING


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\ana\\cv.pdf", "cv.pdf"),
        ("../../etc/passwd", "passwd"),
        ("exe.\u202etxt", "exe.txt"),
        ("a\nb\0.md", "ab.md"),
        ("", "unnamed"),
        ("x" * 300 + ".wav", "x" * 96 + ".wav"),
    ],
)
def test_a_senders_file_name_is_only_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown
