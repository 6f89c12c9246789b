"""Other generators of reasoning-gym, for the second set."""

import math
import re
from itertools import permutations
from random import Random

from benchmarks.dedup_heldout.generated import (
    Generated,
    edited,
    exchanged,
    group,
    instead,
    numbers,
    other_number,
    shuffled,
)

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_EDGES = r"task:\n\|(.*?)/"
_GRID = r"grid:\n([01 \n]+?)\n\n"
_SUM = r": ([-+. \d]+) ="
_COLUMN = r"cryptarithm:\n\n(.*?)\n\nEach"


def _buttons(text: str) -> list[str]:
    return [button.split(": ")[1] for button in group(r"Buttons:\n(.*)$", text).split("\n")]


def _buttons_permuted(listed: str, rng: Random) -> str:
    """The same buttons under other letters."""
    buttons = [button.split(": ") for button in listed.split("\n")]
    does = rng.sample([one[1] for one in buttons], len(buttons))
    return "\n".join(f"{one[0]}: {told}" for one, told in zip(buttons, does, strict=True))


def _terms(text: str) -> list[str]:
    return re.findall(r"[+-] ?[\d.]+", f"+ {text}" if text[0] != "-" else text)


def _terms_permuted(sum_: str, rng: Random) -> str:
    parts = [term.replace(" ", "") for term in _terms(sum_)]
    told = " ".join(f"{part[0]} {part[1:]}" for part in rng.sample(parts, len(parts)))
    return told[2:] if told[0] == "+" else f"-{told[2:]}"


def _sign_turned(sum_: str, rng: Random) -> str:
    found = rng.choice([*re.finditer(r" [+-] ", sum_)])
    return sum_[: found.start()] + (" - " if "+" in found[0] else " + ") + sum_[found.end() :]


def _letters_renamed(column: str, rng: Random) -> str:
    old = sorted({letter for letter in column if letter.isalpha()})
    new = dict(zip(old, rng.sample(_LETTERS, len(old)), strict=True))
    return "".join(new.get(letter, letter) for letter in column)


def _letters_exchanged(column: str, rng: Random) -> str | None:
    """Two letters that follow each other in one word, exchanged."""
    at = [
        found.start()
        for found in re.finditer(r"(?=[A-Z]{2})", column)
        if column[found.start()] != column[found.start() + 1]
    ]
    if not at:
        return None
    place = rng.choice(at)
    return column[:place] + column[place + 1] + column[place] + column[place + 2 :]


def _addends(column: str) -> object:
    """Words up to the letters and the order of what is added, told by the least numbering over all orders."""
    words = re.findall("[A-Z]+", column)

    def numbered(order: tuple[str, ...]) -> list[list[int]]:
        at: dict[str, int] = {}
        return [[at.setdefault(letter, len(at)) for letter in word] for word in (*order, words[-1])]

    return min(numbered(order) for order in permutations(words[:-1]))


def _addends_permuted(column: str, rng: Random) -> str:
    lines = column.split("\n")
    words = [re.sub("[^A-Z]", "", line) for line in lines[:-2]]
    width = len(lines[-1])
    words = rng.sample(words, len(words))
    told = [word.rjust(width) for word in words[:-1]] + ["+" + words[-1].rjust(width - 1)]
    return "\n".join([*told, *lines[-2:]])


def _patterns(text: str) -> object:
    one, other = text.split("\n")[-1].split()

    def numbered(words: tuple[str, str]) -> list[list[int]]:
        told = []
        for word in words:
            at: dict[str, int] = {}
            told.append([at.setdefault(letter, len(at)) for letter in word])
        return told

    return min(numbered((one, other)), numbered((other, one)))


