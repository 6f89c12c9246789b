"""How programs over amounts are told: worlds of wordings for each kind of step and question, and plain notes.

Fields of a wording: `{A}`, `{B}`, `{C}` the people in order, `{he}` and `{his}` of the first, `{everyone}` all of them;
`{n}` and `{k}` the first and second number, `{some}`, `{more}`, `{fewer}` the first number with the world's unit,
`{things}` the unit in the plural, `{times}` and `{part}` the numbers as a multiple and as a part.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from generators.cores.expression.program import ASIDE, KINDS, Step

Unit = tuple[str, str]
"""Singular and plural."""


class World(NamedTuple):
    """What the amounts are, how steps and questions are told, and what an answer is counted in."""

    units: tuple[Unit, ...]
    topic: str
    wordings: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, tuple[str, Unit | None]]
    """Text, and the answer's unit; None where it is the unit of the amounts."""
    limit: int


PEOPLE: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("Mia", "Ava", "Lena", "Nora", "Ruth", "Zoe", "Ida", "Maya", "Carmen", "Priya", "Amara", "Yuki"), ("she", "her")
    ),
    **dict.fromkeys(
        ("Tom", "Ben", "Omar", "Leo", "Hugo", "Ivan", "Kofi", "Raj", "Sam", "Emil", "Diego", "Jonas"), ("he", "his")
    ),
}

_NOUNS = "apple marble sticker shell coin card bead pencil stamp cookie book button ribbon balloon pebble walnut"
_THINGS = tuple((noun, f"{noun}s") for noun in _NOUNS.split())
_DOLLARS, _DAYS, _BAGS = ("dollar", "dollars"), ("day", "days"), ("bag", "bags")
_TICKETS, _HOURS = ("ticket", "tickets"), ("hour", "hours")

WORLDS: dict[str, World] = {
    "things": World(
        _THINGS,
        "{things}",
        {
            "has": ("{A} has {some}.", "{A} starts with {some}."),
            "more_than": ("{A} has {more} than {B}.",),
            "fewer_than": ("{A} has {fewer} than {B}.",),
            "times": ("{A} has {times} as many {things} as {B}.",),
            "part_of": ("{A} has {part} as many {things} as {B}.",),
            "together_of": ("{A} has as many {things} as {B} and {C} together.",),
            "gets": ("{A} finds {more}.", "{A} buys {more}.", "A neighbor brings {A} {more}."),
            "loses": ("{A} loses {some}.", "{A} gives away {n} of {his} {things}.", "{A} sells {some} at a market."),
            "packs": ("{A} buys {n} boxes with {k} {things} in each.", "{A} wins {n} prizes of {k} {things} each."),
            "gives": ("{A} gives {some} to {B}.", "{A} gives {B} {n} of {his} {things}."),
            "gives_part": ("{A} gives {part} of {his} {things} to {B}.",),
            "loses_part": ("{A} gives away {part} of {his} {things}.", "{A} loses {part} of {his} {things}."),
            "loses_percent": ("{A} sells {n}% of {his} {things}.", "{A} loses {n}% of {his} {things}."),
            "grows": ("A week later {A} has {times} as many {things} as before.",),
            "splits": ("{A} sorts {his} {things} into {n} equal piles, keeps one pile and gives away the others.",),
        },
        {
            "holds": ("How many {things} does {A} have now?", None),
            "together": ("How many {things} do {everyone} have together now?", None),
            "difference": ("How many more {things} does {A} have now than {B}?", None),
            "sells": ("{A} sells all {his} {things} for ${n} each. How many dollars does {A} get for them?", _DOLLARS),
            "packed": ("{A} packs all {his} {things} into bags of {n}. How many bags does {A} fill?", _BAGS),
            "lasts": ("From now on {A} gives away {n} {things} a day. For how many days do they last?", _DAYS),
        },
        100_000,
    ),
    "money": World(
        (_DOLLARS,),
        "money in dollars",
        {
            "has": ("{A} has ${n}.", "{A} starts with ${n}."),
            "more_than": ("{A} has ${n} more than {B}.",),
            "fewer_than": ("{A} has ${n} less than {B}.",),
            "times": ("{A} has {times} as much money as {B}.",),
            "part_of": ("{A} has {part} as much money as {B}.",),
            "together_of": ("{A} has as much money as {B} and {C} together.",),
            "gets": ("{A} earns ${n}.", "{A} finds ${n}.", "{A} is paid ${n} for a small job."),
            "loses": ("{A} spends ${n}.", "{A} pays a bill of ${n}."),
            "packs": ("{A} works for {n} hours and earns ${k} an hour.", "{A} sells {n} cakes at ${k} each."),
            "gives": ("{A} gives ${n} to {B}.", "{A} pays {B} ${n} for a favor."),
            "gives_part": ("{A} gives {part} of {his} money to {B}.",),
            "loses_part": ("{A} spends {part} of {his} money.", "{A} donates {part} of {his} money."),
            "loses_percent": ("{A} spends {n}% of {his} money.", "{A} loses {n}% of {his} money."),
            "grows": ("{A} saves until {he} has {times} as much money as before.",),
            "splits": ("{A} divides {his} money into {n} equal parts, keeps one part and donates the others.",),
        },
        {
            "holds": ("How many dollars does {A} have now?", None),
            "together": ("How many dollars do {everyone} have together now?", None),
            "difference": ("How many dollars more than {B} does {A} have now?", None),
            "packed": ("{A} spends all {his} money on tickets at ${n} each. How many tickets does {A} get?", _TICKETS),
            "lasts": ("From now on {A} spends ${n} a day. For how many days does {his} money last?", _DAYS),
        },
        100_000,
    ),
    "ages": World(
        (("year", "years"),),
        "ages in years",
        {
            "has": ("{A} is {some} old.",),
            "more_than": ("{A} is {some} older than {B}.",),
            "fewer_than": ("{A} is {some} younger than {B}.",),
            "times": ("{A} is {times} as old as {B}.",),
            "part_of": ("{A} is {part} as old as {B}.",),
            "together_of": ("{A}'s age is the sum of the ages of {B} and {C}.",),
        },
        {
            "holds": ("How many years old is {A}?", None),
            "later": ("How many years old will {A} be in {some}?", None),
            "together": ("What is the sum of the ages of {everyone}?", None),
            "difference": ("How many years older is {A} than {B}?", None),
        },
        90,
    ),
    "trips": World(
        (("kilometer", "kilometers"),),
        "distances traveled in kilometers",
        {
            "has": ("{A} has traveled {some}.",),
            "more_than": ("{A} has traveled {some} more than {B}.",),
            "fewer_than": ("{A} has traveled {some} less than {B}.",),
            "times": ("{A} has traveled {times} as far as {B}.",),
            "part_of": ("{A} has traveled {part} as far as {B}.",),
            "together_of": ("{A} has traveled as far as {B} and {C} together.",),
            "gets": ("{A} travels another {some}.", "{A} goes on for {some}."),
            "packs": ("{A} travels on for {n} hours at {k} kilometers an hour.",),
        },
        {
            "holds": ("How many kilometers has {A} traveled now?", None),
            "together": ("How many kilometers have {everyone} traveled now, taken together?", None),
            "difference": ("How many kilometers more than {B} has {A} traveled now?", None),
            "lasts": (
                "{A} travels the same way back at {n} kilometers an hour. How many hours does that take?",
                _HOURS,
            ),
        },
        100_000,
    ),
}

