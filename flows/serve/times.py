"""When scheduled runs start: `--cron` or `--interval`, in a time zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect.schedules import Cron, Interval, Schedule

from pipeline.config import ConfigError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHORTEST = timedelta(seconds=10)
_ANCHOR = datetime(2020, 1, 6)
"""A Monday's midnight: an interval of an hour starts at full hours, of a week on Mondays, whenever serving began."""


def schedule_of(cron: str, interval: str, timezone: str) -> Schedule | None:
    """The schedule of the command line's words; None for neither. Raises ConfigError."""
    if cron and interval:
        raise ConfigError("--cron and --interval: give one of them")
    zone = _zone(timezone)
    if interval:
        return Interval(_duration(interval), anchor_date=_ANCHOR.replace(tzinfo=zone), timezone=zone.key)
    if not cron:
        return None
    try:
        return Cron(cron, timezone=zone.key)
    except ValueError:
        raise ConfigError(
            f"--cron {cron!r}: no cron schedule; give minute, hour, day, month and weekday, such as '0 3 * * *' for "
            "three o'clock at night"
        ) from None


async def next_starts(schedule: Schedule, count: int) -> list[datetime]:
    """The next starts, as the server works them out."""
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

    zone = schedule.timezone
    if schedule.cron is not None:
        dates = CronSchedule(cron=schedule.cron, timezone=zone).get_dates
    else:
        dates = IntervalSchedule(interval=schedule.interval, anchor_date=schedule.anchor_date, timezone=zone).get_dates
    return list(await dates(count, start=datetime.now(UTC)))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"--timezone {name!r}: no time zone; give a name such as UTC or Europe/Vienna") from None


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", text)
    if found is None:
        raise ConfigError(f"--interval {text!r}: give a number and s, m, h, d or w, such as 90m or 1d")
    length = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if length < _SHORTEST:
        raise ConfigError(f"--interval {text}: starting a run takes seconds; give {_SHORTEST.seconds}s or more")
    return length