def _word_renamed(words: str, rng: Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    new = dict(zip(letters, rng.sample(letters, 26), strict=True))
    return "".join(new.get(letter, letter) for letter in words)


def _examples(text: str) -> list[tuple[str, str]]:
    return re.findall(r"Input \d+: (.*?)\nOutput \d+: (.*?)\n", text)


def _examples_permuted(text: str, rng: Random) -> str:
    shown = _examples(text)
    told = [
        f"Input {at}: {given}\nOutput {at}: {made}\n"
        for at, (given, made) in enumerate(rng.sample(shown, len(shown)), 1)
    ]
    start, end = text.index("Input 1:"), text.index("\n\nInput:")
    return text[:start] + "".join(told) + text[end:]


def _ends_exchanged(listed: str, rng: Random) -> str:
    """Two edges that lead each to where the other did."""
    edges = [edge.split() for edge in listed.split("|")]
    one, other = rng.sample(edges, 2)
    one[1], other[1] = other[1], one[1]
    return "|".join(" ".join(edge) for edge in edges)


def _mirrored(grid: str, rng: Random) -> str:
    rows = [row.split() for row in grid.split("\n")]
    rows = rows[::-1] if rng.random() < 0.5 else [row[::-1] for row in rows]
    return "\n".join(" ".join(row) for row in rows)


def _cell_turned(grid: str, rng: Random) -> str:
    at = rng.choice([place for place, sign in enumerate(grid) if sign in "01"])
    return grid[:at] + ("1" if grid[at] == "0" else "0") + grid[at + 1 :]


def _island(text: str) -> object:
    rows = [row.split() for row in group(_GRID, text).split("\n")]
    return min(rows, rows[::-1], [row[::-1] for row in rows], [row[::-1] for row in rows[::-1]])


SECOND: dict[str, Generated] = {
    "quantum_lock": Generated(
        lambda text: (group(r"Start: (.*?)\n", text), group(r"Target: (.*?)\n", text), sorted(_buttons(text))),
        same={"permuted": edited(r"Buttons:\n(.*)$", _buttons_permuted)},
        other={
            "number": edited(r"(Target: \d+)\n", other_number),
            "relation": edited(
                r"Buttons:\n(.*)$",
                instead({"Multiply": ("Add",), "Add": ("Subtract", "Multiply"), "Subtract": ("Add",)}),
            ),
            "clue": edited(
                r"Buttons:\n(.*)$", instead({"red": ("green",), "green": ("red",), "any": ("red", "green")})
            ),
        },
        rewording=(
            (
                "You must press the shortest correct sequence of buttons",
                "Press as few buttons as possible, in the right order,",
            ),
        ),
        answers=lambda text: "",
    ),
    "group_anagrams": Generated(
        lambda text: sorted(re.findall(r'"(\w+)"', text.split("anagrams:")[1])),
        same={"permuted": edited(r"anagrams:\n\[(.*?)\]", shuffled(", "))},
        other={
            "clue": edited(
                r"anagrams:\n\[(.*?)\]",
                lambda listed, rng: ", ".join(
                    listed.split(", ")[: (at := rng.randrange(2, listed.count(",")))] + listed.split(", ")[at + 1 :]
                ),
            )
        },
        rewording=(("Your job is to group the anagrams together.", "Put anagrams of each other into one group."),),
    ),
    "products": Generated(
        lambda text: sorted(numbers(text)),
        same={"permuted": edited(r": ([\d* ]+)\.", shuffled(" * "))},
        other={"number": edited(r": ([\d* ]+)\.", other_number)},
        rewording=(("Solve the following multiplication:", "Multiply:"),),
        answers=lambda text: str(math.prod(numbers(text))),
    ),
    "decimal_chain_sum": Generated(
        lambda text: sorted(term.replace(" ", "") for term in _terms(group(_SUM, text))),
        same={"permuted": edited(_SUM, _terms_permuted)},
        other={
            "relation": edited(_SUM, _sign_turned),
            "number": edited(_SUM, lambda sum_, rng: f"{sum_}{rng.randint(1, 9)}"),
        },
        rewording=(("State the final answer to the following arithmetic problem:", "Work this out:"),),
        options={"min_terms": 3, "max_terms": 5},
    ),
    "cryptarithm": Generated(
        lambda text: _addends(group(_COLUMN, text)),
        same={"renamed": edited(_COLUMN, _letters_renamed), "permuted": edited(_COLUMN, _addends_permuted)},
        other={"swapped": edited(_COLUMN, _letters_exchanged)},
        rewording=(
            ("Each letter stands for a unique digit (0-9).", "Different letters mean different digits from 0 to 9."),
        ),
        answers=lambda text: "",
    ),
    "kakurasu": Generated(
        lambda text: re.findall(r"\[[\d, ]+\]", text)[:2],
        other={"swapped": edited(r"\[([\d, ]+)\]", exchanged(", ")), "number": edited(r"\[([\d, ]+)\]", other_number)},
        rewording=(("Rules:", "What must hold:"),),
        answers=lambda text: "",
    ),
    "isomorphic_strings": Generated(
        _patterns,
        same={
            "renamed": edited(r"\n(\w+ \w+)$", _word_renamed),
            "permuted": edited(r"\n(\w+ \w+)$", lambda two, _: " ".join(two.split()[::-1])),
        },
        other={
            "swapped": edited(
                r"\n(\w+ \w+)$",
                lambda two, rng: (lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :])(
                    two, rng.randrange(2)
                ),
            )
        },
        rewording=(
            (
                "Return True if the following two strings are isomorphic, or False otherwise:",
                "Are the two strings below isomorphic? Say True or False:",
            ),
        ),
        options={"min_string_length": 6, "max_string_length": 12},
    ),
    "list_functions": Generated(
        lambda text: (sorted(_examples(text)), group(r"\nInput: (.*?)\n", text)),
        same={"permuted": _examples_permuted},
        other={
            "question": edited(r"\nInput: (\[.*?\])\n", other_number),
            "number": edited(r"Input 2: (\[.*?\])\n", other_number),
        },
        rewording=(
            ("Generate an output corresponding to the given input.", "Say which output belongs to the last input."),
        ),
    ),
    "largest_island": Generated(
        _island,
        same={"reflected": edited(_GRID, _mirrored)},
        other={"clue": edited(_GRID, _cell_turned)},
        rewording=(("Return the maximum area of an island in grid.", "How large is the largest island?"),),
    ),
    "path_star": Generated(
        lambda text: (
            sorted(" ".join(sorted(edge.split())) for edge in group(_EDGES, text).split("|")),
            text.split("/")[-1],
        ),
        same={"permuted": edited(_EDGES, shuffled("|"))},
        other={"relation": edited(_EDGES, _ends_exchanged)},
        rewording=(("Separate node labels with a single space.", "Put one space between node labels."),),
    ),
}
