"""Renamings, reorderings and small changes of single families, one kind each, where their evidence mixes kinds."""

from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec

from benchmarks.dedup_corpus.source import Maker
from generators.cores.expression.story import PEOPLE, WORLDS
from generators.logic.knights_words import NAMES
from generators.logic.zebra_words import CATEGORIES
from generators.planning import river_crossing
from tests.generators.evidence import logic_knights_knaves, logic_zebra, strings_word_sorting

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVW"
UNKNOWNS = "abcdfghkmnpqrstuvwxyz"


def _other_names(names: str | tuple[str, ...]) -> Maker[Any]:
    return lambda at, rng: msgspec.structs.replace(at, names=tuple(rng.sample(names, len(at.names))))


def _other_unknown(at: Any, rng: Random) -> Any:
    return msgspec.structs.replace(at, name=rng.choice(UNKNOWNS))


def _equations_reordered(at: Any, rng: Random) -> Any:
    return msgspec.structs.replace(at, equations=tuple(rng.sample(at.equations, len(at.equations))))


def _other_people(at: Any, rng: Random) -> Any:
    people = tuple(rng.sample(list(PEOPLE), len(at.people)))
    return msgspec.structs.replace(at, people=people, unit=rng.choice(WORLDS[at.world].units))


def _places_renamed(at: Any, rng: Random) -> Any:
    places = sorted({place for link in at.links for place in link[:2]})
    name = dict(zip(places, rng.sample(LETTERS, len(places)), strict=True))
    links = tuple((name[here], name[there], length) for here, there, length in at.links)
    return msgspec.structs.replace(at, links=links, start=name[at.start], goal=name[at.goal])


def _links_reordered(at: Any, rng: Random) -> Any:
    return msgspec.structs.replace(at, links=tuple(rng.sample(at.links, len(at.links))))


def _ends_swapped(at: Any, rng: Random) -> Any:
    """Two links exchange where they lead to."""
    (a, b), links = sorted(rng.sample(range(len(at.links)), 2)), list(at.links)
    (here, there, length), (from_, to, other) = links[a], links[b]
    links[a], links[b] = (here, to, length), (from_, there, other)
    pairs = {frozenset(link[:2]) for link in links}
    if len(pairs) < len(links) or any(len(pair) < 2 for pair in pairs):
        return None
    return msgspec.structs.replace(at, links=tuple(links))


def _blocks_renamed(at: Any, rng: Random) -> Any:
    blocks = [block for tower in at.start for block in tower]
    name = dict(zip(blocks, rng.sample(LETTERS, len(blocks)), strict=True)) | {"table": "table"}
    start, goal = (tuple(tuple(name[block] for block in tower) for tower in towers) for towers in (at.start, at.goal))
    return msgspec.structs.replace(
        at, start=start, goal=goal, plan=tuple((name[block], name[onto]) for block, onto in at.plan)
    )


def _towers_reordered(at: Any, rng: Random) -> Any:
    start, goal = (tuple(rng.sample(towers, len(towers))) for towers in (at.start, at.goal))
    return msgspec.structs.replace(at, start=start, goal=goal)


def _travellers_renamed(at: Any, rng: Random) -> Any:
    """People stay people and things stay things."""
    people, things = river_crossing._PEOPLE.split(), river_crossing._OTHERS.split()
    fresh = {True: iter(rng.sample(people, len(people))), False: iter(rng.sample(things, len(things)))}
    return msgspec.structs.replace(at, names=tuple(next(fresh[name in people]) for name in at.names))


def _rules_reordered(at: Any, rng: Random) -> Any:
    rules = [(b, a, guard) if rng.random() < 0.5 else (a, b, guard) for a, b, guard in at.rules]
    return msgspec.structs.replace(at, rules=tuple(rng.sample(rules, len(rules))))


def _speakers_reordered(at: Any, rng: Random) -> Any:
    count = len(at.names)
    new = rng.sample(range(count), count)
    old = sorted(range(count), key=lambda person: new[person])
    return msgspec.structs.replace(
        at,
        names=tuple(at.names[person] for person in old),
        says=tuple(logic_knights_knaves.renamed(at.says[person], new, rng) for person in old),
        knights=tuple(at.knights[person] for person in old),
    )


