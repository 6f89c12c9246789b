"""Which words of a text are names that could as well be others: people, labels, unknowns, values of a list, things.

A name is only renamed where the text itself shows that it is one: a word that occurs once may be what is asked for.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dedup.text.clauses import Clause
from dedup.text.given_names import ALSO_WORDS, FEMALE
from dedup.text.lexemes import Kind
from dedup.text.vocabulary import (
    COLOURED,
    COLOURS,
    EQUATIONS,
    FORM,
    INERT,
    KINSHIP,
    KNOWLEDGE,
    LETTERED,
    NOT_NAMES,
    PRONOUNS,
    RELATION,
    SYMBOLS,
    words,
)


class Entity(NamedTuple):
    """A name as it stands first in the text, and its kind: "name", "woman", "man", "label" or "thing".

    Women and men are told apart only where the text has a word that turns on it.
    """

    name: str
    kind: str


class Entities(NamedTuple):
    """The entities in the order of their first mention; `at` is the number of each by its spelling."""

    all: tuple[Entity, ...]
    at: dict[str, int]
    heads: frozenset[str]
    """Names of value lists ("colour: red, blue"), which could be others too."""


_NOTHING = Entities((), {}, frozenset())
_OPERATORS = words("+ - * / ^ = < > <= >= != ( ) ~ ->")
_ACRONYMS = words("GCD LCM USA UK EU OK AM PM TV ID NYC US UN PDF SQL HTML JSON XML CSV URL API CPU RAM USD EUR")


def entities(clauses: Sequence[Clause], vocabulary: frozenset[str]) -> Entities:
    """The entities of the clauses, whose spellings together are the vocabulary."""
    if not FORM.isdisjoint(vocabulary):
        return _NOTHING
    kind_of = _names(clauses, vocabulary) | _labels(clauses, vocabulary)
    kind_of |= dict.fromkeys(_colours(clauses, vocabulary), "name")
    heads: set[str] = set()
    if any(clause.lists for clause in clauses):
        kind_of = dict.fromkeys(_listed(clauses, vocabulary, heads), "name") | kind_of
    kind_of |= dict.fromkeys(_roles(clauses), "name")
    for thing in INERT & vocabulary:
        kind_of.setdefault(thing, "thing")
    if not kind_of:
        return _NOTHING
    found: dict[str, int] = {}
    told: list[Entity] = []
    for clause in clauses:
        for at, form in enumerate(clause.forms):
            if form in kind_of and form not in found:
                found[form] = len(told)
                told.append(Entity(clause.written[at], kind_of[form]))
    return Entities(tuple(told), found, frozenset(heads))


def _roles(clauses: Sequence[Clause]) -> Iterator[str]:
    """What those are called who "always tell the truth" or "always lie": heroes and villains, sages and fools."""
    for clause in clauses:
        if "always" in clause.words and ("truth" in clause.words or "lie" in clause.words):
            for before, word, after in zip(clause.forms, clause.forms[1:], clause.forms[2:], strict=False):
                if word == "always" and after in ("tell", "lie") and before[0].isalpha():
                    yield before


def _names(clauses: Sequence[Clause], vocabulary: frozenset[str]) -> dict[str, str]:
    """People by their given names, and other words with capitals that recur and stand for themselves."""
    given: Counter[str] = Counter()
    inner: set[str] = set()
    capital: Counter[str] = Counter()
    spread = 0
    surnamed: set[str] = set()
    for clause in clauses:
        any_here = False
        for at in clause.names:
            kind, form = clause.kinds[at], clause.forms[at]
            if kind is Kind.GIVEN:
                given[form] += 1
                any_here = True
                if at + 1 < len(clause.kinds) and clause.kinds[at + 1] is Kind.CAPITAL:
                    surnamed.add(form)
                    surnamed.add(clause.forms[at + 1])
            elif kind is Kind.CAPITAL or (kind is Kind.LABEL and len(form) > 3):
                capital[form] += 1
                any_here = True
            if at and clause.forms[at - 1] != ":":
                inner.add(form)
        spread += any_here
    persons = [form for form in given if form not in surnamed]
    both = len({form in FEMALE for form in persons}) > 1
    gendered = not KINSHIP.isdisjoint(vocabulary) or (both and not PRONOUNS.isdisjoint(vocabulary))
    told = {
        form: ("woman" if form in FEMALE else "man") if gendered else "name"
        for form, number in given.items()
        if form not in surnamed and (form not in ALSO_WORDS or form in inner or number > 1)
    }
    recurring = [form for form, number in capital.items() if number > 1 and form in inner and form not in surnamed]
    if (
        recurring
        and spread >= 3
        and KNOWLEDGE.isdisjoint(vocabulary)
        and (len(recurring) + len(told) >= 2 or _figures(clauses) > 1)
    ):
        common = {
            form
            for clause in clauses
            for form, kind in zip(clause.forms, clause.kinds, strict=True)
            if kind is Kind.WORD
        }
        told.update((form, "name") for form in recurring if form not in common)
    return told


def _figures(clauses: Sequence[Clause]) -> int:
    return sum(kind is Kind.NUMBER for clause in clauses for kind in clause.kinds)


def _colours(clauses: Sequence[Clause], vocabulary: frozenset[str]) -> frozenset[str]:
    """Colours that tell things apart: two or more, of which one at least is spoken of again."""
    colours = COLOURS & vocabulary
    if len(colours) < 2 or not COLOURED.isdisjoint(vocabulary):
        return frozenset()
    recurring = any(sum(colour in clause.words for clause in clauses) > 1 for colour in colours)
    return colours if recurring else frozenset()


def _labels(clauses: Sequence[Clause], vocabulary: frozenset[str]) -> dict[str, str]:
    """Letters alone and short codes, where several recur or calculations are made with them."""
    if not SYMBOLS.isdisjoint(vocabulary):
        return {}
    found: Counter[str] = Counter()
    bare: set[str] = set()
    beside: dict[tuple[str, int], set[str]] = {}
    reckoned = False
    for clause in clauses:
        forms = clause.forms
        for at in clause.names:
            kind = clause.kinds[at]
            if kind is not Kind.LETTER and (kind is not Kind.LABEL or len(forms[at]) > 3):
                continue
            found[forms[at]] += 1
            before = clause.kinds[at - 1] if at else Kind.SIGN
            if before is not Kind.NUMBER:
                bare.add(forms[at])
                for noun, side in (
                    (forms[at - 1] if at else "", -1),
                    (forms[at + 1] if at + 1 < len(forms) else "", 1),
                ):
                    if noun.isalpha() and len(noun) > 2 and noun not in LETTERED and noun not in RELATION:
                        beside.setdefault((noun, side), set()).add(forms[at])
            reckoned = (
                reckoned or (at > 0 and forms[at - 1] in _OPERATORS)
                or (at + 1 < len(forms) and forms[at + 1] in _OPERATORS)
            )  # fmt: skip
    several = len(found) > 1 and any(number > 1 for number in found.values()) and found.total() > 3
    unknown = any(number > 1 and form.islower() for form, number in found.items())
    alike = any(len(letters) > 1 for letters in beside.values())  # "pump A ... pump B"
    if not (reckoned or several or unknown or alike):
        return {}
    if sum(len(form) > 1 for form in found) < 3:
        found = Counter({form: number for form, number in found.items() if form not in _ACRONYMS})
    if EQUATIONS.isdisjoint(vocabulary):
        bare |= {form for form in found if form not in "mgshlLVANWJKCF"}
    else:
        bare |= {*found}
    return {form: "label" for form in found if form in bare}


def _listed(clauses: Sequence[Clause], vocabulary: frozenset[str], heads: set[str]) -> list[str]:
    """Words of enumerations that other clauses speak of; the names of their lists go into `heads`."""
    if not KNOWLEDGE.isdisjoint(vocabulary):
        return []
    spoken: Counter[str] = Counter()
    for clause in clauses:
        spoken.update(clause.words)
    told: list[str] = []
    for clause in clauses:
        for items in clause.lists:
            recurring = sum(spoken[item] > 1 for item in items)
            if 3 * recurring >= 2 * len(items) and NOT_NAMES.isdisjoint(items) and len({*items}) == len(items):
                told += items
                if clause.forms[1] == ":" and clause.forms[2] == items[0] and spoken[clause.forms[0]] == 1:
                    heads.add(clause.forms[0])
    return told
