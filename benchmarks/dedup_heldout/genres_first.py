"""The first prose genres: mixtures, seats, kin, projects, rooms, urns, journeys, debts, collections and pipes."""

from collections.abc import Callable, Mapping
from random import Random

from benchmarks.dedup_corpus.stories import Fact, Genre, Story
from benchmarks.dedup_heldout import solving
from benchmarks.dedup_heldout.solving import Solve, drawn, story

Questions = Callable[[Story], list[Fact]]
"""The questions that can be asked of a story's facts."""

PEOPLE = (
    "Priya", "Mateo", "Oksana", "Kwame", "Ingrid", "Tariq", "Mei", "Santiago", "Aisha", "Bogdan", "Chloe", "Dmitri",
    "Elif", "Farah", "Giulia", "Hugo", "Imani", "Jorge", "Katya", "Lars", "Mina", "Nadia", "Omar", "Pilar", "Rashid",
    "Sofia", "Tomas", "Usha", "Victor", "Wen", "Yara", "Zeynep",
)  # fmt: skip
VESSELS = ("tall", "round", "square", "small", "old", "glass", "steel", "plastic", "wooden", "copper", "clay", "tin")
JOBS = ("painting", "welding", "sanding", "wiring", "plastering", "tiling", "plumbing", "cleaning", "drilling",
        "varnishing", "roofing", "glazing")  # fmt: skip
ROOMS = (
    "kitchen",
    "bedroom",
    "study",
    "hallway",
    "nursery",
    "pantry",
    "lounge",
    "library",
    "attic",
    "cellar",
    "office",
)
COLOURS = ("red", "blue", "green", "yellow", "white", "black", "orange", "purple", "brown", "pink", "grey", "golden")
VEHICLES = ("bus", "train", "tram", "ferry", "bicycle", "taxi", "horse", "sledge", "canoe", "scooter", "truck", "van")
LETTERS = tuple("ABCDEFGHJKLMNPQRSTUVW")


