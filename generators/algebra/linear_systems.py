"""Linear systems: as many equations as unknowns and exactly one solution, proved by exact elimination."""

import re
from fractions import Fraction
from functools import lru_cache
from math import gcd
from operator import mul
from random import Random
from typing import Annotated

import msgspec

from generators import answers
from generators.cores.expression.by_hand import elimination
from generators.cores.expression.elimination import Solved, solved
from generators.cores.expression.linear import Equation, canonical_system, row_of, side_text, side_words
from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong


class Params(msgspec.Struct, frozen=True):
    """Solutions lie in `lowest`..`highest`, with denominators up to `denominator`; `spread` is in percent."""

    unknowns: Annotated[int, msgspec.Meta(ge=1, le=6)] = 1
    coefficient: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1
    lowest: Annotated[int, msgspec.Meta(ge=-99, le=99)] = 1
    highest: Annotated[int, msgspec.Meta(ge=-99, le=99)] = 9
    denominator: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    negative: bool = False
    """Whether coefficients and constants may be negative."""
    spread: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    """How often a term stands on both sides of its equation."""

    def __post_init__(self) -> None:
        if self.lowest + 5 > self.highest:
            raise ValueError(f"highest: {self.highest} must be at least lowest + 5, which is {self.lowest + 5}")
        if self.unknowns > 1 and self.coefficient == 1:
            raise ValueError("coefficient: more than one unknown needs coefficients of up to 2 or more")


class Instance(msgspec.Struct, frozen=True):
    """`equations` are pairs of sides: a coefficient for each of the unknowns `names`, then a constant."""

    names: tuple[str, ...]
    equations: tuple[Equation, ...]


LEVELS = (
    Params(unknowns=1, coefficient=1),
    Params(unknowns=1, coefficient=9),
    Params(unknowns=1, coefficient=9, lowest=-12, highest=12, negative=True, spread=100),
    Params(unknowns=2, coefficient=3),
    Params(unknowns=2, coefficient=9, lowest=-12, highest=12, negative=True, spread=20),
    Params(unknowns=3, coefficient=5, lowest=-9, highest=9, negative=True),
    Params(unknowns=3, coefficient=9, lowest=-12, highest=12, negative=True, denominator=3, spread=20),
    Params(unknowns=4, coefficient=9, lowest=-12, highest=12, negative=True, spread=20),
    Params(unknowns=5, coefficient=12, lowest=-20, highest=20, negative=True, denominator=4, spread=20),
    Params(unknowns=6, coefficient=20, lowest=-30, highest=30, negative=True, denominator=6, spread=30),
)

_LETTERS = "abcdfghkmnpqrstuvwxyz"  # none that reads as a digit or a well-known constant
_TUPLE = re.compile(r"\$?\(?(?P<names>[A-Za-z, ]{1,30})\)? ?= ?(?P<values>\([^()=:]{1,4000}\))\$?", re.ASCII)
_PLAIN = re.compile(r"{0}(?:, {0}){{0,9}}".format(r"[a-z] = (?:0|-?[1-9][0-9]{0,99})(?:/[2-9]|/[1-9][0-9]{1,99})?"))
_RATIO = re.compile(r"[0-9]+/[0-9]+")
_USUAL = {1: ("x",), 2: ("x", "y"), 3: ("x", "y", "z")}


def make(params: Params, rng: Random) -> Instance:
    """Random equations through a random point, drawn again until they meet in that point alone."""
    size = params.unknowns
    names = _USUAL.get(size, ())
    if not names or rng.random() < 0.4:
        names = tuple(sorted(rng.sample(_LETTERS, size)))
    point = [_coordinate(params, rng) for _ in range(size)]
    while True:
        instance = Instance(names, tuple(_equation(params, point, rng) for _ in range(size)))
        if _solved(instance) is not None:
            return instance


def statement(instance: Instance, style: str) -> str:
    if style == "matrix":
        return f"Solve {_matrix_equation(instance)}"
    if style == "words":
        sides = [[side_words(side, instance.names) for side in equation] for equation in instance.equations]
        told = ". ".join(_sentence(f"{left} equals {right}", instance.names) for left, right in sides)
        return f"{told}.\nFind {', '.join(instance.names)}."
    sides = [[side_text(side, instance.names) for side in equation] for equation in instance.equations]
    return f"Solve for {', '.join(instance.names)}:\n" + "\n".join(f"{left} = {right}" for left, right in sides)


def answer_format(instance: Instance) -> str:
    # An example with numbers would have to avoid the solution, and so would tell of it.
    shape = ", ".join(f"{name} = ..." for name in instance.names)
    return f"Give every unknown exactly, as a whole number or a fraction such as -3/4, in the form `{shape}`."


def gold(instance: Instance) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(instance.names, _solution(instance), strict=True))


def check(instance: Instance, answer: str) -> Verdict:
    """Every unknown by name in any order, or the values alone in the stated order; each equation must hold."""
    point = _point(instance, answer)
    if point is None:
        return malformed(f"expected one number for each of {', '.join(instance.names)}, as name = number")
    for number, equation in enumerate(instance.equations, start=1):
        left, right = (sum(map(mul, side, (*point, 1))) for side in equation)
        if left != right:
            return wrong(f"equation {number} does not hold")
    return correct()


