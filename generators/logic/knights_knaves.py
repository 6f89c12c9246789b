"""Knights and knaves: knights say what is true, knaves what is false; one answer fits, proved on all there are."""

import re
from collections.abc import Sequence
from functools import reduce
from operator import and_
from random import Random
from typing import Annotated

import msgspec

from dedup.canonical import Edge, canonical_form
from generators import answers
from generators.cores.constraint.formulas import (
    COMMUTATIVE,
    COUNTING,
    LOGICAL,
    Formula,
    full_table,
    is_true,
    truth_table,
    variable_table,
)
from generators.family import Family
from generators.logic.knights_words import (
    NAMES,
    NOTES,
    SYMBOLS,
    WORDS,
    innermost,
    is_leaf,
    listed,
    operations_in,
    spelled,
)
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

OPERATIONS = (*LOGICAL, *COUNTING)
TRIES = 12
"""Sets of statements tried for one drawn answer before another is drawn: some answers allow no such set."""

_PLAIN = re.compile(r"[A-Z][a-z]+ = kn(?:ight|ave)(?:, [A-Z][a-z]+ = kn(?:ight|ave))*")
_MARKUP = re.compile(r"\\text|[\"*`{}]")
_IS = re.compile(r" ?(?:\bis\b|=|:|->) ?(?:a )?(?=knight\b|knave\b)| - (?=knight\b|knave\b)")

_Claim = int  # the assignments of knights under which a speaker can have said something: a truth table


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """How many people speak, how deep statements nest, and how many of OPERATIONS they use."""

    people: Annotated[int, msgspec.Meta(ge=2, le=12)]
    depth: Annotated[int, msgspec.Meta(ge=1, le=4)]
    operations: Annotated[int, msgspec.Meta(ge=1, le=len(OPERATIONS))]


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """Person i is called `names[i]` and says `says[i]`, where variable j means that person j is a knight."""

    names: tuple[str, ...]
    says: tuple[Formula, ...]
    knights: tuple[bool, ...]


def make(params: Params, rng: Random) -> Instance:
    """The answer is drawn first, evenly, and then statements that single it out: so no answer is a good guess."""
    while True:
        knights = tuple(rng.random() < 0.5 for _ in range(params.people))
        for _ in range(TRIES):
            said = [_said(params, speaker, knights, rng) for speaker in range(params.people)]
            if reduce(and_, (claim for _, claim in said)).bit_count() == 1:
                says = tuple(formula for formula, _ in said)
                return Instance(names=tuple(rng.sample(NAMES, params.people)), says=says, knights=knights)


def statement(instance: Instance, style: str) -> str:
    symbols = style == "symbols"
    speakers = list(zip(instance.names, instance.says, strict=True))
    if symbols:
        lines = [f"{name}: {spelled(said, '', instance.names, SYMBOLS)}" for name, said in speakers]
        reading = " Each line gives what one of them says: a name means that this person is a knight, ~ means not."
    else:
        texts = [spelled(said, name, instance.names, WORDS) for name, said in speakers]
        lines = [f'{n} says: "{text[0].upper()}{text[1:]}."' for n, text in zip(instance.names, texts, strict=True)]
        reading = ""
    used = {op for said in instance.says for op in operations_in(said)}
    notes = "".join(note[symbols] for op, note in NOTES.items() if op in used)
    return (
        f"Each of {listed(instance.names)} is a knight or a knave. What a knight says is true, what a knave says is "
        f"false.{reading}{notes}\n\n" + "\n".join(lines) + "\n\nExactly one answer fits. Who is what?"
    )


def answer_format(instance: Instance) -> str:
    return "Name everyone and say which of the two they are, like `Xenia = knight, Yann = knave`."


def gold(instance: Instance) -> str:
    return ", ".join(
        f"{name} = {'knight' if knight else 'knave'}"
        for name, knight in zip(instance.names, instance.knights, strict=True)
    )


def check(instance: Instance, answer: str) -> Verdict:
    names = [name.lower() for name in instance.names]
    told = _told(answer.lower()) if answer.isascii() else None
    if told is None or set(told) != set(names) or not set(told.values()) <= {"knight", "knave"}:
        return malformed("expected name = knight or name = knave once for each person")
    knights = [told[name] == "knight" for name in names]
    for name, said, knight in zip(names, instance.says, knights, strict=True):
        if is_true(said, knights) != knight:
            return wrong(f"{name.capitalize()}, if a {told[name]}, would not have said that")
    return correct()


