"""Polynomial roots: all real roots of an expanded polynomial, exactly, rational or with a square root."""

import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, sqrt
from random import Random
from typing import Annotated

import msgspec

from generators import answers
from generators.cores.expression.polynomial import (
    Coefficients,
    multiplicity_at,
    polynomial_text,
    product,
    real_root_count,
)
from generators.cores.expression.surds import Surd, read_surds, surd, surd_text
from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

Count = Annotated[int, msgspec.Meta(ge=0, le=3)]


class Params(msgspec.Struct, frozen=True):
    """Rational roots are up to `largest` over denominators up to `denominator`; the rest comes in quadratics."""

    degree: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    largest: Annotated[int, msgspec.Meta(ge=3, le=99)] = 9
    denominator: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    irrational: Count = 0
    """Quadratic factors with two irrational roots."""
    nonreal: Count = 0
    """Quadratic factors without a real root."""
    repeats: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    """How often, in percent, a rational root is one that is there already."""
    scale: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    counted: bool = False
    """Whether roots are asked for with their multiplicities."""

    def __post_init__(self) -> None:
        least = 2 * (self.irrational + self.nonreal) + (self.irrational == 0)
        if self.degree < least:
            raise ValueError(f"degree: these quadratic factors and a real root need at least {least}")


class Instance(msgspec.Struct, frozen=True):
    """The factors, a repeated one as often as it occurs, each without rational roots of its own if not linear."""

    name: str
    scale: int
    factors: tuple[Coefficients, ...]
    counted: bool


LEVELS = (
    Params(degree=1, largest=99),
    Params(degree=2, largest=9),
    Params(degree=2, largest=25),
    Params(degree=3, largest=6, repeats=20),
    Params(degree=2, denominator=4),
    Params(degree=3, denominator=3, repeats=30, counted=True),
    Params(degree=4, nonreal=1),
    Params(degree=4, denominator=2, irrational=1),
    Params(degree=5, largest=12, denominator=3, irrational=1, nonreal=1, scale=4),
    Params(degree=6, largest=12, denominator=5, irrational=1, repeats=30, scale=6, counted=True),
    Params(degree=8, largest=15, denominator=5, irrational=2, nonreal=1, repeats=30, scale=9, counted=True),
)

_ASKED = {False: "List each different root once.", True: "List each root as often as its multiplicity."}


def make(params: Params, rng: Random) -> Instance:
    """Random factors, drawn again while the coefficients happen to spell out the answer."""
    while True:
        factors: list[Coefficients] = []
        for _ in range(params.degree - 2 * (params.irrational + params.nonreal)):
            repeated = factors and rng.randrange(100) < params.repeats
            factors.append(rng.choice(factors) if repeated else _linear(params, rng))
        factors += (_quadratic(params, rng, real=place < params.irrational) for place in range(_quadratics(params)))
        scale = rng.choice((-1, 1)) * rng.randint(1, params.scale) if params.scale > 1 else 1
        instance = Instance(rng.choice("xxxtyz"), scale, tuple(factors), params.counted)
        if len(gold(instance)) <= 3 or gold(instance) not in _listed(_expanded(instance)):
            return instance


def statement(instance: Instance, style: str) -> str:
    expanded, name, asked = _expanded(instance), instance.name, _ASKED[instance.counted]
    if style == "latex":
        return f"Find all real roots of $${polynomial_text(expanded, name, '{}^{{{}}}')} = 0$$\n{asked}"
    if style == "coefficients":
        highest = f"{name}^{len(expanded) - 1}" if len(expanded) > 2 else name
        told = f"from {highest} down to the constant: {_listed(expanded)}"
        return f"A polynomial in {name} has these coefficients, {told}.\nFind all its real roots. {asked}"
    return f"Find all real roots of {polynomial_text(expanded, name)} = 0. {asked}"


def answer_format(instance: Instance) -> str:
    # No root has the denominator 11, so the same example serves every polynomial and tells of none.
    if _has_quadratic(instance):
        return "Give exact roots (with sqrt where needed), separated by commas, such as 5/11, 3 - sqrt(7)/11."
    return "Give exact roots, separated by commas, such as 5/11, -3/11."


