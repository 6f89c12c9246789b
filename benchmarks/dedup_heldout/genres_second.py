"""The second prose genres: votes, villages, recipes, leagues, wages and heights."""

from random import Random

from benchmarks.dedup_corpus.stories import Fact, Story
from benchmarks.dedup_heldout import solving
from benchmarks.dedup_heldout.genres_first import Questions, both_ways, genre, of_each
from benchmarks.dedup_heldout.solving import story

PEOPLE = (
    "Abena", "Bruno", "Camila", "Declan", "Eszter", "Fatima", "Gareth", "Hiroshi", "Isla", "Joao", "Kirsty", "Liam",
    "Malik", "Noemi", "Otto", "Petra", "Ravi", "Simone", "Thandi", "Ulrik", "Vera", "Willem", "Ximena", "Yusuf", "Zola",
)  # fmt: skip
PLACES = ("Ashby", "Borrow", "Calder", "Dunmore", "Elsted", "Fallow", "Garth", "Holt", "Ingle", "Kirby", "Lamport",
          "Mossley", "Norton", "Oakham", "Penrith")  # fmt: skip
FOODS = (
    "flour",
    "sugar",
    "butter",
    "rice",
    "lentils",
    "spinach",
    "cheese",
    "cream",
    "pasta",
    "beef",
    "salmon",
    "yeast",
)
TEAMS = ("Lions", "Falcons", "Sharks", "Wolves", "Bears", "Hornets", "Ravens", "Panthers", "Badgers", "Otters")


def _votes(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [Fact("share", (one,), (rng.randint(4, 90 // count),)) for one in range(count)]
    facts.append(Fact("voters", (), (100 * rng.randint(2, 60),)))
    return story(rng, PEOPLE, count, facts, rng.choice((Fact("rest"), Fact("ahead", (0, 1)))))


def _villages(rng: Random) -> Story:
    count = rng.randint(3, 5)
    facts = []
    for one in range(1, count):
        pair = rng.sample((one, rng.randrange(one)), 2)
        facts.append(Fact(rng.choice(("north", "south", "east", "west")), tuple(pair), (rng.randint(2, 20),)))
    return story(rng, PLACES, count, facts, Fact(rng.choice(("crow", "steps")), (0, count - 1)))


def _recipes(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [Fact("needs", (food,), (10 * rng.randint(3, 60),)) for food in range(count)]
    facts.append(Fact("serves", (), (rng.randint(2, 6),)))
    asked = rng.choice((Fact("one", (0,), (rng.randint(7, 20),)), Fact("all", (), (rng.randint(7, 20),))))
    return story(rng, FOODS, count, facts, asked)


def _leagues(rng: Random) -> Story:
    pairs = rng.sample([(a, b) for a in range(4) for b in range(a + 1, 4)], rng.randint(4, 6))
    facts = [Fact(rng.choice(("beat", "lost", "drew")), tuple(rng.sample(pair, 2))) for pair in pairs]
    return story(rng, TEAMS, 4, facts, rng.choice((Fact("top"), Fact("points", (rng.randrange(4),)))))


def _wages(rng: Random) -> Story:
    count = rng.randint(2, 4)
    facts = [Fact("paid", (one,), (rng.randint(3, 40), rng.randint(11, 60))) for one in range(count)]
    if rng.random() < 0.5:
        facts.append(Fact("bonus", (), (rng.randint(61, 200),)))
    return story(rng, PEOPLE, count, facts, Fact(rng.choice(("sum", "sum", "who"))))


def _heights(rng: Random) -> Story:
    count = rng.randint(4, 5)
    facts = []
    for one in range(1, count):
        pair = rng.sample((one, rng.randrange(one)), 2)
        facts.append(Fact(rng.choice(("taller", "shorter")), tuple(pair), (rng.randint(1, 20),)))
    return story(rng, PEOPLE, count, facts, Fact(rng.choice(("tallest", "shortest", "gap"))))


def _pairs_asked(*kinds: str, alone: str = "") -> Questions:
    def asked(made: Story) -> list[Fact]:
        pairs = [(a, b) for a in range(len(made.names)) for b in range(len(made.names)) if a != b]
        return [*(Fact(kind, pair) for kind in kinds for pair in pairs), *([Fact(alone)] if alone else [])]

    return asked


def _recipes_asked(made: Story) -> list[Fact]:
    return [
        Fact("all", (), made.asked.numbers),
        *(Fact("one", (food,), made.asked.numbers) for food in range(len(made.names))),
    ]


_NORTH, _EAST = both_ways("north", "south"), both_ways("east", "west")

SECOND = (
    genre("votes", PEOPLE, _votes, solving.votes, _pairs_asked("ahead", alone="rest"), closed=True),
    genre("villages", PLACES, _villages, solving.villages, _pairs_asked("crow", "steps"), _NORTH | _EAST,
          _NORTH | _EAST, symmetric=frozenset(("crow", "steps")), closed=True),
    genre("recipes", FOODS, _recipes, solving.recipe, _recipes_asked, closed=True),
    genre("leagues", TEAMS, _leagues, solving.league, of_each("points", alone=("top",)), both_ways("beat", "lost"),
          {"beat": "drew", "drew": "lost", "lost": "beat"}, symmetric=frozenset(("drew",))),
    genre("wages", PEOPLE, _wages, solving.wages, of_each(alone=("sum", "who"))),
    genre("heights", PEOPLE, _heights, solving.heights, of_each(alone=("tallest", "shortest", "gap")),
          both_ways("taller", "shorter"), both_ways("taller", "shorter"), closed=True),
)  # fmt: skip
