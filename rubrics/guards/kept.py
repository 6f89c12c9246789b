"""Measurements of judges in a file: one for each judge and way of asking, the last one of each."""

import msgspec

from pipeline.store.files import read_whole, write_whole
from rubrics.guards.measure import Measured
from schemas.failure import Failure


class GuardError(Failure, ValueError):
    """A judge may not give rewards; the message says which attack fools it, how often, and what to do."""


def keep(url: str, told: Measured) -> None:
    """Adds a measurement to the file, in the place of an earlier one of the same judge asked in the same way."""
    others = [each for each in _kept_if_any(url) if (each.judge, each.asked) != (told.judge, told.asked)]
    ordered = sorted([*others, told], key=lambda each: (each.judge, each.asked))
    write_whole(url, msgspec.json.format(msgspec.json.encode(ordered)) + b"\n")


def kept_in(url: str) -> list[Measured]:
    """What was measured. Raises GuardError for a file that is not there or holds something else."""
    try:
        return msgspec.json.decode(read_whole(url), type=list[Measured])
    except FileNotFoundError:
        raise GuardError(f"{url}: there is no such file; `taskmill guard` writes it") from None
    except (msgspec.MsgspecError, OSError) as problem:
        raise GuardError(f"{url}: is not what `taskmill guard` writes ({problem}); measure the judge again") from None


def _kept_if_any(url: str) -> list[Measured]:
    try:
        read_whole(url)
    except FileNotFoundError:
        return []
    return kept_in(url)
