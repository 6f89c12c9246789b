"""Where the steps of a response end: at a line, a sentence, a paragraph, or marks of one's own; counted in tokens."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from generators.preferences.confidence import Decode
from pipeline.config import Section

_ENDS = {
    "line": re.compile(r"\n+"),
    "paragraph": re.compile(r"\n\s*\n\s*"),
    "sentence": re.compile(r"[.!?]+(?=\s|$)\n*|\n+"),
}
_STOPS = {"line": ("\n",), "paragraph": ("\n\n",), "sentence": (". ", "! ", "? ", ".\n", "!\n", "?\n", "\n")}


class StepConfig(Section):
    """What ends a step of a response. Spaces after the end belong to the next step: tokenizers put them there."""

    by: Literal["line", "sentence", "paragraph"] = Field("line", description="what makes one step")
    marks: list[str] = Field([], description="strings that end a step, instead: such as `;` or `Step`-like marks")

    @property
    def stops(self) -> tuple[str, ...]:
        """The strings at which sampling of one step stops."""
        return tuple(self.marks) or _STOPS[self.by]


def step_ends(ids: Sequence[int], decode: Decode, config: StepConfig) -> list[int]:
    """After how many of the tokens each step has ended, rising; the last is all of them, and none is empty of text.

    A token that reaches over the end of a step belongs to that step.
    """
    text = decode(ids)
    counts = range(len(ids) + 1)
    ends: list[int] = []
    before = 0
    for stop in [*_character_ends(text, config), len(text)]:
        count = len(ids) if stop == len(text) else bisect_left(counts, stop, key=lambda count: len(decode(ids[:count])))
        if text[before:stop].strip() and count > (ends[-1] if ends else 0):
            ends.append(count)
            before = stop
    if ends and ends[-1] < len(ids):
        ends[-1] = len(ids)
    return ends or ([len(ids)] if ids else [])


def step_texts(text: str, config: StepConfig) -> list[str]:
    """The texts of the steps of a response, which together are the response.

    >>> step_texts("a\\nb\\n", StepConfig())
    ['a\\n', 'b\\n']
    """
    ends = [0, *step_ends(range(len(text)), lambda ids: text[: len(ids)], config)]
    return [text[start:end] for start, end in pairwise(ends)]


def first_step(ids: Sequence[int], decode: Decode, stops: Sequence[str]) -> int:
    """How many of the tokens make the first step of a text in which one of the stops stands."""
    text = decode(ids)
    end = min((text.find(stop) + len(_mark(stop)) for stop in stops if stop in text), default=len(text))
    return bisect_left(range(len(ids)), end, key=lambda count: len(decode(ids[:count])))


def _character_ends(text: str, config: StepConfig) -> list[int]:
    marks = (f"{re.escape(_mark(mark))}(?={re.escape(mark[len(_mark(mark)) :])})" for mark in config.marks)
    pattern = re.compile("|".join(marks)) if config.marks else _ENDS[config.by]
    return [match.end() for match in pattern.finditer(text)]


def _mark(stop: str) -> str:
    """A stop without the spaces that it ends with."""
    return stop.rstrip(" ") or stop
