"""The genres of the stories: ages, races, nested boxes, shopping, clubs, sharing, and who comes to a party."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import permutations, product
from random import Random

from benchmarks.dedup_corpus.stories import Fact, Genre, Story

PEOPLE = (
    "Amir", "Beate", "Carlos", "Dana", "Emil", "Freya", "Goran", "Hanna", "Ivan", "Jule", "Kemal", "Lena", "Milan",
    "Noor", "Oskar", "Paula", "Quentin", "Rita", "Sven", "Tove", "Uri", "Vilma", "Wanda", "Xaver", "Yuki", "Zora",
)  # fmt: skip
COLOURS = ("red", "blue", "green", "yellow", "white", "black", "brown", "grey", "pink", "purple", "orange", "silver")
WARES = ("pens", "pads", "mugs", "lamps", "scarves", "plates", "candles", "brushes", "ropes", "kites", "maps", "bells")
CLUBS = ("chess", "choir", "rowing", "drama", "judo", "tennis", "cooking", "fencing", "pottery", "football")


def _ages(rng: Random) -> Story:
    count = rng.randint(3, 5)
    facts = [Fact("is", (rng.randrange(count),), (rng.randint(20, 60),))]
    known = [*facts[0].who]
    for one in rng.sample([person for person in range(count) if person not in known], count - 1):
        pair = rng.sample((one, rng.choice(known)), 2)
        facts.append(Fact(rng.choice(("older", "younger")), (pair[0], pair[1]), (rng.randint(1, 9),)))
        known.append(one)
    return _story(rng, PEOPLE, count, facts, Fact("age", (known[-1],)))


def _ages_solved(story: Story) -> str | None:
    ages: dict[int, int] = {fact.who[0]: fact.numbers[0] for fact in story.facts if fact.kind == "is"}
    for _ in story.names:
        for fact in story.facts:
            if fact.kind != "is":
                (a, b), gap = fact.who, fact.numbers[0] * (1 if fact.kind == "older" else -1)
                if b in ages:
                    ages.setdefault(a, ages[b] + gap)
                if a in ages:
                    ages.setdefault(b, ages[a] - gap)
    if any(ages[fact.who[0]] != fact.numbers[0] for fact in story.facts if fact.kind == "is"):
        return None
    gaps = [(fact, ages.get(fact.who[0]), ages.get(fact.who[1])) for fact in story.facts if fact.kind != "is"]
    if any(a is None or b is None or abs(a - b) != fact.numbers[0] or (a > b) != (fact.kind == "older")
           for fact, a, b in gaps):  # fmt: skip
        return None
    return str(ages[story.asked.who[0]]) if story.asked.who[0] in ages and min(ages.values()) > 0 else None


def _ordered(kind: str, turned: str, asked: tuple[str, ...], pool: tuple[str, ...]) -> Callable[[Random], Story]:
    """Some facts on a hidden order of four or five that leave one answer."""

    def draw(rng: Random) -> Story:
        while True:
            order = rng.sample(range(count := rng.randint(4, 5)), count)
            pairs = [(order[a], order[b]) for a in range(count) for b in range(a + 1, count)]
            facts = [
                Fact(kind, pair) if rng.random() < 0.5 else Fact(turned, pair[::-1])
                for pair in rng.sample(pairs, rng.randint(count - 1, min(len(pairs), 8)))
            ]
            story = _story(rng, pool, count, facts, Fact(rng.choice(asked)))
            if _order_solved(kind)(story) is not None:
                return story

    return draw


def _order_solved(kind: str) -> Callable[[Story], str | None]:
    def solve(story: Story) -> str | None:
        fits = [order for order in permutations(range(len(story.names))) if _holds(story.facts, order, kind)]
        place = {"first": 0, "second": 1, "last": -1}[story.asked.kind]
        found = {order[place] for order in fits}
        return story.names[found.pop()] if len(found) == 1 else None

    return solve


def _holds(facts: Iterable[Fact], order: tuple[int, ...], kind: str) -> bool:
    return all((order.index(fact.who[0]) < order.index(fact.who[1])) == (fact.kind == kind) for fact in facts)


def _shopping(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [
        Fact(rng.choice(("each", "pack")), (ware,), (rng.randint(2, 9), rng.randint(11, 40))) for ware in range(count)
    ]
    if rng.random() < 0.5:
        facts.append(Fact("voucher", (), (rng.randint(2, 9),)))
    return _story(rng, WARES, count, facts, Fact(rng.choice(("total", "change"))))


def _shopping_solved(story: Story) -> str | None:
    cost = sum(fact.numbers[-1] * (fact.numbers[0] if fact.kind == "each" else 1) for fact in story.facts
               if fact.kind != "voucher")  # fmt: skip
    cost -= sum(fact.numbers[0] for fact in story.facts if fact.kind == "voucher")
    wares = [fact.who for fact in story.facts if fact.who]
    if cost <= 0 or len({*wares}) < len(wares) or cost > 2000:
        return None
    return str(cost if story.asked.kind == "total" else 2000 - cost)


def _clubs(rng: Random) -> Story:
    both = rng.randint(2, 15)
    one, other = both + rng.randint(3, 20), both + rng.randint(3, 20)
    facts = [Fact("members", (0,), (one,)), Fact("members", (1,), (other,)), Fact("both", (0, 1), (both,))]
    facts.append(Fact("all", (), (one + other - both + rng.randint(1, 20),)))
    return _story(rng, CLUBS, 2, rng.sample(facts, 4), _club_questions()[rng.randrange(4)])


def _club_questions() -> list[Fact]:
    return [Fact("neither"), Fact("either"), Fact("only", (0, 1)), Fact("only", (1, 0))]


def _clubs_solved(story: Story) -> str | None:
    told = {(fact.kind, fact.who): fact.numbers[0] for fact in story.facts}
    if len(story.facts) != 4 or len(told) != 4:
        return None
    one, other, everyone = told["members", (0,)], told["members", (1,)], told["all", ()]
    both = next(number for (kind, _), number in told.items() if kind == "both")
    if both > min(one, other) or everyone < one + other - both:
        return None
    only = {(0, 1): one - both, (1, 0): other - both}
    answers = {"neither": everyone - one - other + both, "either": one + other - both}
    return str(answers[story.asked.kind] if story.asked.kind in answers else only[story.asked.who])  # type: ignore[index]


def _sharing(rng: Random) -> Story:
    count = rng.randint(2, 4)
    parts = [rng.randint(1, 9) for _ in range(count)]
    facts = [Fact("parts", (person,), (number,)) for person, number in enumerate(parts)]
    facts.append(Fact("sum", (), (sum(parts) * rng.randint(2, 30),)))
    return _story(rng, PEOPLE, count, rng.sample(facts, len(facts)), Fact("share", (rng.randrange(count),)))


def _sharing_solved(story: Story) -> str | None:
    parts = {fact.who[0]: fact.numbers[0] for fact in story.facts if fact.kind == "parts"}
    sums = [fact.numbers[0] for fact in story.facts if fact.kind == "sum"]
    if len(sums) != 1 or len(parts) != len(story.facts) - 1:
        return None
    return str(Fraction(sums[0] * parts[story.asked.who[0]], sum(parts.values())))


def _party(rng: Random) -> Story:
    while True:
        count = rng.randint(3, 5)
        facts = [Fact(rng.choice(("comes", "stays")), (rng.randrange(count),))]
        for _ in range(count):
            pair = rng.sample(range(count), 2)
            facts.append(Fact(rng.choice(("if", "only if", "unless")), (pair[0], pair[1])))
        story = _story(rng, PEOPLE, count, rng.sample(facts, len(facts)), Fact("whether", (rng.randrange(count),)))
        told = {person for fact in facts[:1] for person in fact.who}
        if story.asked.who[0] not in told and _party_solved(story):
            return story


def _party_solved(story: Story) -> str | None:
    holds: dict[str, Callable[..., bool]] = {
        "comes": lambda a: a,
        "stays": lambda a: not a,
        "if": lambda a, b: b or not a,
        "only if": lambda a, b: a or not b,
        "unless": lambda a, b: a != b,
    }
    fits = [at for at in product((False, True), repeat=len(story.names))
            if all(holds[fact.kind](*(at[person] for person in fact.who)) for fact in story.facts)]  # fmt: skip
    found = {at[story.asked.who[0]] for at in fits}
    return ("yes" if found.pop() else "no") if len(found) == 1 else None


def _story(rng: Random, pool: tuple[str, ...], count: int, facts: list[Fact], asked: Fact) -> Story:
    return Story(names=tuple(rng.sample(pool, count)), facts=tuple(facts), asked=asked, style=rng.randrange(2))


def _each_asked(kind: str) -> Callable[[Story], list[Fact]]:
    return lambda story: [Fact(kind, (person,)) for person in range(len(story.names))]


def _asks(*kinds: str) -> Callable[[Story], list[Fact]]:
    return lambda story: [Fact(kind) for kind in kinds]


GENRES = (
    Genre(
        name="ages",
        pool=PEOPLE,
        draw=_ages,
        solve=_ages_solved,
        turned={"older": "younger", "younger": "older"},
        siblings={"older": "younger", "younger": "older"},
        questions=_each_asked("age"),
    ),
    Genre(
        name="race",
        pool=PEOPLE,
        draw=_ordered("before", "after", ("first", "second", "last"), PEOPLE),
        solve=_order_solved("before"),
        turned={"before": "after", "after": "before"},
        siblings={"before": "after", "after": "before"},
        questions=_asks("first", "second", "last"),
    ),
    Genre(
        name="boxes",
        pool=COLOURS,
        draw=_ordered("in", "holds", ("first", "last"), COLOURS),
        solve=_order_solved("in"),
        turned={"in": "holds", "holds": "in"},
        siblings={"in": "holds", "holds": "in"},
        questions=_asks("first", "last"),
    ),
    Genre(
        name="shopping",
        pool=WARES,
        draw=_shopping,
        solve=_shopping_solved,
        turned={},
        siblings={"each": "pack", "pack": "each"},
        questions=_asks("total", "change"),
    ),
    Genre(
        name="clubs",
        closed=True,
        pool=CLUBS,
        draw=_clubs,
        solve=_clubs_solved,
        turned={},
        siblings={},
        questions=lambda story: _club_questions(),
        symmetric=frozenset({"both"}),
    ),
    Genre(
        name="sharing",
        closed=True,
        pool=PEOPLE,
        draw=_sharing,
        solve=_sharing_solved,
        turned={},
        siblings={},
        questions=_each_asked("share"),
    ),
    Genre(
        name="party",
        pool=PEOPLE,
        draw=_party,
        solve=_party_solved,
        turned={"if": "only if", "only if": "if"},
        siblings={"if": "only if", "only if": "if", "comes": "stays", "stays": "comes"},
        questions=_each_asked("whether"),
        symmetric=frozenset({"unless"}),
    ),
)
