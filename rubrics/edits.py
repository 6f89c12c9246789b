"""Small changes to a response: of content, which may break what a criterion asks, and of style, which should not.

None knows the criteria: whether a change was causal or neutral is found by checking them again.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from typing import NamedTuple

_SENTENCE = re.compile(r"[^.!?\n]{1,600}[.!?]+[ \n]?")
_NUMBER = re.compile(r"\d{1,12}")
_WORD = re.compile(r"[^\W\d_]{3,40}")
_MARKUP = re.compile(r"^[ \t]{0,8}(?:#{1,6} |[-*+] |\d{1,3}[.)] |> )|\*\*|`", re.MULTILINE)
_PLAINER = {
    "therefore": "so",
    "however": "but",
    "additionally": "also",
    "utilize": "use",
    "approximately": "about",
    "in order to": "to",
    "for example": "for instance",
    "we get": "we obtain",
    "thus": "hence",
    "first,": "to begin with,",
    "finally,": "lastly,",
}
_PLAIN_WORD = re.compile(rf"\b(?:{'|'.join(map(re.escape, _PLAINER))})", re.IGNORECASE)

_LINE_BREAK = re.compile(r"\n")

_Ways = Callable[[str, Random], Iterator[str]]


class Edit(NamedTuple):
    """`ways(text, rng)` gives changed texts, places in random order; none where nothing is to change."""

    name: str
    ways: _Ways


def _each(pattern: re.Pattern[str], change: Callable[[re.Match[str], Random], str], until: str = "") -> _Ways:
    """One match after another replaced; `until` is where the text to be changed ends."""

    def ways(text: str, rng: Random) -> Iterator[str]:
        found = list(pattern.finditer(re.split(until, text, maxsplit=1)[0] if until else text))
        for match in rng.sample(found, len(found)):
            yield text[: match.start()] + change(match, rng) + text[match.end() :]

    return ways


def _drop_lines(text: str, rng: Random) -> Iterator[str]:
    lines = text.split("\n")
    for place in rng.sample(range(len(lines)), len(lines)):
        if len(lines) > 1 and lines[place].strip():
            yield "\n".join(lines[:place] + lines[place + 1 :])


def _swap_lines(text: str, rng: Random) -> Iterator[str]:
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if line.strip()]
    for one, other in pairwise(rng.sample(places, len(places))):
        swapped = list(lines)
        swapped[one], swapped[other] = lines[other], lines[one]
        yield "\n".join(swapped)


def _once(change: Callable[[str], str]) -> _Ways:
    def ways(text: str, rng: Random) -> Iterator[str]:
        yield change(text)

    return ways


def _around(before: tuple[str, ...] = ("",), after: tuple[str, ...] = ("",)) -> _Ways:
    def ways(text: str, rng: Random) -> Iterator[str]:
        yield rng.choice(before) + text + rng.choice(after)

    return ways


def _plainer(found: re.Match[str]) -> str:
    word = _PLAINER[found[0].lower()]
    return word.capitalize() if found[0][0].isupper() else word


_MARKED = r"<|```|\\boxed"
"""Where an answer may be marked: what follows is not for changes of style."""

CONTENT: tuple[Edit, ...] = (
    Edit("change_number", _each(_NUMBER, lambda found, rng: str(int(found[0]) + rng.randint(1, 9)))),
    Edit("drop_number", _each(_NUMBER, lambda found, rng: "")),
    Edit("drop_word", _each(_WORD, lambda found, rng: "")),
    Edit("double_word", _each(_WORD, lambda found, rng: f"{found[0]} {found[0]}")),
    Edit("drop_sentence", _each(_SENTENCE, lambda found, rng: "")),
    Edit("repeat_sentence", _each(_SENTENCE, lambda found, rng: f"{found[0].rstrip()} {found[0]}")),
    Edit("swap_lines", _swap_lines),
    Edit("drop_line", _drop_lines),
    Edit("join_lines", _once(lambda text: " ".join(text.split()))),
    Edit("drop_markup", _once(lambda text: _MARKUP.sub("", text))),
    Edit("drop_commas", _once(lambda text: text.replace(",", ""))),
    Edit("drop_end_mark", _once(lambda text: text.rstrip().rstrip(".!?"))),
    Edit("add_exclamation", _once(lambda text: f"{text.rstrip().rstrip('.!?')}!")),
    Edit("capitals", _once(str.upper)),
    Edit("small_letters", _once(str.lower)),
    Edit("first_half", _once(lambda text: text[: len(text) // 2].rstrip())),
)
"""From small to large, so that of two that break the same criterion the smaller one is taken."""

STYLE: tuple[Edit, ...] = (
    Edit("polite_opening", _around(before=("Of course!\n\n", "Happy to help.\n\n", "Certainly.\n\n"))),
    Edit("polite_closing", _around(after=("\n\nI hope this helps!", "\n\nLet me know if you need more."))),
    Edit("idle_opening", _around(before=("This is a question worth taking our time over.\n\n",))),
    Edit("idle_closing", _around(after=("\n\nAll of this was looked at with care, from every side.",))),
    Edit("heading", _around(before=("## Response\n\n", "## My reply\n\n", "## Here it is\n\n"))),
    Edit("bold_word", _each(_WORD, lambda found, rng: f"**{found[0]}**", until=_MARKED)),
    Edit("plainer_words", _each(_PLAIN_WORD, lambda found, rng: _plainer(found), until=_MARKED)),
    Edit("blank_lines", _each(_LINE_BREAK, lambda found, rng: "\n\n", until=_MARKED)),
)