_NOTES: dict[str, str] = {
    "has": "{A}: {n}",
    "more_than": "{A}: {n} more than {B}",
    "fewer_than": "{A}: {n} less than {B}",
    "times": "{A}: {n} times {B}",
    "part_of": "{A}: {n}/{k} of {B}",
    "together_of": "{A}: {B} and {C} together",
    "gets": "{A}: +{n}",
    "loses": "{A}: -{n}",
    "packs": "{A}: +{n} x {k}",
    "gives": "{A} -> {B}: {n}",
    "gives_part": "{A} -> {B}: {n}/{k} of {A}",
    "loses_part": "{A}: -{n}/{k} of {A}",
    "loses_percent": "{A}: -{n}%",
    "grows": "{A}: x {n}",
    "splits": "{A}: divided by {n}",
}

ASIDES = (
    "{A} lives {n} kilometers from school.",
    "{A} has {n} cousins.",
    "{A} gets up {n} minutes before the others.",
    "{A}'s house has {n} windows.",
    "{A} read {n} pages last night.",
    "{A}'s cat weighs {n} pounds.",
)

_PARTS = {2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths")}
_COUNTS = ("", "a", "two", "three", "four")


def story(world: World, unit: Unit, people: Sequence[str], steps: Sequence[Step]) -> str:
    """The steps in prose; a comparison after something has happened is said to be of that moment."""
    sentences, moved = [], False
    for step in steps:
        if step.kind == ASIDE:
            sentences.append(_told(ASIDES[step.wording % len(ASIDES)], unit, people, step))
            continue
        choices = world.wordings[step.kind]
        sentence = _told(choices[step.wording % len(choices)], unit, people, step)
        defines = KINDS[step.kind].roles[0] == "="
        sentences.append(f"At this point {sentence}" if defines and moved else sentence)
        moved = moved or not defines
    return " ".join(sentences)


def notes(world: World, unit: Unit, people: Sequence[str], steps: Sequence[Step]) -> str:
    """The steps as a list of short lines."""
    gifts = "; an arrow is a gift" if any(step.kind in ("gives", "gives_part") for step in steps) else ""
    topic = world.topic.format(things=unit[1])
    lines = [note(unit, people, step) for step in steps]
    head = (
        f"Notes on {topic}, in order. A line begins with whose amount it sets or changes{gifts}; "
        "after that a name stands for that person's amount at that moment."
    )
    return "\n".join([head, *(f"- {line}" for line in lines)])


def note(unit: Unit, people: Sequence[str], step: Step) -> str:
    """One step as a short line."""
    return _told(ASIDES[step.wording % len(ASIDES)] if step.kind == ASIDE else _NOTES[step.kind], unit, people, step)


def question_text(world: World, unit: Unit, people: Sequence[str], question: Step) -> str:
    return _told(world.questions[question.kind][0], unit, people, question)


def _told(wording: str, unit: Unit, people: Sequence[str], step: Step) -> str:
    names = [people[person] for person in step.who]
    number, second = (*step.numbers, 0, 0)[:2]
    noun = unit[0] if number == 1 else unit[1]
    return wording.format(
        A=names[0],
        B=names[1] if len(names) > 1 else "",
        C=names[2] if len(names) > 2 else "",
        everyone=_listed(names),
        he=PEOPLE[names[0]][0],
        his=PEOPLE[names[0]][1],
        n=number,
        k=second,
        some=f"{number} {noun}",
        more=f"{number} more {noun}",
        fewer=f"{number} fewer {noun}",
        things=unit[1],
        times="twice" if number == 2 else f"{number} times",
        part=_part_words(number, second),
    )


def _part_words(top: int, bottom: int) -> str:
    """`half`, `a third`, `three quarters`; empty where the numbers are no such part."""
    if bottom not in _PARTS or not 0 < top < bottom:
        return ""
    if bottom == 2:
        return "half"
    return f"{_COUNTS[top]} {_PARTS[bottom][top > 1]}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
