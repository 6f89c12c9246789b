"""Quotes: from numbered notes, the exact words of those that fit, with their numbers, in order, and a total of them."""

import re
from random import Random
from typing import Annotated

import msgspec

from generators.cores.oracle import drawn
from generators.family import Family
from generators.instructions.records import (
    FIELDS,
    Condition,
    Record,
    condition_text,
    conditioned_fields,
    drawn_condition,
    drawn_records,
    holds,
)
from generators.instructions.rules import Rule
from schemas import Verdict, jsontext
from schemas.verdict import correct, malformed, partial, wrong


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """So many `notes`, and `conditions` for those to quote; only the `reason` of each, or all of it; with a `total`."""

    notes: Annotated[int, msgspec.Meta(ge=2, le=40)]
    conditions: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    wordings: Annotated[int, msgspec.Meta(ge=1, le=3)] = 3
    reason: bool = False
    total: bool = False


class Note(msgspec.Struct, frozen=True):
    """A record, why it came to be, and which of the wordings tells it."""

    record: Record
    reason: str
    wording: int


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the notes, that are numbered from 1, to quote, and how much of each."""

    notes: tuple[Note, ...]
    conditions: tuple[Condition, ...]
    reason: bool
    total: bool


_WORDINGS = (
    "On {date} the {buyer} bought one {item} in {city}, with a price of {price} and a count of {count}, "
    "because {reason}.",
    "In {city}, at a price of {price}, the {buyer} bought one {item} with a count of {count} on {date} "
    "because {reason}.",
    "Because {reason}, the {buyer} bought one {item} on {date} with a count of {count} and a price of {price} "
    "in {city}.",
)
_REASONS = (
    "the roof leaked",
    "the old one broke",
    "a friend asked for it",
    "the winter was long",
    "nobody else wanted it",
    "the shop was closing",
    "a guest was coming",
    "the market was empty",
    "it rained all week",
    "the neighbours had one",
    "the bridge was closed",
    "a ship had come in",
    "the lights went out",
    "the school needed it",
    "it was a holiday",
    "the boss said so",
)
_LINE = re.compile(r'\[([1-9][0-9]{0,3})\]:? "([^"\n]+)"\.?')
_TOTAL = re.compile(r"total: ?(0|[1-9][0-9]{0,8})\.?", re.IGNORECASE)
_QUOTES = str.maketrans("“”", '""')


def make(params: Params, rng: Random) -> Request:
    """At least one note fits, and at least one does not."""

    def draw(rng: Random) -> Request:
        records = drawn_records(params.notes, len(FIELDS), rng)
        fields = rng.sample(conditioned_fields(len(FIELDS)), params.conditions)
        return Request(
            notes=tuple(Note(record, rng.choice(_REASONS), rng.randrange(params.wordings)) for record in records),
            conditions=tuple(drawn_condition(records, field, rng) for field in fields),
            reason=params.reason,
            total=params.total,
        )

    return drawn(draw, lambda made: 0 < len(_fitting(made)) < len(made.notes), rng)


def statement(instance: Request, style: str) -> str:
    notes = source(instance)
    whose = " and whose ".join(map(condition_text, instance.conditions))
    what = "only the reason, without the word because," if instance.reason else "the whole sentence"
    asked = f"Quote each note whose {whose}: {what} word for word, in the order of the notes."
    if instance.total:
        asked += " Then give the sum of the counts of these notes."
    return f"{asked}\n\nThe notes:\n{notes}" if style == "task first" else f"These are notes:\n{notes}\n\n{asked}"


def answer_format(instance: Request) -> str:
    form = (
        'Write a line for each quote: the number of its note in square brackets, then the words, such as [0] "words".'
    )
    return f'{form} Write the sum in a last line of its own, after "Total:".' if instance.total else form


def told(note: Note) -> str:
    return _WORDINGS[note.wording].format(reason=note.reason, **dict(zip(FIELDS, note.record, strict=True)))


def gold(instance: Request) -> str:
    return "\n".join(_asked(instance))


def check(instance: Request, answer: str) -> Verdict:
    """Every line right and no other, in order.

    Else the share of right lines among all that are given or asked, where the order counts as one line more.
    """
    given = _lines(answer)
    if given is None:
        return malformed('expected lines such as [0] "words"' + (', and a line "Total: …"' if instance.total else ""))
    asked = _asked(instance)
    if given == asked:
        return correct()
    right, lines = len(set(given) & set(asked)), len(set(given) | set(asked))
    if not right:
        return wrong("no line is right")
    in_order = [line for line in asked if line in given] == [line for line in given if line in asked]
    return partial((right + in_order) / (lines + 1), f"{right} lines are right of {lines} that are given or asked")


def _lines(answer: str) -> list[str] | None:
    """The lines as `gold` writes them; None where one is neither a quote nor a total."""
    text = answer.translate(_QUOTES)
    if not text.isascii():
        return None
    found: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        quote, total = _LINE.fullmatch(line), _TOTAL.fullmatch(line)
        if quote is not None:
            found.append(f'[{int(quote[1])}] "{quote[2]}"')
        elif total is not None:
            found.append(f"Total: {int(total[1])}")
        else:
            return None
    return found


def _asked(instance: Request) -> list[str]:
    fitting = _fitting(instance)
    lines = [_quoted(instance, place, note) for place, note in fitting]
    if instance.total:
        counts = (note.record[FIELDS.index("count")] for _, note in fitting)
        lines.append(f"Total: {sum(map(int, counts))}")
    return lines


def _quoted(instance: Request, place: int, note: Note) -> str:
    return f'[{place}] "{note.reason if instance.reason else told(note)}"'


def _fitting(instance: Request) -> list[tuple[int, Note]]:
    return [
        (place, note)
        for place, note in enumerate(instance.notes, 1)
        if all(holds(condition, note.record) for condition in instance.conditions)
    ]


def source(instance: Request) -> str:
    """The notes as they are shown, a line each."""
    return "\n".join(f"[{place}] {told(note)}" for place, note in enumerate(instance.notes, 1))


def quotes(instance: Request) -> list[str]:
    """The lines that would quote each of the notes, those too that do not fit."""
    return [_quoted(instance, place, note) for place, note in enumerate(instance.notes, 1)]


def rules(instance: Request) -> dict[str, Rule]:
    """What a right answer keeps to, by how it is said; each can be broken alone."""
    fitting = {place for place, _ in _fitting(instance)}
    right = [f"[{place}]" for place in sorted(fitting)]
    other = [f"[{place}]" for place in range(1, len(instance.notes) + 1) if place not in fitting]
    in_order = f"All notes that fit are quoted, in their order: {', '.join(right)}."
    found = {
        "Every quote is word for word from the notes.": Rule(checker="quotes_from_source"),
        in_order: Rule(checker="keyword_order", arguments={"words": right}),
        "No note that does not fit is quoted.": Rule(checker="forbidden_words", arguments={"words": other}),
    }
    if instance.total:
        total = _asked(instance)[-1]
        found[f"The answer ends with the right sum, {total}."] = Rule(checker="ends_with", arguments={"text": total})
    return found


def canonical(instance: Request) -> bytes:
    """The conditions may stand in any order."""
    conditions = sorted(map(jsontext.dumps, instance.conditions))
    return jsontext.dumps([instance.notes, conditions, instance.reason, instance.total]).encode()


def features(instance: Request) -> dict[str, float]:
    return {
        "notes": len(instance.notes),
        "conditions": len(instance.conditions),
        "quotes": len(_fitting(instance)),
        "characters": sum(len(told(note)) for note in instance.notes),
        "total": instance.total,
    }


FAMILY = Family(
    name="instructions.quote",
    version=1,
    title="Quotes",
    domain="instructions",
    params=Params,
    instance=Request,
    levels=(
        Params(notes=2, wordings=1, reason=True),
        Params(notes=3, wordings=1, reason=True),
        Params(notes=3, wordings=1),
        Params(notes=5, wordings=2),
        Params(notes=7, wordings=3, reason=True),
        Params(notes=9, conditions=2, total=True),
        Params(notes=13, conditions=2, total=True),
        Params(notes=20, conditions=2, reason=True, total=True),
        Params(notes=30, conditions=2, total=True),
        Params(notes=40, conditions=3, total=True),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("notes first", "task first"),
    longest_answer=10_000,
)
