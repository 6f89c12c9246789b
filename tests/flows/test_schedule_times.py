"""When scheduled runs start, and what is refused."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest

from flows.serve.times import next_starts, schedule_of
from pipeline.config import ConfigError


def starts(cron: str, interval: str, timezone: str = "UTC") -> list[datetime]:
    schedule = schedule_of(cron, interval, timezone)
    assert schedule is not None
    return asyncio.run(next_starts(schedule, 3))


def test_an_interval_starts_at_full_hours_whenever_serving_began() -> None:
    found = starts("", "2h")
    assert all(start > datetime.now(UTC) and start.hour % 2 == start.minute == start.second == 0 for start in found)
    assert {(b - a).total_seconds() for a, b in itertools.pairwise(found)} == {2 * 3600.0}


def test_days_begin_at_midnight_of_the_time_zone() -> None:
    assert {(start.hour, start.minute) for start in starts("", "1d", "Europe/Vienna")} == {(0, 0)}
    assert {start.weekday() for start in starts("", "1w", "Europe/Vienna")} == {0}


def test_cron_is_by_the_clock_of_the_time_zone() -> None:
    assert {(start.hour, start.minute) for start in starts("30 3 * * *", "", "America/New_York")} == {(3, 30)}


def test_no_schedule_is_one_too() -> None:
    assert schedule_of("", "", "UTC") is None


@pytest.mark.parametrize(
    ("cron", "interval", "timezone", "words"),
    [
        ("* * * * *", "1h", "UTC", "one of them"),
        ("every night", "", "UTC", "three o'clock"),
        ("", "soon", "UTC", "such as 90m"),
        ("", "0h", "UTC", "such as 90m"),
        ("", "1h30m", "UTC", "such as 90m"),
        ("", "5s", "UTC", "10s or more"),
        ("", "1h", "Mars/Olympus", "Europe/Vienna"),
        ("", "1h", "../etc/passwd", "Europe/Vienna"),
    ],
)
def test_what_is_no_schedule_is_refused(cron: str, interval: str, timezone: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        schedule_of(cron, interval, timezone)
