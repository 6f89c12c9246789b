"""How the prose problems are drawn and answered, whatever their words."""

from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from math import isqrt, prod
from random import Random

from benchmarks.dedup_corpus.stories import Fact, Story

Solve = Callable[[Story], str | None]


def story(rng: Random, pool: tuple[str, ...], count: int, facts: list[Fact], asked: Fact, styles: int = 3) -> Story:
    return Story(
        names=tuple(rng.sample(pool, count)),
        facts=tuple(rng.sample(facts, len(facts))),
        asked=asked,
        style=rng.randrange(styles),
    )


def drawn(make: Callable[[Random], Story], solve: Solve) -> Callable[[Random], Story]:
    """Drawn anew until there is an answer."""

    def draw(rng: Random) -> Story:
        while True:
            made = make(rng)
            if solve(made) is not None:
                return made

    return draw


def once(made: Story, kind: str) -> dict[int, tuple[int, ...]] | None:
    """The numbers of the facts of a kind by whom they are of; None where somebody has two."""
    facts = [fact for fact in made.facts if fact.kind == kind]
    told = {fact.who[0]: fact.numbers for fact in facts}
    return told if len(told) == len(facts) else None


def mixture(made: Story) -> str | None:
    poured = once(made, "pour")
    if poured is None or any(not 0 < share < 100 for _, share in poured.values()):
        return None
    water = sum(fact.numbers[0] for fact in made.facts if fact.kind == "water")
    whole = water + sum(volume for volume, _ in poured.values())
    salt = Fraction(sum(volume * share for volume, share in poured.values()), 100)
    return str({"volume": Fraction(whole), "salt": salt, "strength": 100 * salt / whole}[made.asked.kind])