def gold(instance: Instance) -> str:
    roots = _roots(instance) if instance.counted else set(_roots(instance))
    return ", ".join(surd_text(root) for root in sorted(roots, key=_place))


def check(instance: Instance, answer: str) -> Verdict:
    """Every root and nothing else, in any order and any exact notation; `a ± b` stands for two."""
    given = _given(instance, answer)
    if given is None:
        return malformed("expected exact numbers separated by commas, as asked")
    expanded = _expanded(instance)
    for root, times in given.items():
        multiplicity = multiplicity_at(expanded, root)
        if multiplicity == 0:
            return wrong(f"{surd_text(root)} is not a root"[:200])
        if times != (multiplicity if instance.counted else 1):
            return wrong(f"{surd_text(root)} is listed {times} times"[:200])
    missing = real_root_count(expanded) - len(given)
    return wrong(f"{missing} more real roots exist") if missing else correct()


def canonical(instance: Instance) -> bytes:
    """Exact: the same equation up to the name and a factor, and the same question about it."""
    expanded = _expanded(instance)
    shared = gcd(*expanded) * (1 if expanded[0] > 0 else -1)
    return repr(([factor // shared for factor in expanded], instance.counted)).encode()


def features(instance: Instance) -> dict[str, float]:
    expanded, roots = _expanded(instance), set(_roots(instance))
    return {
        "degree": len(expanded) - 1,
        "roots": len(roots),
        "fractions": sum(root.rational.denominator > 1 for root in roots),
        "irrational": sum(root.factor != 0 for root in roots),
        "coefficient_digits": len(str(max(map(abs, expanded)))),
    }


def _quadratics(params: Params) -> int:
    return params.irrational + params.nonreal


def _has_quadratic(instance: Instance) -> bool:
    return any(len(factor) == 3 for factor in instance.factors)


def _listed(expanded: Coefficients) -> str:
    return ", ".join(map(str, expanded))


@lru_cache(maxsize=8)
def _expanded(instance: Instance) -> Coefficients:
    return product(((instance.scale,), *instance.factors))


@lru_cache(maxsize=8)
def _roots(instance: Instance) -> tuple[Surd, ...]:
    """The real roots of the factors, repeated ones repeated."""
    roots: list[Surd] = []
    for factor in instance.factors:
        if len(factor) == 2:
            roots.append(surd(Fraction(-factor[1], factor[0])))
            continue
        a, b, c = factor
        inside = b * b - 4 * a * c
        if inside > 0:
            roots += (surd(Fraction(-b, 2 * a), Fraction(sign, 2 * a), inside) for sign in (-1, 1))
    return tuple(roots)


def _place(root: Surd) -> float:
    return float(root.rational) + float(root.factor) * sqrt(root.radicand)


def _given(instance: Instance, answer: str) -> Counter[Surd] | None:
    """The numbers of an answer and how often each is given; `x =` may stand before any."""
    items = answers.items(re.sub(rf"^{instance.name} ?(?:\\in|∈) ?", "", answer))
    if items is None or len(items) > len(_expanded(instance)):
        return None
    given: Counter[Surd] = Counter()
    for item in items:
        found = read_surds(re.sub(rf"^{instance.name}(?:_\{{?[0-9]{{1,2}}\}}?)?\s*=\s*", "", item))
        if found is None:
            return None
        given.update(found)
    return given


def _linear(params: Params, rng: Random) -> Coefficients:
    bottom = rng.randint(1, params.denominator)
    top = rng.randint(-params.largest, params.largest) or params.largest * (params.degree == 1)
    shared = gcd(top, bottom)
    return bottom // shared, -top // shared


def _quadratic(params: Params, rng: Random, *, real: bool) -> Coefficients:
    """One without rational roots, and with real roots or not."""
    while True:
        a, b = rng.randint(1, params.denominator), rng.randint(-params.largest, params.largest)
        c = rng.randint(-params.largest, params.largest)
        inside = b * b - 4 * a * c
        if (inside > 0) == real and (inside < 0 or isqrt(inside) ** 2 != inside) and gcd(a, b, c) == 1:
            return a, b, c


FAMILY: Family[Params, Instance] = Family(
    name="algebra.polynomial_roots",
    version=1,
    title="Polynomial roots",
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
    styles=("equation", "latex", "coefficients"),
)
