"""Our own families as sources: disguises and changes from their evidence, kinds that it mixes made apart here."""

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from random import Random
from typing import Any, NamedTuple

import msgspec

from benchmarks.dedup_corpus.disguises import OTHER, SAME
from benchmarks.dedup_corpus.rewording import CASED, REWORDING
from benchmarks.dedup_corpus.source import Maker, Source
from generators.evidence import Evidence
from generators.family import Family, canonical_key, level_params
from generators.registry import BUNDLED

RUNGS = 5
"""Problems come from the lowest so many rungs of a ladder: short enough for an encoder that reads 256 tokens."""

_DISGUISE = {
    "algebra.linear_systems": "equivalent",
    "algebra.polynomial_roots": "equivalent",
    "arithmetic.chain": "permuted",
    "arithmetic.flawed_steps": "permuted",
    "arithmetic.reversed_addition": "permuted",
    "arithmetic.word_problems": "equivalent",
    "calendar.date_arithmetic": "equivalent",
    "graphs.shortest_path": "equivalent",
    "grids.futoshiki": "reflected",
    "grids.sudoku": "reflected",
    "instructions.form": "permuted",
    "instructions.quote": "permuted",
    "instructions.transform": "permuted",
    "logic.knights_knaves": "both",
    "planning.blocks_world": "both",
    "planning.sliding_tiles": "reflected",
    "planning.sokoban": "reflected",
}
"""What the evidence's `disguise` is, where it is of one kind."""

_CHANGE = {
    "calendar.date_arithmetic": "question",
    "graphs.shortest_path": "clue",
    "grids.futoshiki": "clue",
    "grids.sudoku": "clue",
    "instructions.form": "clue",
    "instructions.quote": "clue",
    "instructions.transform": "clue",
    "logic.knights_knaves": "relation",
    "logic.zebra": "clue",
    "planning.blocks_world": "question",
    "planning.river_crossing": "clue",
    "planning.sliding_tiles": "swapped",
    "planning.sokoban": "clue",
    "strings.word_sorting": "relation",
}
"""What the evidence's `change` is, where it is not one number."""

_SOMETIMES_A_NUMBER = {"calendar.date_arithmetic", "graphs.shortest_path", "instructions.form"}
"""Families in whose evidence the change is now one number, now something else."""


class Shown(NamedTuple):
    """A problem and the style in which it is told."""

    instance: Any
    style: str


def family_sources() -> list[Source[Shown]]:
    """One source for each bundled family."""
    return [family_source(_evidence(name)) for name in BUNDLED]


def family_source(evidence: Evidence[Any]) -> Source[Shown]:
    family: Family[Any, Any] = evidence.family
    name = family.name
    same = {kind: _keeping_style(maker) for kind, maker in SAME.get(name, {}).items()}
    if name in _DISGUISE:
        same |= {_DISGUISE[name]: _keeping_style(evidence.disguise)}
    if len(family.styles) > 1:
        same |= {"style": lambda shown, rng: Shown(shown.instance, rng.choice(family.styles))}
    other = {**_changes(evidence), **OTHER.get(name, {})}
    return Source(
        name=name,
        draw=lambda rng: Shown(
            family.make(level_params(family, rng.randint(1, RUNGS)), rng), rng.choice(family.styles)
        ),
        text=lambda shown: family.statement(shown.instance, shown.style),
        answer=lambda shown: family.gold(shown.instance),
        key=lambda shown: canonical_key(family, shown.instance),
        same=same,
        other={kind: _keeping_style(maker) for kind, maker in other.items()},
        rewording=REWORDING.get(name, ()),
        canonical=True,
        payload=lambda shown: msgspec.json.encode(shown.instance).decode(),
        cased=name in CASED,
    )


def _changes(evidence: Evidence[Any]) -> Mapping[str, Maker[Any]]:
    family = evidence.family
    kind = _CHANGE.get(family.name, "number")
    if family.name not in _SOMETIMES_A_NUMBER:
        return {kind: evidence.change}

    def numbers(instance: Any) -> list[str]:
        return sorted(re.findall(r"[0-9]+", family.statement(instance, family.styles[0])))

    def made(is_number: bool) -> Maker[Any]:
        def change(instance: Any, rng: Random) -> Any:
            changed = evidence.change(instance, rng)
            old, new = numbers(instance), numbers(changed)
            return changed if (len(old) == len(new) and old != new) == is_number else None

        return change

    return {"number": made(True), kind: made(False)}


def _evidence(name: str) -> Evidence[Any]:
    evidence: Evidence[Any] = import_module(f"tests.generators.evidence.{name.replace('.', '_')}").EVIDENCE
    return evidence


def _keeping_style(maker: Callable[[Any, Random], Any]) -> Maker[Shown]:
    def made(shown: Shown, rng: Random) -> Shown | None:
        try:
            instance = maker(shown.instance, rng)
        except (IndexError, AssertionError):  # the evidence knows no near neighbour of a few small problems
            return None
        return None if instance is None else Shown(instance, shown.style)

    return made
