"""Small edits of a short text: words, marks, breaks and sentences changed, added or taken away."""

import re
from collections.abc import Callable, Sequence
from random import Random

from generators.instructions.prose import ACTS, OWNERS, PEOPLE, QUALITIES, THINGS, sentences, written

_TOKEN = re.compile(r"\w+|\W+")
_CLASSES = tuple(map(tuple, (OWNERS, QUALITIES, PEOPLE, ACTS, THINGS)))
_CASES: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.title, str.capitalize)

Edit = Callable[[str, Random], str]


def edited(text: str, rng: Random) -> str:
    """The text after one kind of edit, made once or a few times."""
    edit = rng.choice(EDITS)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        text = edit(text, rng)
    return text


def _other_word(text: str, rng: Random) -> str:
    tokens = _TOKEN.findall(text)
    places = [(place, found) for place, token in enumerate(tokens) if (found := _class_of(token))]
    if not places:
        return text
    place, words = rng.choice(places)
    tokens[place] = _cased(rng.choice(words), tokens[place])
    return "".join(tokens)


def _more_words(text: str, rng: Random) -> str:
    tokens = _TOKEN.findall(text)
    places = [place for place, token in enumerate(tokens) if token.lower() in PEOPLE or token.lower() in THINGS]
    if not places:
        return text
    place = rng.choice(places)
    tokens[place] = f"{_cased(rng.choice(QUALITIES), tokens[place])} {tokens[place]}"
    return "".join(tokens)


def _fewer_words(text: str, rng: Random) -> str:
    places = [match for match in re.finditer(r"\b\w+ ", text) if match[0].strip().lower() in QUALITIES]
    if not places:
        return text
    match = rng.choice(places)
    return text[: match.start()] + text[match.end() :]


def _other_mark(text: str, rng: Random) -> str:
    places = [match.start() for match in re.finditer(r"[.!?]", text)]
    if not places:
        return text
    place = rng.choice(places)
    return text[:place] + rng.choice(".!?") + text[place + 1 :]


def _other_break(text: str, rng: Random) -> str:
    places = [match for match in re.finditer(r"(?<=[.!?])\s+", text)]
    if not places:
        return text
    match = rng.choice(places)
    return text[: match.start()] + (" " if "\n" in match[0] else "\n") + text[match.end() :]


def _other_case(text: str, rng: Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(_CASES)(text)
    tokens = _TOKEN.findall(text)
    place = rng.randrange(len(tokens))
    tokens[place] = rng.choice(_CASES)(tokens[place])
    return "".join(tokens)


def _other_order(text: str, rng: Random) -> str:
    parts = _sentences(text)
    rng.shuffle(parts)
    return _joined(parts, text)


def _one_sentence_more(text: str, rng: Random) -> str:
    more = _cased(written(sentences(1, rng)[0], rng.choice(".!")), text)
    parts = _sentences(text)
    parts.insert(rng.randint(0, len(parts)), more)
    return _joined(parts, text)


def _one_sentence_less(text: str, rng: Random) -> str:
    parts = _sentences(text)
    if len(parts) > 1:
        parts.pop(rng.randrange(len(parts)))
    return _joined(parts, text)


EDITS: Sequence[Edit] = (
    _other_word,
    _other_word,
    _more_words,
    _fewer_words,
    _other_mark,
    _other_break,
    _other_case,
    _other_order,
    _one_sentence_more,
    _one_sentence_less,
)


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text.strip())


def _joined(parts: Sequence[str], like: str) -> str:
    """Sentences, each in a line of its own where a text has lines."""
    return ("\n" if "\n" in like else " ").join(parts)


def _class_of(token: str) -> tuple[str, ...] | None:
    return next((words for words in _CLASSES if token.lower() in words), None)


def _cased(word: str, like: str) -> str:
    """The word in the letters of a text: capitals only, small ones only, or a capital first."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    if like.islower():
        return word.lower()
    return word[0].upper() + word[1:]
