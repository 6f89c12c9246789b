"""Calculations in a clause as groups: terms and factors in any order, the sides of an equation likewise."""

from collections.abc import Iterator, Sequence

from dedup.text.groups import Group, Part, bracketed
from dedup.text.vocabulary import words

CALCULATION = words("+ - * / ^ ( ) ± =")
_OPERATORS = words("+ - * / ^ =")


def calculations(tokens: Sequence[str | int]) -> Iterator[Part]:
    """The tokens with each run of numbers, entities and signs of calculation as one group, equations either way."""
    run: list[str | int] = []
    for token in (*tokens, ""):
        if isinstance(token, int) or token in CALCULATION or token[:1].isdigit():
            run.append(token)
            continue
        yield from _calculated(run)
        run = []
        if token != "":
            yield token


def _calculated(run: Sequence[str | int]) -> Iterator[Part]:
    if len(run) < 2 or run.count("(") != run.count(")") or not any(token in _OPERATORS for token in run):
        yield from run
        return
    sides: list[list[str | int]] = [[]]
    for token in run:
        if token == "=":
            sides.append([])
        else:
            sides[-1].append(token)
    if all(sides):
        told = tuple(_sum(side, 0) for side in sides)
        yield Group(("=", Group(told, False)), True) if len(told) > 1 else told[0]
        return
    for number, side in enumerate(sides):
        if number:
            yield "="
        if side:
            yield _sum(side, 0)


def _sum(run: Sequence[str | int], depth: int) -> Group:
    """Terms with their signs, in any order; the factors of a term likewise."""
    terms: list[Part] = []
    term: list[Part] = []
    sign = "+"
    for part in bracketed(run, depth, _sum):
        if part in ("+", "-") and not (term and term[-1] in ("*", "/", "^")):
            if term:
                terms.append(Group((sign, _product(term)), True))
                sign = str(part)
            else:
                sign = "+" if sign == part else "-"
            term = []
        else:
            term.append(part)
    if term or sign == "-" or not terms:
        terms.append(Group((sign, _product(term)), True))
    return Group(tuple(terms), False)


def _product(term: Sequence[Part]) -> Part:
    """The factors in any order, where they are only multiplied: 6x, x * y, 3 (x + 1)."""
    if "/" in term or any(part == "^" for part in term[:1]) or term[-1:] == ["*"]:
        return Group(tuple(term), True)
    factors: list[list[Part]] = [[]]
    for part in term:
        last = factors[-1][-1] if factors[-1] else None
        if part == "*":
            factors.append([])
            continue
        apart = last is not None and last not in ("^", "-", "+") and part != "^"
        if apart and not (isinstance(last, int) and isinstance(part, Group)):
            factors.append([])
        factors[-1].append(part)
    told = tuple(factor[0] if len(factor) == 1 else Group(tuple(factor), True) for factor in factors)
    return told[0] if len(told) == 1 else Group(told, False)
