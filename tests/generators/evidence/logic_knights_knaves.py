"""Second opinions on knights and knaves: every way to be honest is tried, statements computed as numbers 0 and 1."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

import msgspec

from generators.cores.constraint.formulas import Formula
from generators.evidence import Evidence
from generators.logic.knights_knaves import FAMILY, Instance
from generators.logic.knights_words import NAMES


def judge(instance: Instance, answer: str) -> bool:
    pairs = [part.split(" = ") for part in answer.lower().split(", ")]
    if any(len(pair) != 2 or pair[1] not in ("knight", "knave") for pair in pairs):
        return False
    if sorted(name for name, _ in pairs) != sorted(map(str.lower, instance.names)):
        return False
    kinds = dict(pairs)
    return fits(instance, [int(kinds[name.lower()] == "knight") for name in instance.names])


def recompute(instance: Instance) -> str:
    return written(instance.names, next(readings(instance)))


def count(instance: Instance) -> int:
    return sum(1 for _ in zip(range(2), readings(instance), strict=False))


def readings(instance: Instance) -> Iterator[tuple[int, ...]]:
    return (honest for honest in product((0, 1), repeat=len(instance.names)) if fits(instance, honest))


def fits(instance: Instance, honest: Sequence[int]) -> bool:
    return all(value(said, honest) == honest[speaker] for speaker, said in enumerate(instance.says))


def value(said: Formula, honest: Sequence[int]) -> int:
    if said.op in ("exactly", "at_least", "at_most"):
        surplus = sum(honest[person] for person in said.variables) - said.number
        return int({"exactly": surplus == 0, "at_least": surplus >= 0, "at_most": surplus <= 0}[said.op])
    if said.op == "is":
        return honest[said.variables[0]]
    parts = [value(part, honest) for part in said.parts]
    return {
        "not": 1 - parts[0],
        "and": min(parts),
        "or": max(parts),
        "if": max(1 - parts[0], parts[-1]),
        "iff": 1 - abs(parts[0] - parts[-1]),
    }[said.op]


def written(names: Sequence[str], honest: Sequence[int]) -> str:
    return ", ".join(f"{name} = {('knave', 'knight')[h]}" for name, h in zip(names, honest, strict=True))


def alternatives(instance: Instance) -> Iterator[str]:
    gold = recompute(instance)
    yield gold.replace(", ", "\n")
    yield gold.replace(" = ", ": ")
    yield gold.replace(" = ", " is a ") + "."
    yield gold.upper()
    yield ", ".join(reversed(gold.split(", ")))
    yield " and ".join(gold.rsplit(", ", 1))


def near_misses(instance: Instance) -> Iterator[str]:
    right = next(readings(instance))
    parts = written(instance.names, right).split(", ")
    for person in range(len(right)):
        yield written(instance.names, [h ^ (at == person) for at, h in enumerate(right)])
        yield ", ".join(parts[:person] + parts[person + 1 :])
        yield ", ".join([*parts, parts[person]])
    yield written(instance.names, [1 - h for h in right])
    yield " ".join(("knave", "knight")[h] for h in right)
    yield ", ".join([*parts, "Zed = knight"])
    yield f"{', '.join(parts)} or {written(instance.names, [1 - h for h in right])}"
    yield written(instance.names, right).replace("=", "!=")
    yield written(instance.names, right).replace("= ", "= not ")


def disguise(instance: Instance, rng: Random) -> Instance:
    """Other names, the people in another order, parts that may be swapped swapped."""
    count = len(instance.names)
    new = rng.sample(range(count), count)  # person i becomes person new[i]
    old = sorted(range(count), key=lambda person: new[person])
    return Instance(
        names=tuple(rng.sample(NAMES, count)),
        says=tuple(renamed(instance.says[person], new, rng) for person in old),
        knights=tuple(instance.knights[person] for person in old),
    )


def renamed(said: Formula, new: Sequence[int], rng: Random) -> Formula:
    parts = [renamed(part, new, rng) for part in said.parts]
    if said.op in ("and", "or", "iff"):
        rng.shuffle(parts)
    variables = tuple(new[person] for person in rng.sample(said.variables, len(said.variables)))
    return Formula(said.op, tuple(parts), variables, said.number)


def change(instance: Instance, rng: Random) -> Instance:
    """One "is a knight" turned into "is a knave" or back, where one answer still fits; else one person more."""
    flips = [(at, said) for at, one in enumerate(instance.says) for said in flipped(one)]
    for at, said in rng.sample(flips, len(flips))[:20]:
        other = msgspec.structs.replace(instance, says=(*instance.says[:at], said, *instance.says[at + 1 :]))
        found = [*zip(range(2), readings(other), strict=False)]
        if len(found) == 1:
            return msgspec.structs.replace(other, knights=tuple(map(bool, found[0][1])))
    return Instance(
        names=(*instance.names, "Zed"),
        says=(*instance.says, Formula("is", variables=(0,))),
        knights=(*instance.knights, instance.knights[0]),
    )


def flipped(said: Formula) -> Iterator[Formula]:
    """The statement with one of its leaves negated, or a negated one plain."""
    if said.op == "is":
        yield Formula("not", (said,))
    elif said.op == "not" and said.parts[0].op == "is":
        yield said.parts[0]
    else:
        for at, part in enumerate(said.parts):
            for other in flipped(part):
                yield Formula(said.op, (*said.parts[:at], other, *said.parts[at + 1 :]), said.variables, said.number)


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    solutions=count,
    rising=("people", "operations", "depth"),
)