def _mixtures(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [Fact("pour", (vessel,), (10 * rng.randint(5, 60), rng.randint(2, 60))) for vessel in range(count)]
    if rng.random() < 0.5:
        facts.append(Fact("water", (), (10 * rng.randint(2, 30),)))
    return story(rng, VESSELS, count, facts, Fact(rng.choice(("volume", "salt", "strength"))))


def _seating(rng: Random) -> Story:
    count = rng.choice((4, 5))
    order = rng.sample(range(count), count)
    facts = []
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    for a, b in rng.sample(pairs, rng.randint(3, 6)):
        pair = rng.sample((order[a], order[b]), 2)
        side = "left" if order.index(pair[0]) < order.index(pair[1]) else "right"
        facts.append(Fact(rng.choice((side, side, "beside" if b - a == 1 else "apart")), tuple(pair)))
    if rng.random() < 0.6:
        facts.append(Fact("end", (rng.choice((order[0], order[-1])),)))
    asked = ("leftmost", "rightmost", "middle") if count == 5 else ("leftmost", "rightmost")
    return story(rng, PEOPLE, count, facts, Fact(rng.choice(asked)))


def _seats_asked(made: Story) -> list[Fact]:
    return [Fact(kind) for kind in ("leftmost", "rightmost", *(["middle"] if len(made.names) == 5 else []))]


def _kin(rng: Random) -> Story:
    count, facts, years = 5, [], [rng.randint(1900, 1930)]
    for one in range(1, count):
        above = rng.randrange(max(0, one - 3), one)
        years.append(years[above] + rng.randint(19, 35))
        facts.append(Fact("parent", (above, one)) if rng.random() < 0.5 else Fact("child", (one, above)))
    facts += [Fact("born", (one,), (years[one],)) for one in rng.sample(range(count), 3)]
    asked = Fact(rng.choice(("year", "grandparent", "grandchildren")), (rng.randrange(count),))
    return story(rng, PEOPLE, count, facts, asked)


def _projects(rng: Random) -> Story:
    count = rng.randint(3, 5)
    facts = [Fact("lasts", (job,), (rng.randint(2, 19),)) for job in range(count)]
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    for a, b in rng.sample(pairs, rng.randint(2, min(4, len(pairs)))):
        facts.append(Fact("before", (a, b)) if rng.random() < 0.5 else Fact("after", (b, a)))
    return story(rng, JOBS, count, facts, Fact(rng.choice(("together", "together", "alone"))))


def _rooms(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [Fact("room", (room,), (rng.randint(6, 14), rng.randint(2, 5))) for room in range(count)]
    asked = rng.choice((Fact("area"), Fact("edge"), Fact("bigger", (0, 1))))
    return story(rng, ROOMS, count, facts, asked)


def _urns(rng: Random) -> Story:
    count = rng.randint(3, 5)
    facts = [Fact("has", (colour,), (rng.randint(2, 15),)) for colour in range(count)]
    return story(rng, COLOURS, count, facts, Fact(rng.choice(("one", "none", "two")), (0,)))


def _journeys(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [Fact("leg", (leg,), (3 * rng.randint(4, 60), rng.randint(4, 90))) for leg in range(count)]
    if rng.random() < 0.5:
        facts.append(Fact("rest", (), (rng.randint(5, 45),)))
    return story(rng, VEHICLES, count, facts, Fact(rng.choice(("way", "time", "average"))))


def _debts(rng: Random) -> Story:
    count = rng.randint(3, 4)
    pairs = rng.sample([(a, b) for a in range(count) for b in range(a + 1, count)], rng.randint(2, 3))
    facts = [Fact(rng.choice(("owes", "lent")), tuple(rng.sample(pair, 2)), (rng.randint(3, 90),)) for pair in pairs]
    used = sorted({who for fact in facts for who in fact.who})
    facts = [Fact(fact.kind, tuple(used.index(who) for who in fact.who), fact.numbers) for fact in facts]
    return story(rng, PEOPLE, len(used), facts, Fact("balance", (rng.randrange(len(used)),)))


def _stamps(rng: Random) -> Story:
    count = rng.randint(3, 5)
    facts = [Fact("has", (0,), (rng.randint(12, 60),))]
    for one in range(1, count):
        pair = rng.sample((one, rng.randrange(one)), 2)
        kind = rng.choice(("more", "fewer", "times"))
        facts.append(Fact(kind, tuple(pair), (rng.randint(2, 4) if kind == "times" else rng.randint(2, 30),)))
    return story(rng, PEOPLE, count, facts, rng.choice((Fact("sum"), Fact("count", (count - 1,)))))


def _pipes(rng: Random) -> Story:
    count = rng.randint(2, 4)
    kinds = ["fills", *(rng.choice(("fills", "drains")) for _ in range(count - 1))]
    facts = [Fact(kind, (pipe,), (rng.randint(2, 30),)) for pipe, kind in enumerate(kinds)]
    return story(rng, LETTERS, count, facts, Fact(rng.choice(("full", "half"))))


def of_each(*kinds: str, alone: tuple[str, ...] = ()) -> Questions:
    """Questions of a kind about every name, and those about none."""
    return lambda made: [
        *(Fact(kind, (who,)) for kind in kinds for who in range(len(made.names))),
        *(Fact(kind) for kind in alone),
    ]


def genre(
    name: str,
    pool: tuple[str, ...],
    draw: Callable[[Random], Story],
    solve: Solve,
    questions: Questions,
    turned: Mapping[str, str] | None = None,
    siblings: Mapping[str, str] | None = None,
    symmetric: frozenset[str] = frozenset(),
    closed: bool = False,
) -> Genre:
    return Genre(name=name, pool=pool, draw=drawn(draw, solve), solve=solve, questions=questions,
                 turned=turned or {}, siblings=siblings or {}, symmetric=symmetric, closed=closed)  # fmt: skip


def both_ways(one: str, other: str) -> dict[str, str]:
    return {one: other, other: one}


FIRST = (
    genre("mixtures", VESSELS, _mixtures, solving.mixture, of_each(alone=("volume", "salt", "strength"))),
    genre("seating", PEOPLE, _seating, solving.seats, _seats_asked, both_ways("left", "right"),
           {**both_ways("left", "right"), **both_ways("beside", "apart")}, symmetric=frozenset(("beside", "apart"))),
    genre("kin", PEOPLE, _kin, solving.grandparent, of_each("year", "grandparent", "grandchildren"),
           both_ways("parent", "child"), both_ways("parent", "child")),
    genre("projects", JOBS, _projects, solving.finish, of_each(alone=("together", "alone")),
           both_ways("before", "after"), both_ways("before", "after")),
    genre("rooms", ROOMS, _rooms, solving.rooms,
           lambda made: [Fact("area"), Fact("edge"), Fact("bigger", (0, 1)), Fact("bigger", (1, 0))], closed=True),
    genre("urns", COLOURS, _urns, solving.urn, of_each("one", "none", "two"), closed=True),
    genre("journeys", VEHICLES, _journeys, solving.journey, of_each(alone=("way", "time", "average"))),
    genre("debts", PEOPLE, _debts, solving.debts, of_each("balance"), both_ways("owes", "lent"),
           both_ways("owes", "lent")),
    genre("stamps", PEOPLE, _stamps, solving.stamps, of_each("count", alone=("sum",)), both_ways("more", "fewer"),
           both_ways("more", "fewer"), closed=True),
    genre("pipes", LETTERS, _pipes, solving.pipes, of_each(alone=("full", "half")), {},
           both_ways("fills", "drains"), closed=True),
)  # fmt: skip
