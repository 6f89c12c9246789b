"""Keys of real families' problems: disguised by their evidence, and changed by it."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dedup.text import text_key
from generators.family import level_params, make_instance

EVIDENCE = Path(__file__).parents[2] / "generators" / "evidence"
ITEMS = 20

FOUND = {
    "logic_zebra": 0.3,
    "logic_knights_knaves": 0.9,
    "planning_river_crossing": 0.9,
    "planning_blocks_world": 0.6,
    "graphs_shortest_path": 0.4,
    "arithmetic_chain": 0.9,
    "strings_word_sorting": 1.0,
}
"""The least share of disguised problems that are found: names, order, and what of symmetry is in the text."""


@pytest.mark.parametrize("name", FOUND)
def test_disguised_problems_are_found_and_changed_ones_never_are(name: str) -> None:
    spec = spec_from_file_location(f"evidence_{name}", EVIDENCE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    evidence: Any = module.EVIDENCE
    family = evidence.family
    found = 0
    for index in range(ITEMS):
        rng = Random(index)
        instance = make_instance(family, level_params(family, 1 + index % 4), 7, index)
        key = text_key(family.statement(instance, family.styles[0]))
        found += text_key(family.statement(evidence.disguise(instance, rng), family.styles[0])) == key
        assert text_key(family.statement(evidence.change(instance, rng), family.styles[0])) != key
    assert found >= FOUND[name] * ITEMS
