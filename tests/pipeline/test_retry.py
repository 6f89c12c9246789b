"""Waits between attempts grow, are bounded, drawn from their generator, and never shorter than a server asks for."""

from datetime import UTC, datetime

import pytest

from pipeline.engines.retry import Patience, retry_after
from pipeline.seeding import generator

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


def test_waits_double_up_to_the_longest_and_half_of_each_is_drawn() -> None:
    patience = Patience(first_wait=2.0, longest_wait=10.0)
    for attempt, most in enumerate([2.0, 4.0, 8.0, 10.0, 10.0], start=1):
        waits = [patience.wait(attempt, generator(seed, "retry")) for seed in range(200)]
        assert most / 2 <= min(waits) < most * 0.55
        assert most * 0.95 < max(waits) <= most
    assert patience.wait(10**6, generator(1)) <= 10.0


def test_the_same_generator_waits_alike() -> None:
    assert Patience().wait(3, generator(7, "retry")) == Patience().wait(3, generator(7, "retry"))


def test_what_the_server_asks_for_is_waited_at_least() -> None:
    assert min(Patience(longest_wait=5.0).wait(1, generator(seed), asked=30.0) for seed in range(50)) >= 30.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        (" 120 ", 120),
        ("-5", 0),
        ("1.5", 0),
        ("１２", 0),
        ("9" * 400, 0),
        ("Sat, 21 Nov 2026 13:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 12:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 13:01:30", 0),
        ("Sat, 99 Foo 2026", 0),
    ],
)
def test_a_retry_after_is_read_strictly(header: str | None, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds
