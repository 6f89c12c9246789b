"""Plain sentences by program, out of words that may be limited to those without some letters."""

from random import Random
from typing import NamedTuple


def _words(text: str) -> list[str]:
    return text.split()


OWNERS = _words("the one my our your his her this that each every")
QUALITIES = _words("""
old young tall quiet busy clever happy tired brown small grumpy polite wild famous honest lazy curious
bold tidy pale proud jolly noisy shy wise calm hungry rusty broken golden silver dusty round heavy""")
PEOPLE = _words("""
sailor baker painter farmer doctor pilot singer gardener fisherman mayor pupil captain writer cook
shopkeeper widow lawyer postman blacksmith goalkeeper librarian soldier hunter miller banker uncle child guard king
woman man boy girl monk knight giant tailor juggler drummer walker""")
ACTS = _words("""
found sold dropped painted lost bought moved hid carried saw took built burnt cut got brought caught
forgot shook stood mixed loaded bent hung packed lit drank washed mended polished repaired borrowed""")
THINGS = _words("""
lantern kettle basket ladder bucket hammer mirror candle blanket barrel trumpet wagon bottle carpet
anchor ribbon compass map box boat coin drum lamp pot bag cup hat book knife pipe brush pump jug whistle window
saddle feather thimble umbrella puzzle magnet bicycle pumpkin walnut cushion parcel pencil""")
WHENS = """today|again|early|soon|at noon|at night|in spring|in autumn|on Monday|on Friday|by boat|in town|at dawn
up north|by accident|without doubt|in vain|for fun|as usual|in heavy rain|at school|on top|after lunch|before dinner
during winter|behind our barn|along my canal|inside his ruin|last year|this morning""".replace("\n", "|").split("|")


class Sentence(NamedTuple):
    """Its words in order; `names` are those of them that stand for people and things."""

    words: tuple[str, ...]
    names: tuple[str, ...]


def sentences(count: int, rng: Random, without: str = "") -> list[Sentence]:
    """Sentences of 6 to 12 words that have none of the letters of `without`; no person or thing comes twice.

    Raises ValueError where too few words are left: any one letter leaves enough for 20 sentences.
    """
    lists = [_left(words, without) for words in (OWNERS, QUALITIES, ACTS, WHENS)]
    owners, qualities, acts, whens = lists
    people, things = _left(PEOPLE, without), _left(THINGS, without)
    if min(map(len, lists)) < 2 or count > min(len(people), len(things)):
        raise ValueError(f"too few words without the letters {without} for {count} sentences")
    subjects, objects = rng.sample(people, count), rng.sample(things, count)
    found: list[Sentence] = []
    for person, thing in zip(subjects, objects, strict=True):
        subject = [rng.choice(owners), *rng.sample(qualities, rng.randint(0, 2)), person]
        target = [rng.choice(owners), *rng.sample(qualities, rng.randint(0, 1)), thing]
        words = [*subject, rng.choice(acts), *target, *rng.choice(whens).split()]
        found.append(Sentence(tuple(words), (person, thing)))
    return found


def written(sentence: Sentence, mark: str = ".") -> str:
    """
    >>> written(Sentence(("a", "cook", "found", "his", "hat", "today"), ("cook", "hat")), "!")
    'A cook found his hat today!'
    """
    text = " ".join(sentence.words)
    return text[0].upper() + text[1:] + mark


def _left(words: list[str], without: str) -> list[str]:
    return [word for word in words if not set(word.lower()) & set(without)]
