"""River crossing: bring everyone over in a small boat, though some must not be together unless a third is there.

The farmer, wolf, goat and cabbage and the jealous couples are two cases of it: who can row, how many fit, and the
rules `(a, b, guard)`, "a and b are never together without guard", are drawn at random. The whole state space is
searched, so the fewest crossings are known and one plan at least exists.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from random import Random
from typing import Annotated

import msgspec

from dedup.canonical import canonical_form
from generators import answers
from generators.cores.planning.plans import Plan, Refused, judge_plan, may_begin
from generators.cores.planning.search import StateSpace, explore
from generators.family import Family
from schemas import Verdict
from schemas.verdict import malformed

_PEOPLE = """
    Anna Bela Carl Dora Emil Faye Gus Hana Ivan Judy Kurt Lena Milo Nora Omar Petra Quinn Rosa Sven Tara Umar Vera
    Will Yara Zeno
"""
_OTHERS = """
    wolf goat cabbage fox hen corn cat dog mouse cheese snake frog hawk rabbit lettuce bear honey pig apple lion
    sheep hay otter fish crow bread weasel duck spider beetle
"""

_FILLING = re.compile(r"(,? and (?:the )?| ?\+ ?(?:the )?)|\bthe ")
"""What may stand between or before names; the first group parts two of them."""

_TRIES = 20_000

Trip = tuple[int, ...]
Rule = tuple[int, int, int]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """`travellers` to bring over, of whom `rowers` can row; at most `rules` rules; `min_trips` to `max_trips` is the
    least number of crossings, there and back each counting as one (so it is odd)."""

    travellers: Annotated[int, msgspec.Meta(ge=3, le=10)] = 5
    rowers: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    capacity: Annotated[int, msgspec.Meta(ge=2, le=5)] = 2
    rules: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    min_trips: Annotated[int, msgspec.Meta(ge=1, le=41)] = 3
    max_trips: Annotated[int, msgspec.Meta(ge=1, le=41)] = 41
    shortest: bool = False

    def __post_init__(self) -> None:
        if self.rowers > self.travellers:
            raise ValueError(f"rowers {self.rowers} exceeds travellers {self.travellers}")
        if self.capacity >= self.travellers:
            raise ValueError(f"capacity {self.capacity} must be below travellers {self.travellers}")
        if self.rules > self.travellers * (self.travellers - 1) // 2:
            raise ValueError(f"rules {self.rules} exceeds the pairs of {self.travellers} travellers")
        if self.max_trips < self.min_trips:
            raise ValueError(f"max_trips {self.max_trips} is below min_trips {self.min_trips}")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """Travellers are places in `names`. A rule (a, b, guard) forbids a with b without guard; `plan` is a shortest
    plan, one trip a crossing, each the travellers in the boat."""

    names: tuple[str, ...]
    rowers: tuple[int, ...]
    capacity: int
    rules: tuple[Rule, ...]
    plan: tuple[Trip, ...]
    shortest: bool


def make(params: Params, rng: Random) -> Instance:
    """Random rules, drawn again until the fewest crossings lie in the range."""
    everyone = range(params.travellers)
    rowers = tuple(range(params.rowers))
    pairs = list(combinations(everyone, 2))
    for _ in range(_TRIES):
        count = rng.randint((params.rules + 1) // 2, params.rules)
        rules = tuple(
            (a, b, rng.choice([guard for guard in everyone if guard not in (a, b)]))
            for a, b in sorted(rng.sample(pairs, count))
        )
        space = _space(params.travellers, rowers, params.capacity, rules)
        trips = space.depth.get(_GOAL)
        if trips is not None and params.min_trips <= trips <= params.max_trips:
            break
    else:
        raise ValueError(f"min_trips {params.min_trips} was not met in {_TRIES} draws of rules")
    plan = tuple(_travellers(boat) for boat in space.shortest_plan(_GOAL) or ())
    names = rng.sample(_PEOPLE.split(), len(rowers))
    names += rng.sample(_OTHERS.split(), params.travellers - len(rowers))
    return Instance(
        names=tuple(names), rowers=rowers, capacity=params.capacity, rules=rules, plan=plan, shortest=params.shortest
    )


# A state is (travellers still on the left bank as a bit mask, whether the boat is there).
_State = tuple[int, bool]
_GOAL: _State = (0, False)


@lru_cache(maxsize=4)
def _space(travellers: int, rowers: Trip, capacity: int, rules: tuple[Rule, ...]) -> StateSpace[_State, int]:
    """The safe states within reach and the boats between them."""
    everyone = (1 << travellers) - 1
    safe = _safety(rules)
    is_safe = [safe(group) for group in range(everyone + 1)]
    can_row = _mask(rowers)
    groups = (_mask(group) for size in range(1, capacity + 1) for group in combinations(range(travellers), size))
    boats = [boat for boat in groups if boat & can_row and is_safe[boat]]

    def successors(state: _State) -> Iterator[tuple[int, _State]]:
        left, boat_left = state
        here = left if boat_left else everyone ^ left
        for boat in boats:
            if boat & here == boat:
                after = left ^ boat
                if is_safe[after] and is_safe[everyone ^ after]:
                    yield boat, (after, not boat_left)

    return explore((everyone, True), successors)


def _safety(rules: tuple[Rule, ...]) -> Callable[[int], bool]:
    """Whether a group of travellers, as a bit mask, may be together."""
    checks = [(1 << a | 1 << b | 1 << guard, 1 << a | 1 << b) for a, b, guard in rules]
    return lambda group: all(group & three != two for three, two in checks)


def _mask(group: Trip) -> int:
    return sum(1 << traveller for traveller in group)


def _travellers(mask: int) -> Trip:
    return tuple(place for place in range(mask.bit_length()) if mask >> place & 1)


def statement(instance: Instance, style: str) -> str:
    names, rowers = instance.names, [instance.names[rower] for rower in instance.rowers]
    wish = " with as few crossings as possible" if instance.shortest else ""
    if style == "list":
        rules = "\n".join(f"- {names[a]} and {names[b]}: only with {names[guard]}" for a, b, guard in instance.rules)
        return (
            f"River crossing.\nOn the left bank, with the boat: {', '.join(names)}\n"
            f"Can row: {', '.join(rowers)}\nThe boat holds at most: {instance.capacity} (rowers included)\n"
            "Every crossing, either way, needs at least one aboard who can row.\n"
            f"These pairs may be in one place only together with a third:\n{rules}\n"
            "A place is the left bank, the right bank, or the boat on the water. The travellers who stay behind "
            "during a crossing, those in the boat, and all on each bank after it has landed must keep to this.\n"
            f"Goal: all on the right bank{wish}."
        )
    rules = " ".join(
        f"{_the(names[a], True)} and {_the(names[b])} must not be together unless {_the(names[guard])} is with them."
        for a, b, guard in instance.rules
    )
    row = f"Only {_the(rowers[0])} can row it" if len(rowers) == 1 else f"Only {_joined(rowers)} can row it"
    return (
        f"{_joined(names, True)} are on the left bank of a river and want to get to the right bank. Their boat, also "
        f"on the left bank, holds at most {instance.capacity} of them at a time, whoever rows included. {row}, and "
        f"in every crossing, to the right or back to the left, somebody who can row must be aboard. {rules} This holds "
        "for those on the left bank, those on the right bank and those in the boat, during every crossing and after "
        f"each landing, when all in the boat have got out. Plan how all of them get to the right bank{wish}."
    )


def _the(name: str, opens: bool = False) -> str:
    return name if name[0].isupper() else f"{'The' if opens else 'the'} {name}"


def _joined(names: Sequence[str], opens: bool = False) -> str:
    named = [_the(name, opens and place == 0) for place, name in enumerate(names)]
    return f"{', '.join(named[:-1])} and {named[-1]}"


def answer_format(instance: Instance) -> str:
    # The same boat there and back ends where it began, so the example never solves anything.
    pair = f"{instance.names[0]}, {instance.names[1]}"
    return (
        "Write one line for each crossing, in order, the first one from left to right: the names of all who are in "
        f"the boat, separated by commas. For example, `{pair}` and on the next line `{pair}` again takes those two "
        "over and straight back."
    )


def gold(instance: Instance) -> str:
    return "\n".join(", ".join(instance.names[traveller] for traveller in trip) for trip in instance.plan)


def steps(instance: Instance) -> tuple[str, ...]:
    """Every crossing of the plan and who is left behind on the left bank."""
    left, told = set(range(len(instance.names))), list[str]()
    for number, trip in enumerate(instance.plan):
        left.symmetric_difference_update(trip)
        aboard, there = (", ".join(instance.names[one] for one in sorted(group)) for group in (trip, left))
        way = "to the left" if number % 2 else "to the right"
        told.append(f"{aboard} {way}; on the left bank: {there or 'nobody'}.")
    return (*told[:-1], f"{told[-1]}\nAll crossings:\n{gold(instance)}")


def check(instance: Instance, answer: str) -> Verdict:
    return judge_plan(_plan(instance, answer))


def legal(instance: Instance, beginning: str) -> bool | None:
    return may_begin(_plan(instance, beginning))


def _plan(instance: Instance, answer: str) -> Plan[_State, int] | Verdict:
    plan: list[int] = []
    known = {name.lower(): 1 << place for place, name in enumerate(instance.names)}
    for line in answers.entries(re.sub(r"\]\s*,\s*\[", "\n", answer.lower().strip("[]"))):
        aboard = answers.tokens(_FILLING.sub(lambda filling: ", " if filling[1] else "", line))
        if aboard is None or any(name not in known for name in aboard) or len(set(aboard)) < len(aboard):
            return malformed(f"crossing {len(plan) + 1} is not a list of different travellers' names")
        plan.append(sum(known[name] for name in aboard))
    everyone = (1 << len(instance.names)) - 1
    safe = _safety(instance.rules)
    can_row = _mask(instance.rowers)

    def step(state: _State, boat: int) -> _State | Refused:
        left, boat_left = state
        here = left if boat_left else everyone ^ left
        if boat & here != boat:
            return Refused("somebody named is on the other bank")
        if boat.bit_count() > instance.capacity:
            return Refused(f"the boat holds {instance.capacity} and not {boat.bit_count()}")
        if not boat & can_row:
            return Refused("nobody aboard can row")
        after = left ^ boat
        places = (("boat", boat), ("left bank", after), ("right bank", everyone ^ after))
        unsafe = [place for place, group in places if not safe(group)]
        return Refused(f"a rule is broken in the {unsafe[0]}") if unsafe else (after, not boat_left)

    def shortfall(state: _State) -> str:
        return f"{state[0].bit_count()} are on the left bank" if state[0] else ""

    optimum = len(instance.plan) if instance.shortest else None
    return Plan((everyone, True), plan, step, shortfall, optimum, "crossing")


def canonical(instance: Instance) -> bytes:
    """The rules with travellers nameless; a rule's first two are interchangeable. Each rule set forbids different
    groups (a pair has one rule at most), so different rules are different problems."""
    colours = [int(traveller in instance.rowers) for traveller in range(len(instance.names))]
    form = canonical_form(colours, [((0, a), (0, b), (1, guard)) for a, b, guard in instance.rules])
    return repr((min(instance.capacity, len(colours)), instance.shortest, form)).encode()


def features(instance: Instance) -> Mapping[str, float]:
    """`trips` is the fewest crossings; states, branching and dead ends are those of the safe states within reach."""
    space = _space(len(instance.names), instance.rowers, instance.capacity, instance.rules)
    return {
        "travellers": len(instance.names),
        "rules": len(instance.rules),
        "trips": len(instance.plan),
        "states": len(space.depth),
        "branching": space.branching(),
        "dead_ends": space.dead_ends(_GOAL),
        "shortest_plans": space.shortest_plan_count(_GOAL),
    }


FAMILY = Family(
    name="planning.river_crossing",
    version=1,
    title="River crossing",
    domain="planning",
    params=Params,
    instance=Instance,
    levels=(
        Params(travellers=5, rowers=2, capacity=4, rules=3, min_trips=3, max_trips=3),
        Params(travellers=5, rowers=2, capacity=3, rules=4, min_trips=3, max_trips=5),
        Params(travellers=6, rowers=1, capacity=3, rules=4, min_trips=5, max_trips=7),
        Params(travellers=6, rowers=2, capacity=3, rules=6, min_trips=5, max_trips=9),
        Params(travellers=6, rowers=2, capacity=2, rules=4, min_trips=9, max_trips=13),
        Params(travellers=7, rowers=3, capacity=2, rules=6, min_trips=11, max_trips=15),
        Params(travellers=7, rowers=3, capacity=2, rules=6, min_trips=13, max_trips=21, shortest=True),
        Params(travellers=8, rowers=3, capacity=2, rules=7, min_trips=15, max_trips=25),
        Params(travellers=9, rowers=3, capacity=2, rules=7, min_trips=17, max_trips=31, shortest=True),
        Params(travellers=10, rowers=3, capacity=2, rules=8, min_trips=19, max_trips=35, shortest=True),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("story", "list"),
    steps=steps,
    legal=legal,
)