def _speakers_swapped(at: Any, rng: Random) -> Any:
    """Two people exchange what they say, where exactly one answer fits that."""
    one, two = rng.sample(range(len(at.says)), 2)
    says = list(at.says)
    says[one], says[two] = says[two], says[one]
    changed = msgspec.structs.replace(at, says=tuple(says))
    fits = [*zip(range(2), logic_knights_knaves.readings(changed), strict=False)]
    return msgspec.structs.replace(changed, knights=tuple(map(bool, fits[0][1]))) if len(fits) == 1 else None


def _values_renamed(at: Any, rng: Random) -> Any:
    values = tuple(tuple(rng.sample(CATEGORIES[label].names, at.houses)) for label in at.categories)
    return msgspec.structs.replace(at, values=values)


def _clues_reordered(at: Any, rng: Random) -> Any:
    clues = [
        msgspec.structs.replace(told, values=logic_zebra.reordered(told, rng))
        for told in rng.sample(at.clues, len(at.clues))
    ]
    return msgspec.structs.replace(at, clues=tuple(clues))


def _row_mirrored(at: Any, rng: Random) -> Any:
    return msgspec.structs.replace(
        at,
        clues=tuple(logic_zebra.turned(told, at.houses) for told in at.clues),
        solution=tuple(at.houses + 1 - house for house in at.solution),
    )


_SIBLING = {"directly_left": "left", "left": "directly_left", "next_to": "two_apart", "two_apart": "next_to"}


def _clue_related_otherwise(at: Any, rng: Random) -> Any:
    """One clue's relation is another one, where exactly one arrangement fits that."""
    places = [place for place, told in enumerate(at.clues) if told.kind in _SIBLING]
    for place in rng.sample(places, len(places)):
        told = msgspec.structs.replace(at.clues[place], kind=_SIBLING[at.clues[place].kind])
        changed = msgspec.structs.replace(at, clues=(*at.clues[:place], told, *at.clues[place + 1 :]))
        fits = [*zip(range(2), logic_zebra.solutions(changed), strict=False)]
        if len(fits) == 1:
            return msgspec.structs.replace(changed, solution=tuple(fits[0][1]))
    return None


def _words_reordered(at: Any, rng: Random) -> Any:
    return msgspec.structs.replace(at, words=tuple(rng.sample(at.words, len(at.words))))


def _rule_changed(at: Any, rng: Random) -> Any:
    changed = strings_word_sorting.change(at, rng)
    return None if changed.rule == at.rule else changed


def _word_changed(at: Any, rng: Random) -> Any:
    changed = strings_word_sorting.change(at, rng)
    return changed if changed.rule == at.rule else None


def _then(first: Maker[Any], second: Maker[Any]) -> Maker[Any]:
    return lambda at, rng: second(first(at, rng), rng)


SAME: Mapping[str, Mapping[str, Maker[Any]]] = {
    "algebra.linear_systems": {
        "renamed": _other_names(UNKNOWNS),
        "permuted": _equations_reordered,
        "both": _then(_other_names(UNKNOWNS), _equations_reordered),
    },
    "algebra.polynomial_roots": {"renamed": _other_unknown},
    "arithmetic.word_problems": {"renamed": _other_people},
    "graphs.shortest_path": {
        "renamed": _places_renamed,
        "permuted": _links_reordered,
        "both": _then(_places_renamed, _links_reordered),
    },
    "logic.knights_knaves": {"renamed": _other_names(NAMES), "permuted": _speakers_reordered},
    "logic.zebra": {
        "renamed": _values_renamed,
        "permuted": _clues_reordered,
        "both": _then(_values_renamed, _clues_reordered),
        "reflected": _row_mirrored,
    },
    "planning.blocks_world": {"renamed": _blocks_renamed, "permuted": _towers_reordered},
    "planning.river_crossing": {
        "renamed": _travellers_renamed,
        "permuted": _rules_reordered,
        "both": _then(_travellers_renamed, _rules_reordered),
    },
    "strings.word_sorting": {"permuted": _words_reordered},
}

OTHER: Mapping[str, Mapping[str, Maker[Any]]] = {
    "graphs.shortest_path": {"swapped": _ends_swapped},
    "logic.knights_knaves": {"swapped": _speakers_swapped},
    "logic.zebra": {"relation": _clue_related_otherwise},
    "strings.word_sorting": {"relation": _rule_changed, "clue": _word_changed},
}
