"""Regular expressions over hostile text, by RE2 as pyarrow carries it: automata, so the time is linear in the text.

Python's own `re` backtracks: `(a+)+b` on thirty letters takes minutes. RE2 has no look-around and no back references;
a pattern with them is refused. Classes such as `\\w` are ASCII, as RE2 has them; `\\p{L}` is any letter.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, NamedTuple

import msgspec
import pyarrow as pa

from rubrics.criteria.amounts import Amount, found_amount
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.text import lines, visible

LONGEST_PATTERN = 200
LONGEST_SEARCHED = 10_000
"""Characters; a longer response fails, with that reason: a pattern's time grows with its size and the text's."""
_LARGEST = 1_000
_CLASS_SIZE = 50
"""A class of Unicode's counts as so many characters."""


class Pattern(NamedTuple):
    """A pattern that RE2 can read."""

    text: str

    def count(self, text: str) -> int:
        """How many matches a text has, none overlapping another."""
        import pyarrow.compute as pc

        given = pa.array([_encodable(text)], pa.large_string())
        return int(pc.count_substring_regex(given, self.text)[0].as_py())

    def spans(self, *texts: str) -> int:
        """How many of the texts are one match as a whole."""
        import pyarrow.compute as pc

        given = pa.array(map(_encodable, texts), pa.large_string())
        return int(pc.match_substring_regex(given, rf"\A(?:{self.text})\z").true_count)


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """A pattern within bounds. Raises ValueError with RE2's reason."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has at most {LONGEST_PATTERN} characters")
    if _size(pattern) > _LARGEST:
        raise ValueError(f"with its counted repetitions written out, a pattern has at most {_LARGEST} characters")
    try:
        Pattern(pattern).count("")
        Pattern(pattern).spans("")  # both ways of use: each reads some patterns that the other can't
    except (pa.ArrowInvalid, UnicodeEncodeError) as failure:
        reason = str(failure).removeprefix("Invalid regular expression: ")
        raise ValueError(f"the pattern can't be read: {reason} (no look-around, no back references)") from None
    return Pattern(pattern)


def _size(pattern: str) -> int:
    """At least the characters of a pattern whose counts in braces are written out."""
    size = len(pattern) + _CLASS_SIZE * (pattern.count("\\p") + pattern.count("\\P"))
    for part in pattern.split("{")[1:]:
        numbers = [int(each) for each in part.partition("}")[0].split(",") if each.isascii() and each.isdecimal()]
        size *= max([*numbers, 1])
        if size > _LARGEST:
            break
    return size


class Matching(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pattern: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_PATTERN)]

    def __post_init__(self) -> None:
        compiled(self.pattern)


class MatchAmount(Amount, frozen=True, kw_only=True):
    pattern: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_PATTERN)]

    def __post_init__(self) -> None:
        super().__post_init__()
        compiled(self.pattern)


def _searched(rule: Callable[[Pattern, str], Found], arguments: Matching | MatchAmount, subject: Subject) -> Found:
    text = visible(subject.response).strip()
    if len(text) > LONGEST_SEARCHED:
        return Found(False, f"the response is over {LONGEST_SEARCHED} characters")
    return rule(compiled(arguments.pattern), text)


def _whole(pattern: Pattern, text: str) -> Found:
    holds = pattern.spans(text) == 1
    return Found(holds, "it matches" if holds else "it does not match")


def _each_line(pattern: Pattern, text: str) -> Found:
    found = lines(text)
    matching = pattern.spans(*found)
    return Found(0 < len(found) == matching, f"{matching} of {len(found)} lines match")


CHECKERS = (
    Checker(
        name="pattern",
        arguments=Matching,
        check=partial(_searched, _whole),
        sentence=lambda asked: f"Your whole response must match the regular expression {asked.pattern}.",
    ),
    Checker(
        name="pattern_per_line",
        arguments=Matching,
        check=partial(_searched, _each_line),
        sentence=lambda asked: f"Each line must match the regular expression {asked.pattern}.",
    ),
    Checker(
        name="pattern_count",
        arguments=MatchAmount,
        check=lambda asked, subject: _searched(
            lambda pattern, text: found_amount(asked, pattern.count(text), "match", "matches"), asked, subject
        ),
        sentence=lambda asked: (
            f"The regular expression {asked.pattern} must have {asked.of('match', 'matches')} in your response."
        ),
    ),
)
