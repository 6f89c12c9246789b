"""Second opinions on polynomial roots: the written polynomial is read back, and sympy factors and solves it."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from random import Random

import msgspec
import sympy

from generators.algebra.polynomial_roots import FAMILY, Instance
from generators.evidence import Evidence

_X = sympy.Symbol("x")
_TERM = re.compile(r"([+-]?)([0-9]*)([a-z]?)(?:\^([0-9]+))?")
_RATIO = r"-?[0-9]+(?:/[0-9]+)?"
_NUMBER = re.compile(rf"({_RATIO})")
_SURD = re.compile(rf"(?:({_RATIO}) )?([+-] ?|-?)(?:([0-9]+(?:/[0-9]+)?)\*)?sqrt\(([0-9]+)\)")


def polynomial_read(instance: Instance) -> sympy.Poly:
    """The polynomial as it stands in the statement."""
    text = FAMILY.statement(instance, "equation").removeprefix("Find all real roots of ").partition(" = 0")[0]
    total = sympy.Integer(0)
    for sign, digits, name, power in _TERM.findall(text.replace(" ", "")):
        if digits or name:
            exponent = int(power or 1) if name else 0
            total += (-1 if sign == "-" else 1) * int(digits or 1) * _X**exponent
    return sympy.Poly(total, _X)


@lru_cache(maxsize=256)
def roots_found(instance: Instance) -> tuple[sympy.Expr, ...]:
    """All real roots, each as often as it is asked for."""
    found: list[sympy.Expr] = []
    for factor, times in polynomial_read(instance).factor_list()[1]:
        real = [root for root in sympy.roots(factor, _X) if root.is_real]
        found += [sympy.expand(root) for root in real for _ in range(times if instance.counted else 1)]
    return tuple(sorted(found, key=lambda root: root.evalf(30)))


def number_read(text: str) -> sympy.Expr | None:
    """A number in the strict form of the answer format."""
    if match := _NUMBER.fullmatch(text):
        return None if re.search("/0+$", match[1]) else sympy.Rational(match[1])
    match = _SURD.fullmatch(text)
    if match is None or match[2] not in (("", "-") if match[1] is None else ("+ ", "- ")):
        return None
    parts = [part or default for part, default in ((match[1], "0"), (match[3], "1"))]
    if any(re.search("/0+$", part) for part in parts) or sympy.sqrt(int(match[4])).is_rational:
        return None
    sign = -1 if "-" in match[2] else 1
    return sympy.expand(sympy.Rational(parts[0]) + sign * sympy.Rational(parts[1]) * sympy.sqrt(int(match[4])))


def recompute(instance: Instance) -> str:
    return ", ".join(str(root).replace(" ", "").replace("*sqrt", " sqrt") for root in roots_found(instance))


def judge(instance: Instance, answer: str) -> bool:
    given = [number_read(part) for part in answer.split(", ")]
    return None not in given and Counter(given) == Counter(roots_found(instance))


def alternatives(instance: Instance) -> Iterable[str]:
    roots = roots_found(instance)
    texts = [sympy.latex(root) for root in roots]
    yield ", ".join(reversed(texts))
    yield f"\\{{{', '.join(texts)}\\}}"
    yield " or ".join(f"{instance.name} = {text}" for text in texts)
    yield "\n".join(f"{instance.name}_{{{place}}} = {text}" for place, text in enumerate(texts, start=1))
    yield "; ".join(f"${text}$" for text in texts)
    yield ", ".join(str(root).replace("sqrt", "√").replace("*", "").replace("-", "−") for root in roots)
    yield ", ".join(str(sympy.together(root)) for root in roots)


def near_misses(instance: Instance) -> Iterable[str]:
    gold = FAMILY.gold(instance)
    parts = gold.split(", ")
    for place, part in enumerate(parts):
        yield ", ".join([*parts[:place], *parts[place + 1 :]])
        yield ", ".join([*parts, part])
        yield ", ".join([*parts[:place], f"{part} + 1", *parts[place + 1 :]])
        yield ", ".join([*parts[:place], f"-{part}" if part != "0" else "1", *parts[place + 1 :]])
        yield ", ".join([*parts[:place], f"{float(roots_found(instance)[place]):.6f}01", *parts[place + 1 :]])
        yield ", ".join([*parts[:place], part.replace("sqrt(", "sqrt(1"), *parts[place + 1 :], "1"])
    yield ", ".join([*parts, "sqrt(2)"])
    yield ", ".join([*parts, "sqrt(4)"])
    yield " ± ".join(parts) if len(parts) > 1 else f"±{gold}"
    yield f"{FAMILY.statement(instance, 'equation').removeprefix('Find all real roots of ').partition(' = 0')[0]}"


def disguise(instance: Instance, rng: Random) -> Instance:
    """Another name, another constant factor, the factors in another order and with other signs."""
    flipped = [
        tuple(-number for number in factor) if rng.random() < 0.5 else factor
        for factor in rng.sample(instance.factors, len(instance.factors))
    ]
    return msgspec.structs.replace(
        instance, name=rng.choice("abcw"), scale=rng.choice((-7, -1, 2, 5)), factors=tuple(flipped)
    )


def change(instance: Instance, rng: Random) -> Instance:
    """The constant of one factor raised, of a quadratic one until it has no rational root."""
    place = rng.randrange(len(instance.factors))
    factor = instance.factors[place]
    while True:
        factor = (*factor[:-1], factor[-1] + 1)
        if len(factor) == 2 or sympy.Poly(factor, _X).is_irreducible:
            factors = (*instance.factors[:place], factor, *instance.factors[place + 1 :])
            return msgspec.structs.replace(instance, factors=factors)


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("degree", "roots", "irrational", "coefficient_digits"),
)