def seats(made: Story) -> str | None:
    """Names in a row, told by who sits where to whom."""
    fits = [order for order in permutations(range(len(made.names))) if all(_sits(fact, order) for fact in made.facts)]
    at = {"leftmost": 0, "rightmost": -1, "middle": len(made.names) // 2}[made.asked.kind]
    found = {order[at] for order in fits}
    return made.names[found.pop()] if len(found) == 1 else None


def _sits(fact: Fact, order: tuple[int, ...]) -> bool:
    if fact.kind == "end":
        return order.index(fact.who[0]) in (0, len(order) - 1)
    a, b = (order.index(one) for one in fact.who)
    return {"left": a < b, "right": a > b, "beside": abs(a - b) == 1, "apart": abs(a - b) > 1}[fact.kind]


def grandparent(made: Story) -> str | None:
    born = once(made, "born")
    pairs = [fact.who if fact.kind == "parent" else fact.who[::-1] for fact in made.facts if fact.kind != "born"]
    parent = {child: one for one, child in pairs}
    if born is None or len(parent) < len(pairs) or any(_rises_again(one, parent) for one in parent):
        return None
    if any(born[child][0] < born[one][0] + 18 for one, child in pairs if one in born and child in born):
        return None
    (who,) = made.asked.who
    if made.asked.kind == "grandchildren":
        return str(sum(parent.get(one) == who for one in parent.values()))
    above = parent.get(parent.get(who, -1))
    if above is None:
        return None
    return made.names[above] if made.asked.kind == "grandparent" else str(born[above][0]) if above in born else None


def _rises_again(one: int, parent: dict[int, int]) -> bool:
    seen = [one]
    while seen[-1] in parent and len(seen) < 9:
        seen.append(parent[seen[-1]])
    return len(seen) == 9


def finish(made: Story) -> str | None:
    """When work is done that has an order."""
    lasts = once(made, "lasts")
    if lasts is None or len(lasts) < len(made.names):
        return None
    first = [fact.who if fact.kind == "before" else fact.who[::-1] for fact in made.facts if fact.kind != "lasts"]
    if len({*first}) < len(first):
        return None
    ends = {one: lasts[one][0] for one in lasts}
    for _ in range(len(ends) + 1):
        later = {one: max([ends[a] for a, b in first if b == one], default=0) + lasts[one][0] for one in ends}
        if later == ends:
            return str(max(ends.values()) if made.asked.kind == "together" else sum(lasts[one][0] for one in lasts))
        ends = later
    return None


def rooms(made: Story) -> str | None:
    sizes = once(made, "room")
    if sizes is None or len(sizes) < len(made.names):
        return None
    if made.asked.kind == "bigger":
        return str(prod(sizes[made.asked.who[0]]) - prod(sizes[made.asked.who[1]]))
    return str(sum(prod(size) if made.asked.kind == "area" else 2 * sum(size) for size in sizes.values()))


def urn(made: Story) -> str | None:
    has = once(made, "has")
    if has is None or len(has) < len(made.names):
        return None
    count, whole = has[made.asked.who[0]][0], sum(number for (number,) in has.values())
    chance = {"one": Fraction(count, whole), "two": Fraction(count * (count - 1), whole * (whole - 1)),
              "none": Fraction(whole - count, whole)}[made.asked.kind]  # fmt: skip
    return str(chance)


def journey(made: Story) -> str | None:
    legs = once(made, "leg")
    if legs is None or len(legs) < len(made.names):
        return None
    minutes = sum(time for time, _ in legs.values()) + sum(
        fact.numbers[0] for fact in made.facts if fact.kind == "rest"
    )
    metres = sum(Fraction(time * speed * 1000, 60) for time, speed in legs.values())
    return str({"way": metres, "time": Fraction(minutes), "average": metres * 6 / 100 / minutes}[made.asked.kind])


def debts(made: Story) -> str | None:
    balance = dict.fromkeys(range(len(made.names)), 0)
    for fact in made.facts:
        debtor, creditor = fact.who if fact.kind == "owes" else fact.who[::-1]
        balance[debtor] -= fact.numbers[0]
        balance[creditor] += fact.numbers[0]
    (who,) = made.asked.who
    pairs = {frozenset(fact.who) for fact in made.facts}
    return str(balance[who]) if len(pairs) == len(made.facts) else None


def stamps(made: Story) -> str | None:
    """Linear relations solved from one known count outwards."""
    has = {fact.who[0]: Fraction(fact.numbers[0]) for fact in made.facts if fact.kind == "has"}
    if sum(fact.kind == "has" for fact in made.facts) != 1 or len(made.facts) != len(made.names):
        return None
    for _ in made.names:
        for fact in made.facts:
            if fact.kind == "has":
                continue
            (a, b), number = fact.who, fact.numbers[0]
            if b in has and a not in has:
                has[a] = {"more": has[b] + number, "fewer": has[b] - number, "times": has[b] * number}[fact.kind]
            elif a in has and b not in has:
                has[b] = {"more": has[a] - number, "fewer": has[a] + number, "times": has[a] / number}[fact.kind]
    if len(has) < len(made.names) or min(has.values()) <= 0 or any(value.denominator > 1 for value in has.values()):
        return None
    return str(sum(has.values()) if made.asked.kind == "sum" else has[made.asked.who[0]])


def pipes(made: Story) -> str | None:
    fills, drains = once(made, "fills"), once(made, "drains")
    if fills is None or drains is None or len(fills) + len(drains) < len({*fills, *drains}):
        return None
    if {*fills} & {*drains} or len({*fills, *drains}) < len(made.names):
        return None
    rate = sum(Fraction(1, hours) for (hours,) in fills.values()) - sum(
        Fraction(1, hours) for (hours,) in drains.values()
    )
    if rate <= 0:
        return None
    return str(1 / rate if made.asked.kind == "full" else 1 / rate / 2)


def votes(made: Story) -> str | None:
    share = once(made, "share")
    voters = [fact.numbers[0] for fact in made.facts if fact.kind == "voters"]
    if share is None or len(voters) != 1 or len(share) < len(made.names) or sum(n for (n,) in share.values()) > 100:
        return None
    if made.asked.kind == "rest":
        return str(Fraction(voters[0] * (100 - sum(n for (n,) in share.values())), 100))
    a, b = (share[who][0] for who in made.asked.who)
    return str(Fraction(voters[0] * (a - b), 100)) if a > b else None


def villages(made: Story) -> str | None:
    """Places on a map, each told by a way from another."""
    at = {made.asked.who[0]: (0, 0)}
    step = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
    if len(made.facts) != len(made.names) - 1:
        return None
    for _ in made.names:
        for fact in made.facts:
            (a, b), (x, y) = fact.who, step[fact.kind]
            way = x * fact.numbers[0], y * fact.numbers[0]
            if b in at and a not in at:
                at[a] = at[b][0] + way[0], at[b][1] + way[1]
            elif a in at and b not in at:
                at[b] = at[a][0] - way[0], at[a][1] - way[1]
    if len(at) < len(made.names):
        return None
    x, y = at[made.asked.who[1]]
    square = x * x + y * y
    if made.asked.kind == "steps":
        return str(abs(x) + abs(y)) if square else None
    return str(isqrt(square)) if isqrt(square) ** 2 == square and square else f"sqrt({square})" if square else None


def recipe(made: Story) -> str | None:
    needs = once(made, "needs")
    serves = [fact.numbers[0] for fact in made.facts if fact.kind == "serves"]
    if needs is None or len(serves) != 1 or len(needs) < len(made.names):
        return None
    number = made.asked.numbers[0]
    grams = needs[made.asked.who[0]][0] if made.asked.who else sum(gram for (gram,) in needs.values())
    return str(Fraction(grams * number, serves[0]))


def league(made: Story) -> str | None:
    """Three points for a win and one for a draw."""
    points = dict.fromkeys(range(len(made.names)), 0)
    for fact in made.facts:
        if fact.kind == "drew":
            for one in fact.who:
                points[one] += 1
        else:
            points[fact.who[0 if fact.kind == "beat" else 1]] += 3
    if len({frozenset(fact.who) for fact in made.facts}) < len(made.facts):
        return None
    if made.asked.kind == "points":
        return str(points[made.asked.who[0]])
    most = max(points.values())
    return made.names[max(points, key=lambda one: points[one])] if [*points.values()].count(most) == 1 else None


def wages(made: Story) -> str | None:
    paid = once(made, "paid")
    if paid is None or len(paid) < len(made.names):
        return None
    bonus = sum(fact.numbers[0] for fact in made.facts if fact.kind == "bonus")
    if made.asked.kind == "who":
        worth = {one: prod(numbers) for one, numbers in paid.items()}
        most = max(worth.values())
        return made.names[max(worth, key=lambda one: worth[one])] if [*worth.values()].count(most) == 1 else None
    return str(sum(map(prod, paid.values())) + bonus)


def heights(made: Story) -> str | None:
    """Who is the tallest of a group, told pair by pair with centimetres between them."""
    above: dict[int, int] = {0: 0}
    if len(made.facts) != len(made.names) - 1:
        return None
    for _ in made.names:
        for fact in made.facts:
            (a, b), gap = fact.who, fact.numbers[0] * (1 if fact.kind == "taller" else -1)
            if b in above and a not in above:
                above[a] = above[b] + gap
            elif a in above and b not in above:
                above[b] = above[a] - gap
    if len(above) < len(made.names) or len({*above.values()}) < len(above):
        return None
    order = sorted(above, key=lambda one: above[one])
    if made.asked.kind == "gap":
        return str(above[order[-1]] - above[order[0]])
    return made.names[order[0 if made.asked.kind == "shortest" else -1]]
