"""The order of members: from accepted work only, proven by properties."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datanets.counting import score
from datanets.ledger import shares
from datanets.standing import Award, season_start, standing_key, wilson

START = datetime(2026, 11, 1, tzinfo=UTC)
awards = st.lists(
    st.builds(
        lambda points, hours: Award(points, START + timedelta(hours=hours)),
        st.integers(50, 100),
        st.integers(0, 700),
    ),
    max_size=60,
)


@given(awards, st.integers(50, 100))
def test_one_more_accepted_file_never_lowers_a_place(before: list[Award], points: int) -> None:
    later = Award(points, START + timedelta(days=40))
    assert standing_key([*before, later])[:3] > standing_key(before)[:3]


def test_volume_alone_cannot_lead() -> None:
    spammer = [Award(60, START) for _ in range(300)]
    careful = [Award(95, START) for _ in range(22)]
    assert standing_key(careful) > standing_key(spammer)


def test_the_earlier_of_two_equals_leads() -> None:
    early, late = [Award(90, START)], [Award(90, START + timedelta(hours=1))]
    assert standing_key(early) > standing_key(late)


@given(
    st.integers(1, 10_000),
    st.dictionaries(st.text(min_size=1), st.floats(0.01, 1e6), min_size=1, max_size=40),
)
def test_shares_always_sum_to_the_whole(total: int, weights: dict[str, float]) -> None:
    parts = shares(total, weights)
    assert sum(parts.values()) == total
    assert all(part >= 0 for part in parts.values())


def test_a_split_by_three_is_fair_and_whole() -> None:
    assert sorted(shares(100, {"a": 1, "b": 1, "c": 1}).values()) == [33, 33, 34]


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_interval_holds_the_rate(accepted: int, others: int) -> None:
    low, high = wilson(accepted, accepted + others)
    assert 0 <= low <= high <= 1
    if accepted + others:
        assert low <= accepted / (accepted + others) + 1e-9
        assert high >= accepted / (accepted + others) - 1e-9


def test_the_interval_is_wilsons() -> None:
    # (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) by hand, with p = 0.5, n = 100, z = 1.96.
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_score_is_a_half_to_one_and_half_of_that_for_a_near_duplicate(up: int, down: int) -> None:
    plain, near = score(up, down, near_duplicate=False), score(up, down, near_duplicate=True)
    assert 0.5 <= plain <= 1
    assert near == plain / 2


def test_nine_who_agree_score_one_and_three_of_four_score_three_quarters() -> None:
    scores = [score(up, down, near_duplicate=False) for up, down in ((9, 0), (3, 1), (1, 3), (0, 0))]
    assert scores == [1, 0.75, 0.5, 0.5]


def test_seasons_are_thirty_days_long() -> None:
    start = season_start(datetime(2026, 11, 20, tzinfo=UTC))
    assert season_start(start) == start
    assert season_start(start + timedelta(days=29, hours=23)) == start
    assert season_start(start + timedelta(days=30)) == start + timedelta(days=30)
