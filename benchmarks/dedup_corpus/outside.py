"""Problems of reasoning-gym, so that not all templates are ours.

Of each generator is known what makes two of its problems the same (a function of its metadata), where its text holds a
list whose order means nothing, and which of its words are names. Numbers are changed in the text, and the answer is
then unknown.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any, NamedTuple

from benchmarks.dedup_corpus.source import Maker, Source

Meta = Mapping[str, Any]


class Asked(NamedTuple):
    text: str
    answer: str
    key: str
    meta: Meta
    names: tuple[str, ...] = ()


class Outside(NamedTuple):
    """`key` tells problems apart, by the text alone where numbers in it are `changeable`; `names` are the words that
    may be any other, out of `pool`; `order` finds a list in the text whose items, parted by `parted`, may stand in any
    order."""

    key: Callable[[Meta, str], object]
    names: Callable[[Meta, str], tuple[str, ...]] = lambda meta, text: ()
    pool: tuple[str, ...] = ()
    order: str = ""
    parted: str = ", "
    changeable: bool = True
    options: Mapping[str, Any] = {}


LETTERS = tuple("abcdefghjkmnpqrstuvwxyz")
PEOPLE = ("Agnes", "Bjarne", "Corinna", "Detlef", "Elke", "Falk", "Gesine", "Holger", "Ilka", "Jasper", "Kirsten",
          "Lorenz", "Mareike", "Norbert", "Ortrud", "Pascal", "Ragna", "Sascha", "Tilman", "Ursel", "Volker",
          "Wiebke", "Xenia", "Yannick", "Zita")  # fmt: skip

OUTSIDE: dict[str, Outside] = {
    "gcd": Outside(lambda _, text: sorted(_numbers(text)), order=r"numbers: ([\d, ]+)\."),
    "lcm": Outside(lambda _, text: sorted(_numbers(text)), order=r"numbers: ([\d, ]+)$"),
    "number_sorting": Outside(
        lambda m, _: (m["direction"], sorted(m["original_numbers"])), order=r"order: ([-\d., ]+)\n", changeable=False
    ),
    "countdown": Outside(lambda _, text: sorted(_numbers(text)), order=r"numbers: ([\d, ]+)\."),
    "dice": Outside(
        lambda m, _: (m["puzzle"]["target"], sorted(m["puzzle"]["dice_str"].split(", "))),
        order=r"dice: ([\dd, ]+)\.",
        changeable=False,
    ),
    "simple_geometry": Outside(
        lambda m, _: sorted(m["known_angles"]), order=r"angles are: ([\d.°, ]+)\. ", changeable=False
    ),
    "needle_haystack": Outside(
        lambda m, text: sorted(text.split("\n")[0].split(". ")),
        names=lambda m, text: tuple(dict.fromkeys(re.findall(r"(?:^|(?<=\. ))[A-Z][\w-]+", text.split("\n")[0]))),
        pool=PEOPLE,
        order=r"^(.+)\.",
        parted=". ",
        changeable=False,
        options={"min_num_statements": 5, "max_num_statements": 12},
    ),
    "gsm_symbolic": Outside(
        lambda _, text: _numbers(text),
        names=lambda m, text: tuple(
            value for name, value in m["variables"].items() if re.fullmatch(r"name\d?", name) and str(value) in text
        ),
        pool=PEOPLE,
    ),
    "simple_equations": Outside(
        lambda m, text: re.sub(rf"\b{m['variable']}\b", "?", text.rsplit(": ", 1)[-1]),
        names=lambda m, _: (m["variable"],),
        pool=LETTERS,
    ),
    "count_primes": Outside(lambda _, text: _numbers(text)),
    "fraction_simplification": Outside(lambda _, text: _numbers(text)),
    "prime_factorization": Outside(lambda m, _: m["number"], changeable=False),
    "spell_backward": Outside(
        lambda m, _: m["word"], options={"min_word_len": 5, "max_word_len": 12}, changeable=False
    ),
    "letter_counting": Outside(lambda m, _: (m["target_letter"], m["span"]), changeable=False),
    "caesar_cipher": Outside(lambda m, _: m["clear_text"], changeable=False),
}


def outside_sources() -> list[Source[Asked]]:
    return [_source(name, outside) for name, outside in OUTSIDE.items()]


def _source(name: str, outside: Outside) -> Source[Asked]:
    def draw(rng: Random) -> Asked:
        item = _generator(name)[rng.randrange(10**6)]
        text, meta = item["question"].strip(), item["metadata"]
        return Asked(text, str(item["answer"]), f"{name}: {outside.key(meta, text)}", meta, outside.names(meta, text))

    same: dict[str, Maker[Asked]] = {}
    if outside.order:
        same["permuted"] = lambda asked, rng: _permuted(asked, outside, rng)
    if outside.pool:
        same["renamed"] = lambda asked, rng: _renamed(asked, outside, rng)
    if outside.order and outside.pool:
        same["both"] = lambda asked, rng: _renamed(_permuted(asked, outside, rng) or asked, outside, rng)
    return Source(
        name=f"reasoning_gym.{name}",
        draw=draw,
        text=lambda asked: asked.text,
        answer=lambda asked: asked.answer,
        key=lambda asked: asked.key,
        same=same,
        other={"number": lambda asked, rng: _number_changed(asked, name, rng)} if outside.changeable else {},
        cased=True,
    )


@cache
def _generator(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a dependency of reasoning-gym compares with `is` a literal
        import reasoning_gym
    return reasoning_gym.create_dataset(name, size=10**6, seed=0, **OUTSIDE[name].options)


def _permuted(asked: Asked, outside: Outside, rng: Random) -> Asked | None:
    found = re.search(outside.order, asked.text)
    if found is None:
        return None
    items = found[1].split(outside.parted)
    listed = outside.parted.join(rng.sample(items, len(items)))
    return asked._replace(text=asked.text[: found.start(1)] + listed + asked.text[found.end(1) :])


def _renamed(asked: Asked, outside: Outside, rng: Random) -> Asked | None:
    if not asked.names:
        return None
    name = dict(zip(asked.names, rng.sample(outside.pool, len(asked.names)), strict=True))
    word = re.compile("|".join(rf"\b{re.escape(old)}\b" for old in name))
    text = word.sub(lambda found: name[found[0]], asked.text)
    answer = word.sub(lambda found: name[found[0]], asked.answer)
    return asked._replace(text=text, answer=answer, names=tuple(name.values()))


def _number_changed(asked: Asked, name: str, rng: Random) -> Asked | None:
    """A number of the first line: what follows tells how to answer."""
    found = rng.choice([*re.finditer(r"(?<![\w.])\d+(?![\w.]*\d)", asked.text.split("\n")[0])])
    changed = str(int(found[0]) + rng.choice((1, 2, 10)))
    text = asked.text[: found.start()] + changed + asked.text[found.end() :]
    return asked._replace(text=text, answer="", key=f"{name}: {OUTSIDE[name].key(asked.meta, text)}")


def _numbers(text: str) -> list[str]:
    """Those of the first line, in order: few enough bases have equal ones for no two of them to be the same problem."""
    return re.findall(r"\d+(?:\.\d+)?", text.split("\n")[0])