def second_check(instance: Instance, answer: str) -> bool | None:
    """The answer that was drawn first; where `check` looks at what everybody says, this looks at nothing of it."""
    if _PLAIN.fullmatch(answer) is None:
        return None
    told = sorted(part.split(" = ") for part in answer.split(", "))
    kinds = ["knight" if knight else "knave" for knight in instance.knights]
    return told == sorted(map(list, zip(instance.names, kinds, strict=True)))


def _told(answer: str) -> dict[str, str] | None:
    """What is said of each name in an answer: with `=`, `:`, `is a` or a dash, a name a line or in a row."""
    lines = "\n".join(answers.entries(_MARKUP.sub("", answer)))
    return answers.assignments(_IS.sub(" = ", lines))


def canonical(instance: Instance) -> bytes:
    """Who says what, up to the names, the order of the people and the order of parts that may be swapped."""
    colours = [0] * len(instance.names)
    edges: list[Edge] = []
    for speaker, said in enumerate(instance.says):
        _grow(said, (1, speaker), 1, colours, edges)
    return canonical_form(colours, edges)


def features(instance: Instance) -> dict[str, float]:
    count = len(instance.names)
    claims = [_claim(speaker, said, count) for speaker, said in enumerate(instance.says)]
    settled = sum(claim & variable_table(person, count) in (0, claim) for claim in claims for person in range(count))
    return {
        "people": count,
        "operations": sum(1 for said in instance.says for _ in operations_in(said)),
        "depth": max(map(_depth, instance.says)),
        "settled_by_one_statement": settled / count,
    }


def _said(params: Params, speaker: int, knights: Sequence[bool], rng: Random) -> tuple[Formula, _Claim]:
    """What the speaker can say: true of a knight, false of a knave, and no idle talk that fits everyone."""
    while True:
        said = _formula(params, params.depth if rng.random() < 0.8 else 0, rng, "")
        if is_true(said, knights) == knights[speaker]:
            claim = _claim(speaker, said, params.people)
            if claim != full_table(params.people):
                return said, claim


def _claim(speaker: int, said: Formula, people: int) -> _Claim:
    return full_table(people) ^ variable_table(speaker, people) ^ truth_table(said, people)


def _formula(params: Params, depth: int, rng: Random, above: str) -> Formula:
    """A random statement; no operation stands directly in itself, no part is repeated."""
    choices = [op for op in OPERATIONS[: params.operations] if op != above]
    if depth == 0 or not choices:
        leaf = Formula("is", variables=(rng.randrange(params.people),))
        return leaf if above == "not" or rng.random() < 0.5 else Formula("not", (leaf,))
    op = rng.choice(choices)
    if op in COUNTING:
        spoken_of = sorted(rng.sample(range(params.people), rng.randint(2, min(4, params.people))))
        return Formula(op, variables=tuple(spoken_of), number=rng.randint(1, len(spoken_of) - 1))
    if op == "not":
        return Formula(op, (_formula(params, depth - 1, rng, op),))
    while True:
        parts = [_formula(params, depth - 1, rng, op), _formula(params, rng.randrange(depth), rng, op)]
        if len({innermost(part) for part in parts}) == 2:
            rng.shuffle(parts)
            return Formula(op, tuple(parts))


def _depth(said: Formula) -> int:
    return 0 if is_leaf(said) else 1 + max(map(_depth, said.parts), default=0)


def _grow(said: Formula, parent: tuple[int, int], place: int, colours: list[int], edges: list[Edge]) -> None:
    """Add a statement under its parent end: a leaf is an edge to a person, an operation a vertex of its own."""
    if is_leaf(said):
        edges.append((parent, (3 * place + (1 if said.op == "is" else 2), innermost(said).variables[0])))
        return
    node = len(colours)
    colours.append(1 + OPERATIONS.index(said.op) * 16 + said.number)
    edges.append((parent, (3 * place, node)))
    edges.extend(((0, node), (4, person)) for person in said.variables)
    for at, part in enumerate(said.parts):
        _grow(part, (0, node), 1 if said.op in COMMUTATIVE else 1 + at, colours, edges)


FAMILY = Family(
    name="logic.knights_knaves",
    version=1,
    title="Knights and knaves",
    domain="logic",
    params=Params,
    instance=Instance,
    levels=(
        Params(people=3, depth=1, operations=1),
        Params(people=3, depth=1, operations=3),
        Params(people=4, depth=1, operations=4),
        Params(people=4, depth=2, operations=5),
        Params(people=5, depth=2, operations=6),
        Params(people=6, depth=2, operations=8),
        Params(people=7, depth=3, operations=8),
        Params(people=8, depth=3, operations=8),
        Params(people=10, depth=3, operations=8),
        Params(people=12, depth=4, operations=8),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("words", "symbols"),
    second_check=second_check,
)
