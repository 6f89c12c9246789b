"""What zebra puzzles are told with: the categories and their values, and the kinds of clue. Tables only."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Category(NamedTuple):
    """`mention` turns a value into the person who has it. No name stands in two categories."""

    mention: str
    names: tuple[str, ...]


class Kind(NamedTuple):
    """A kind of clue about the houses of some values (from 0, in the order of `ends`).

    `allows` says for which houses it is true; with `names_house` its last argument is the house named. Equal `ends`
    are interchangeable. `across` asks for values of different categories. `turns` if reading the row from right to
    left swaps the ends.
    """

    name: str
    ends: tuple[int, ...]
    allows: Callable[..., bool]
    sentence: str
    symbols: str
    names_house: bool = False
    across: bool = False
    turns: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("at", (0,), lambda a, h: a == h, "{0} lives in house {h}.", "{0} = {h}", names_house=True),
    Kind("same", (0, 0), lambda a, b: a == b, "{0} and {1} are the same person.", "{0} = {1}", across=True),
    Kind(
        "directly_left",
        (0, 1),
        lambda a, b: a + 1 == b,
        "{0} lives directly to the left of {1}.",
        "{0} + 1 = {1}",
        turns=True,
    ),
    Kind("left", (0, 1), lambda a, b: a < b, "{0} lives somewhere to the left of {1}.", "{0} < {1}", turns=True),
    Kind("next_to", (0, 0), lambda a, b: abs(a - b) == 1, "{0} and {1} are next-door neighbours.", "|{0} - {1}| = 1"),
    Kind("not_at", (0,), lambda a, h: a != h, "{0} does not live in house {h}.", "{0} != {h}", names_house=True),
    Kind("not_same", (0, 0), lambda a, b: a != b, "{0} and {1} are not the same person.", "{0} != {1}", across=True),
    Kind(
        "two_apart",
        (0, 0),
        lambda a, b: abs(a - b) == 2,
        "there is exactly one house between those of {0} and {1}.",
        "|{0} - {1}| = 2",
    ),
    Kind(
        "between",
        (0, 1, 1),
        lambda a, b, c: b < a < c or c < a < b,
        "the house of {0} is somewhere between those of {1} and {2}, whichever of the two is on the left.",
        "{1} < {0} < {2} or {2} < {0} < {1}",
    ),
)
"""From telling clues to roundabout ones: a rung uses the first few."""

CATEGORIES: Mapping[str, Category] = {
    "name": Category("{}", ("Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas")),
    "drink": Category(
        "the {} drinker", ("tea", "coffee", "milk", "water", "juice", "cocoa", "cider", "lemonade", "wine", "beer")
    ),
    "pet": Category(
        "the owner of the {}",
        ("cat", "dog", "horse", "parrot", "rabbit", "turtle", "hamster", "goldfish", "snail", "zebra"),
    ),
    "colour": Category(
        "the person in the {} house",
        ("red", "green", "blue", "white", "yellow", "black", "purple", "brown", "pink", "grey"),
    ),
    "job": Category(
        "the {}",
        ("baker", "doctor", "teacher", "painter", "lawyer", "farmer", "pilot", "tailor", "plumber", "dentist"),
    ),
    "instrument": Category(
        "the {} player",
        ("piano", "violin", "flute", "guitar", "trumpet", "harp", "cello", "drum", "banjo", "oboe"),
    ),
    "sport": Category(
        "the person who does {}",
        ("tennis", "golf", "chess", "rowing", "judo", "fencing", "archery", "boxing", "cycling", "skiing"),
    ),
    "fruit": Category(
        "the person who likes {}",
        ("apples", "plums", "cherries", "grapes", "pears", "figs", "lemons", "mangoes", "melons", "dates"),
    ),
}
