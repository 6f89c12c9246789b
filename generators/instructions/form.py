"""Texts to a form: a short text under rules that interact; a text that keeps to all of them is made first."""

import string
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Annotated, Any, NamedTuple

import msgspec

from generators.family import Family
from generators.instructions.prose import Sentence, sentences, written
from generators.instructions.rules import Rule, canonical_rules, keeps, sentence, verdict_by_rules
from rubrics.criteria.text import words
from schemas import Verdict
from schemas.verdict import wrong


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """A text of `sentences` that needs `keywords`, and `rules` more out of the first `kinds` of `OFFERS`.

    It is written without so many of the commoner `letters`; its length may differ from the proof's by `slack` percent.
    """

    sentences: Annotated[int, msgspec.Meta(ge=1, le=12)]
    keywords: Annotated[int, msgspec.Meta(ge=1, le=12)]
    rules: Annotated[int, msgspec.Meta(ge=0, le=14)]
    kinds: Annotated[int, msgspec.Meta(ge=1, le=17)]
    letters: Annotated[int, msgspec.Meta(ge=0, le=1)] = 0
    slack: Annotated[int, msgspec.Meta(ge=10, le=400)] = 25

    def __post_init__(self) -> None:
        if self.keywords > 2 * self.sentences:
            raise ValueError(f"keywords {self.keywords} is above two in each of {self.sentences} sentences")
        if self.rules > self.kinds:
            raise ValueError(f"rules {self.rules} is above kinds {self.kinds}")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The rules, and a text that keeps to all of them, which proves that they agree."""

    rules: tuple[Rule, ...]
    proof: str


class Draft(NamedTuple):
    """The text as its sentences and as it is written; `without` are letters that it was to avoid."""

    sentences: list[Sentence]
    text: str
    without: str


Asked = tuple[str, dict[str, Any]]
Offer = Callable[[Draft, Random], Asked | None]
_COMMON = ("the", "and", "with", "but", "a", "in", "of", "it", "was", "very", "is", "to", "then", "at", "on")


def _exactly(count: int) -> dict[str, int]:
    return {"at_least": count, "at_most": count}


def _forbidden_letters(draft: Draft, rng: Random) -> Asked | None:
    absent = draft.without or "".join(letter for letter in string.ascii_lowercase if letter not in draft.text.lower())
    return ("forbidden_letters", {"letters": absent[:2]}) if absent else None


def _forbidden_words(draft: Draft, rng: Random) -> Asked:
    there = {word.lower() for word in words(draft.text)}
    return "forbidden_words", {"words": rng.sample([word for word in _COMMON if word not in there], 3)}


def _letter_count(draft: Draft, rng: Random) -> Asked:
    counts = Counter(filter(str.isalpha, draft.text.lower()))
    rare = sorted(letter for letter, count in counts.items() if count <= 4)
    letter = rng.choice(rare or sorted(counts))
    return "letter_count", {"letter": letter, **_exactly(counts[letter])}


def _in_sentence(draft: Draft, rng: Random) -> Asked:
    place = rng.randrange(len(draft.sentences))
    return "keyword_in_sentence", {"word": rng.choice(draft.sentences[place].names), "number": place + 1}


def _order(draft: Draft, rng: Random) -> Asked:
    names = [name for each in draft.sentences for name in each.names]
    places = sorted(rng.sample(range(len(names)), min(3, len(names))))
    return "keyword_order", {"words": [names[place] for place in places]}


def _the_count(draft: Draft, rng: Random) -> Asked:
    return "keyword_count", {"word": "the", **_exactly([word.lower() for word in words(draft.text)].count("the"))}


def _sentence_lengths(draft: Draft, rng: Random) -> Asked:
    lengths = [len(each.words) for each in draft.sentences]
    return "words_per_sentence", {"at_least": min(lengths), "at_most": max(lengths)}


def _word_at(draft: Draft, rng: Random) -> Asked:
    found = words(draft.text)
    place = rng.randint(2, min(9, len(found)))
    return "word_at", {"word": found[place - 1].lower(), "number": place}


def _longest_word(draft: Draft, rng: Random) -> Asked:
    return "letters_per_word", {"at_most": max(map(len, words(draft.text)))}


def _case(draft: Draft, rng: Random) -> Asked:
    style = "upper" if draft.text.isupper() else "lower" if draft.text.islower() else "sentence"
    return "letter_case", {"style": style}


OFFERS: Mapping[str, Offer] = {
    "sentences": lambda draft, rng: ("sentence_count", _exactly(len(draft.sentences))),
    "opening": lambda draft, rng: ("starts_with", {"text": words(draft.text)[0].lower()}),
    "words forbidden": _forbidden_words,
    "closing": lambda draft, rng: ("ends_with", {"text": " ".join(draft.text.lower().split()[-2:])}),
    "lines": lambda draft, rng: ("line_count", _exactly(draft.text.count("\n") + 1)),
    "exclamations": lambda draft, rng: ("exclamation_count", _exactly(draft.text.count("!"))),
    "letters forbidden": _forbidden_letters,
    "word in its sentence": _in_sentence,
    "words in order": _order,
    "case": _case,
    "length of sentences": _sentence_lengths,
    "word in its place": _word_at,
    "longest word": _longest_word,
    "count of a word": _the_count,
    "different words": lambda draft, rng: (
        "different_word_count",
        {"at_least": len({word.lower() for word in words(draft.text)})},
    ),
    "count of a letter": _letter_count,
    "openings that vary": lambda draft, rng: ("varied_openings", {}),
}
"""What may be asked of a text, by how the text is; the easier first."""

_COMMONER = "etaoinsrhld"
_DRAWS = 20


def make(params: Params, rng: Random) -> Request:
    """A text drawn at random, and rules of it that are all kept by it; drawn again where too few are."""
    for _ in range(_DRAWS):
        request = _drawn(params, rng)
        if request is not None:
            return request
    raise ValueError(f"no text has {params.rules} rules out of {params.kinds} kinds in {_DRAWS} draws")


def _drawn(params: Params, rng: Random) -> Request | None:
    draft = _draft(params, rng)
    names = [name for each in draft.sentences for name in each.names]
    offered = list(OFFERS.values())[: params.kinds]
    asked: list[Rule] = []
    for offer in rng.sample(offered, len(offered)):
        found = offer(draft, rng) if len(asked) < params.rules else None
        rule = Rule(checker=found[0], arguments=found[1]) if found else None
        if rule is not None and keeps(rule, draft.text):
            asked.append(rule)
    length = len(words(draft.text))
    keywords = Rule(checker="keywords", arguments={"words": rng.sample(names, params.keywords)}, hard=True)
    slack = max(2, length * params.slack // 100)
    bounds = {"at_least": max(4, length - slack), "at_most": length + slack}
    cap = Rule(checker="word_count", arguments=bounds, hard=True)
    request = Request(rules=(keywords, cap, *asked), proof=draft.text)
    return request if len(asked) == params.rules and not _copied(request, draft.text) else None


def _draft(params: Params, rng: Random) -> Draft:
    without = "".join(rng.sample(_COMMONER, params.letters))
    found = sentences(params.sentences, rng, without)
    marks = [rng.choice("...!") for _ in found]
    text = rng.choice((" ", "\n")).join(written(each, mark) for each, mark in zip(found, marks, strict=True))
    style = rng.choice((str, str, str.lower, str.upper)) if params.kinds >= _CASE_FROM else str
    return Draft(found, style(text), without)


_CASE_FROM = list(OFFERS).index("case") + 1


def statement(instance: Request, style: str) -> str:
    said = [sentence(rule) for rule in instance.rules]
    opening = f"Write a short text of any content, in which {OWN_WORDS}"
    if style == "prose":
        return f"{opening}. {' '.join(said)}"
    marks = [f"{place}." if style == "numbered" else "-" for place in range(1, len(said) + 1)]
    listed = "\n".join(f"{mark} {each}" for mark, each in zip(marks, said, strict=True))
    return f"{opening}, and that keeps to all of these rules:\n{listed}"


OWN = Rule(checker="not_copied", arguments={"words": 5}, hard=True)
"""The words in a row are as many as the shortest of the rules that name a keyword has. It is compared with `source`."""
OWN_WORDS = "no 5 words in a row are copied from this request"


def check(instance: Request, answer: str) -> Verdict:
    """Any text that keeps to every rule; the keywords and the length are hard rules, and so is not to copy."""
    verdict = verdict_by_rules(instance.rules, answer)
    return wrong("this is copied from the request") if verdict.score and _copied(instance, answer) else verdict


def _copied(instance: Request, text: str) -> bool:
    return not keeps(OWN, text, source(instance))


def source(instance: Request) -> str:
    """The request itself, which nothing may be copied from."""
    return statement(instance, "prose")


def canonical(instance: Request) -> bytes:
    return canonical_rules(instance.rules)


def features(instance: Request) -> dict[str, float]:
    """How many rules and keywords there are, and how long the text is that proves them possible."""
    return {
        "rules": len(instance.rules),
        "keywords": len(instance.rules[0].arguments["words"]),
        "words": len(words(instance.proof)),
    }


_STYLES = ("list", "numbered", "prose")

FAMILY = Family(
    name="instructions.form",
    version=1,
    title="Texts to a form",
    domain="instructions",
    params=Params,
    instance=Request,
    levels=(
        Params(sentences=1, keywords=1, rules=0, kinds=1, slack=400),
        Params(sentences=1, keywords=1, rules=1, kinds=3, slack=200),
        Params(sentences=2, keywords=2, rules=2, kinds=5, slack=50),
        Params(sentences=2, keywords=3, rules=3, kinds=7),
        Params(sentences=3, keywords=3, rules=4, kinds=9),
        Params(sentences=3, keywords=4, rules=5, kinds=12, letters=1),
        Params(sentences=4, keywords=5, rules=6, kinds=14, letters=1),
        Params(sentences=5, keywords=6, rules=8, kinds=16, letters=1),
        Params(sentences=7, keywords=8, rules=10, kinds=17, letters=1),
        Params(sentences=9, keywords=10, rules=13, kinds=17, letters=1),
    ),
    make=make,
    statement=statement,
    answer_format=lambda instance: "Answer with the text and nothing else.",
    gold=lambda instance: instance.proof,
    check=check,
    canonical=canonical,
    features=features,
    styles=_STYLES,
)
