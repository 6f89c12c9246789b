"""Small edits of an answer that quotes notes: other words, lines or sums; and other ways to write the same lines."""

import re
from collections.abc import Callable, Sequence
from random import Random

from generators.instructions.prose import QUALITIES

_WORD = re.compile(r"\b[a-z]{3,}\b")
_NUMBER = re.compile(r"\[(\d+)\]")
_SUM = re.compile(r"(?<=Total: )\d+")

Lines = Sequence[str]
Edit = Callable[[Lines, Lines, Random], Lines]


def misquoted(answer: str, others: Lines, rng: Random) -> str:
    """The answer after one edit; `others` are the lines that would quote the notes that it does not quote."""
    return "\n".join(rng.choice(EDITS)(answer.split("\n"), others, rng))


def _other_words(lines: Lines, others: Lines, rng: Random) -> Lines:
    place = rng.randrange(len(lines))
    found = list(_WORD.finditer(lines[place]))
    if not found:
        return lines
    match = rng.choice(found)
    changed = lines[place][: match.start()] + rng.choice(QUALITIES) + lines[place][match.end() :]
    return [*lines[:place], changed, *lines[place + 1 :]]


def _one_line_more(lines: Lines, others: Lines, rng: Random) -> Lines:
    """Another note, at its place."""
    if not others:
        return lines
    quotes = [line for line in lines if not _is_sum(line)]
    return [*sorted([*quotes, rng.choice(others)], key=_number), *filter(_is_sum, lines)]


def _one_line_less(lines: Lines, others: Lines, rng: Random) -> Lines:
    place = rng.randrange(len(lines))
    return [*lines[:place], *lines[place + 1 :]] if len(lines) > 1 else lines


def _other_order(lines: Lines, others: Lines, rng: Random) -> Lines:
    quotes = [line for line in lines if not _is_sum(line)]
    return [*rng.sample(quotes, len(quotes)), *filter(_is_sum, lines)]


def _other_sum(lines: Lines, others: Lines, rng: Random) -> Lines:
    off = rng.choice((-2, -1, 1, 2, 5))
    return [_SUM.sub(lambda match: str(max(0, int(match[0]) + off)), line) for line in lines]


def _other_marks(lines: Lines, others: Lines, rng: Random) -> Lines:
    return [re.sub(r'"(.*)"', r"“\1”", line) for line in lines]


def _other_brackets(lines: Lines, others: Lines, rng: Random) -> Lines:
    return [line.replace("] ", "]: ", 1) for line in lines]


def _blank_lines(lines: Lines, others: Lines, rng: Random) -> Lines:
    return "\n\n".join(lines).split("\n")


EDITS: Sequence[Edit] = (
    _other_words,
    _one_line_more,
    _one_line_less,
    _other_order,
    _other_sum,
    _other_marks,
    _other_brackets,
    _blank_lines,
)


def _is_sum(line: str) -> bool:
    return _SUM.search(line) is not None


def _number(line: str) -> int:
    match = _NUMBER.match(line)
    return int(match[1]) if match else 0
