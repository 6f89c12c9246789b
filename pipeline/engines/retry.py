"""When to ask a server again: exponential waits with jitter, and what the server itself asks for."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from random import Random

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a server is tried, in seconds: `timeout` for one attempt, `deadline` for all of them and the waits.

    Waits double from `first_wait` up to `longest_wait`; a wait that the server asks for is never cut short.
    """

    attempts: int = 8
    timeout: float = 600.0
    deadline: float = 3600.0
    first_wait: float = 1.0
    longest_wait: float = 60.0

    def wait(self, attempt: int, random: Random, asked: float = 0.0) -> float:
        """Seconds between attempt number `attempt`, from 1, and the next; `asked` is the server's own wish."""
        most = min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 60))
        # Half of it is drawn, so that clients that failed together don't come back together.
        return asked + most * (1 + random.random()) / 2


def retry_after(header: str | None, now: datetime) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); 0 where it says neither.

    >>> from datetime import UTC
    >>> retry_after("7", datetime.now(UTC)), retry_after("soon", datetime.now(UTC))
    (7.0, 0.0)
    """
    text = (header or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a time zone
        return 0.0