def second_check(instance: Instance, answer: str) -> bool | None:
    """The one solution, by elimination, where `check` puts the numbers into the equations."""
    if _PLAIN.fullmatch(answer) is None or any(gcd(*map(int, each.split("/"))) > 1 for each in _RATIO.findall(answer)):
        return None
    found = zip(instance.names, _solution(instance), strict=True)
    return sorted(answer.split(", ")) == sorted(f"{name} = {value}" for name, value in found)


def steps(instance: Instance) -> tuple[str, ...]:
    *before, last = elimination(instance.equations, instance.names)
    return (*before, f"{last}. Together: {gold(instance)}")


def canonical(instance: Instance) -> bytes:
    return canonical_system(instance.equations)


def features(instance: Instance) -> dict[str, float]:
    """`entry_digits`: of the longest number in fraction-free elimination, an estimate of the work by hand."""
    found = _solved(instance)
    assert found is not None
    terms = [entry for sides in instance.equations for side in sides for entry in side if entry]
    return {
        "unknowns": len(instance.names),
        "terms": len(terms),
        "largest_number": max(map(abs, terms)),
        "fractions": sum(value.denominator > 1 for value in found.values),
        "entry_digits": found.longest_entry,
    }


def _sentence(text: str, names: tuple[str, ...]) -> str:
    """With a capital letter, unless an unknown stands first: x is not X."""
    return text if text.partition(" ")[0] in names else text[0].upper() + text[1:]


def _matrix_equation(instance: Instance) -> str:
    """`A v + p = B v + q`, what is zero left out, and the matrices by their rows."""
    (left, p), (right, q) = (
        ([list(side[:-1]) for side in sides], [side[-1] for side in sides])
        for sides in zip(*instance.equations, strict=True)
    )
    moved = any(map(any, right))
    shown = {"A": left, "p": p if any(p) else None, "B": right if moved else None, "q": q}
    equation = (
        f"A v{' + p' if any(p) else ''} = {'B v + ' if moved else ''}q for v = ({', '.join(instance.names)}), where"
    )
    return "\n".join([equation, *(f"{name} = {value}" for name, value in shown.items() if value is not None)])


@lru_cache(maxsize=8)
def _solved(instance: Instance) -> Solved | None:
    return solved([row_of(equation) for equation in instance.equations])


def _solution(instance: Instance) -> tuple[Fraction, ...]:
    found = _solved(instance)
    assert found is not None
    return found.values


def _point(instance: Instance, answer: str) -> tuple[Fraction, ...] | None:
    """The values of the unknowns in the instance's order."""
    if "=" not in answer and ":" not in answer:
        values = answers.rationals(answer, most=len(instance.names))
        return values if values is not None and len(values) == len(instance.names) else None
    if match := _TUPLE.fullmatch(answer):
        names = [name.strip() for name in match["names"].lower().split(",")]
        return _point(instance, match["values"]) if names in (["v"], list(instance.names)) else None
    named = answers.assignments(answer)
    if named is None or {name.lower() for name in named} != set(instance.names) or len(named) != len(instance.names):
        return None
    by_name = {name.lower(): answers.rational(value) for name, value in named.items()}
    point = tuple(value for name in instance.names if (value := by_name[name]) is not None)
    return point if len(point) == len(instance.names) else None


def _coordinate(params: Params, rng: Random) -> Fraction:
    bottom = rng.randint(1, params.denominator)
    return Fraction(rng.randint(params.lowest * bottom, params.highest * bottom), bottom)


def _equation(params: Params, point: list[Fraction], rng: Random) -> Equation:
    """An equation that holds in the point, scaled up until its constant is whole."""

    def size() -> int:
        number = rng.randint(1, params.coefficient)
        return -number if params.negative and rng.random() < 0.5 else number

    present = rng.sample(range(len(point)), rng.randint(min(2, len(point)), len(point)))
    factors = [size() if place in present else 0 for place in range(len(point))]
    constant = sum(map(mul, factors, point), Fraction(0))
    left = [factor * constant.denominator for factor in factors] + [0]
    right = [0] * len(point) + [constant.numerator]
    if len(point) == 1:
        shift = rng.randint(1, 9) * (-1 if params.negative and rng.random() < 0.5 else 1)
        left[-1], right[-1] = shift, right[-1] + shift
    for place in range(len(left)):
        if rng.randrange(100) < params.spread:
            moved = size()
            left[place], right[place] = left[place] + moved, right[place] + moved
    return tuple(left), tuple(right)


FAMILY: Family[Params, Instance] = Family(
    name="algebra.linear_systems",
    version=1,
    title="Linear systems",
    domain="algebra",
    params=Params,
    instance=Instance,
    levels=LEVELS,
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("equations", "matrix", "words"),
    second_check=second_check,
    steps=steps,
)
