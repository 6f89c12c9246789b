"""Steps on one quantity, each on what the one before left: told in another order it is another problem."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import NamedTuple

from benchmarks.dedup_corpus.source import Source

_OPPOSITE = {"gain": "loss", "loss": "gain"}


class Steps(NamedTuple):
    name: str
    start: int
    steps: tuple[tuple[str, int], ...]
    asked: str
    style: int


def steps_source(voices: Sequence[Mapping[str, str]], people: tuple[str, ...]) -> Source[Steps]:
    return Source(
        name="prose.steps",
        draw=lambda rng: _drawn(rng, people, len(voices)),
        text=lambda told: _text(told, voices[told.style]),
        answer=lambda told: str(_result(told) - (told.start if told.asked == "change" else 0)),
        key=lambda told: f"steps: {told.start} {told.steps} {told.asked}",
        same={
            "renamed": lambda told, rng: told._replace(name=rng.choice(people)),
            "style": lambda told, rng: told._replace(style=(told.style + rng.randrange(1, 3)) % len(voices)),
        },
        other={"swapped": _swapped, "number": _number, "relation": _relation, "question": _question},
    )


def _drawn(rng: Random, people: tuple[str, ...], styles: int) -> Steps:
    kinds = [rng.choice(("gain", "loss", "times", "half")) for _ in range(rng.randint(3, 5))]
    steps = tuple((kind, rng.randint(2, 5) if kind == "times" else rng.randint(3, 30)) for kind in kinds)
    steps = tuple((kind, 0 if kind == "half" else number) for kind, number in steps)
    return Steps(rng.choice(people), 8 * rng.randint(15, 40), steps, rng.choice(("end", "end", "change")),
                 rng.randrange(styles))  # fmt: skip


def _text(told: Steps, voice: Mapping[str, str]) -> str:
    steps = [voice[kind].format(a=told.name, n=number) for kind, number in told.steps]
    return " ".join((voice[""].format(a=told.name, n=told.start), *steps, voice[told.asked].format(a=told.name)))


def _result(told: Steps) -> Fraction:
    value = Fraction(told.start)
    for kind, number in told.steps:
        value = {"gain": value + number, "loss": value - number, "times": value * number, "half": value / 2}[kind]
    return value


def _swapped(told: Steps, rng: Random) -> Steps | None:
    """Two steps that follow each other in each other's place, where that changes the result."""
    at = rng.randrange(len(told.steps) - 1)
    steps = [*told.steps]
    steps[at], steps[at + 1] = steps[at + 1], steps[at]
    changed = told._replace(steps=tuple(steps))
    return changed if _result(changed) != _result(told) else None


def _number(told: Steps, rng: Random) -> Steps:
    return told._replace(start=told.start + rng.choice((1, 2, 10)))


def _relation(told: Steps, rng: Random) -> Steps | None:
    at = rng.randrange(len(told.steps))
    kind, number = told.steps[at]
    if kind not in _OPPOSITE:
        return None
    return told._replace(steps=(*told.steps[:at], (_OPPOSITE[kind], number), *told.steps[at + 1 :]))


def _question(told: Steps, rng: Random) -> Steps:
    return told._replace(asked="change" if told.asked == "end" else "end")
