"""Which language a text is written in, by its script and its commonest small words. Tables of our own, no model."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

Language = Literal["en", "de", "es", "fr", "it", "nl", "pt", "ru"]


class Tongue(NamedTuple):
    """A language: its script by Unicode's name, words that fill its texts, and words that ask for something.

    No word of another language is also an English one (`die`, `war`, `pour`, `per`): lists of English words are tasks.
    """

    script: str
    small: str
    asking: str


TONGUES: dict[Language, Tongue] = {
    "en": Tongue(
        "LATIN",
        "the of and is are that which with what how each from this there has have not its if all many every by it be "
        "to they than then their so at when who was were will can at as on for an or",
        "answer arrange calculate choose classify complete compute convert count decide decode decrypt describe "
        "determine draw encode estimate evaluate explain express factor fill find give how identify list match name "
        "order place plan predict prove push put reach reorder rewrite select show simplify solve sort state translate "
        "turn what when where which who whom whose why work write",
    ),
    "de": Tongue(
        "LATIN",
        "und der das ist nicht ein eine einen einem einer des von mit auf für sind wie viele wird werden sie zu im "
        "sich auch oder wenn jede jeder jedes welche dass aus nach bei hatte haben",
        "berechne bestimme finde gib löse nenne schreibe sortiere wann warum was welche welcher welches wer wie "
        "wieviel wo zeige ordne",
    ),
    "es": Tongue(
        "LATIN",
        "el los las está están para por cuántos cuántas cuál qué del una tiene tienen pero muy más su sus lo con se "
        "como cada entre es",
        "calcula cuál cuáles cuándo cuánto cuántos cuántas cómo determina dónde encuentra escribe halla ordena qué "
        "quién resuelve",
    ),
    "fr": Tongue(
        "LATIN",
        "le la les des est une dans que qui sont avec sur combien chaque il elle ne pas ce cette nous vous du au aux "
        "leur ont et ses par",
        "calcule calculez combien comment donne détermine déterminez écris écrivez où pourquoi quand quel quelle "
        "quelles quels qui résous résolvez trouve trouvez trie",
    ),
    "it": Tongue(
        "LATIN",
        "il gli della delle dello dei che è sono una di quanti quante ogni nel nella alla questo questa più ed si un "
        "anche ha come",
        "calcola chi come cosa determina dove dà ordina perché qual quale quali quando quanti quante quanto risolvi "
        "scrivi trova",
    ),
    "nl": Tongue(
        "LATIN",
        "het een van niet zijn op met voor dat ook hoeveel elke maar wordt worden naar bij deze ze hij er aan uit",
        "bepaal bereken geef hoe hoeveel los noem schrijf sorteer vind waar waarom wanneer wat welk welke wie",
    ),
    "pt": Tongue(
        "LATIN",
        "os uma não são da dos em quantos quantas que mais ao pelo pela isso é ele ela cada um na nos com",
        "calcule como determine encontre escreva onde ordene qual quais quando quantas quanto quantos quem resolva",
    ),
    "ru": Tongue(
        "CYRILLIC",
        "и в не на что это как сколько из по для он она каждый если или все его их был с к",
        "вычислите где докажите запишите как какая какие какой когда кто найдите определите отсортируйте почему решите "
        "сколько что",
    ),
}

COMMON = "COMMON"

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_FEWEST = 4
"""Small words of another language from which a text counts as mixed: two or three may be names or quoted."""
_SHARE = 0.2
"""Their least share in the small words of both languages, in the whole text; in one line they must be the more."""


class Foreign(NamedTuple):
    """Small words of another language, and of the expected one beside them."""

    language: Language
    hits: int
    expected: int


def foreign_words(text: str, language: Language) -> Foreign | None:
    """The other language that a text, or a line of it, is written in or mixed with; or None.

    >>> foreign_words("Finde die Zahl, die auf eine Acht folgt und nicht durch drei zu teilen ist.", "en")
    Foreign(language='de', hits=6, expected=0)
    """
    whole: Counter[Language] = Counter()
    for line in text.split("\n"):
        own = _counted(line)
        found = _strongest(own, language)
        if found is not None and found.hits >= _FEWEST and found.hits > found.expected:
            return found
        whole += own
    found = _strongest(whole, language)
    enough = found is not None and found.hits >= max(_FEWEST, _SHARE * (found.hits + found.expected))
    return found if enough else None


def _counted(text: str) -> Counter[Language]:
    """The small words of each language in a text; two or three capitals are a label, not a word."""
    owners = _owners()
    plain = (match[0] for match in _WORD.finditer(text) if len(match[0]) == 1 or not match[0].isupper())
    return Counter(owners[word] for word in map(str.lower, plain) if word in owners)


def _strongest(counts: Counter[Language], expected: Language) -> Foreign | None:
    others = [(count, language) for language, count in counts.items() if language != expected]
    if not others:
        return None
    count, language = max(others)
    return Foreign(language, count, counts[expected])


def words(text: str) -> Iterator[str]:
    """The words of a text in small letters, without digits."""
    return (match[0].lower() for match in _WORD.finditer(text))


@cache
def script_of(letter: str) -> str:
    """The script of a letter by its Unicode name, such as LATIN, CYRILLIC or CJK; COMMON for a modifier of letters.

    A letter in one of mathematics' styles is the letter itself; one in full width, which looks like Latin, is not.
    """
    if letter.isascii():
        return "LATIN"
    if unicodedata.category(letter) == "Lm":
        return COMMON
    own = unicodedata.name(letter, "").split(" ")[0]
    return own if own == "FULLWIDTH" else unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "").split(" ")[0]


@cache
def asking_words(language: Language) -> frozenset[str]:
    return frozenset(TONGUES[language].asking.split())


@cache
def small_words(language: Language) -> frozenset[str]:
    """The words that fill texts of a language, those it shares with others among them."""
    return frozenset(TONGUES[language].small.split())


@cache
def _owners() -> dict[str, Language]:
    """Each small word's language; what two languages share speaks for neither."""
    owners: dict[str, list[Language]] = {}
    for language, tongue in TONGUES.items():
        for word in dict.fromkeys(tongue.small.split()):
            owners.setdefault(word, []).append(language)
    return {word: own[0] for word, own in owners.items() if len(own) == 1}
