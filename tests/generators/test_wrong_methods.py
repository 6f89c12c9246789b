"""Methods that must not pay: what solves a rung without its difficulty, over many items."""

from itertools import pairwise

import msgspec
import pytest

from generators.family import make_instance
from generators.graphs.shortest_path import FAMILY as PATHS
from generators.planning.blocks_world import FAMILY as BLOCKS
from generators.planning.blocks_world import Instance as Blocks


def down_and_up_again(instance: Blocks) -> str:
    """Every tower taken down to the table, then the wanted ones built: no search at all."""
    down = [f"{block} to table" for tower in instance.start for block in reversed(tower[1:])]
    return "\n".join([*down, *(f"{above} to {below}" for tower in instance.goal for below, above in pairwise(tower))])


@pytest.mark.parametrize("level", range(4, len(BLOCKS.levels) + 1))
def test_taking_all_towers_down_is_no_plan_from_the_fourth_rung_of_blocks_world(level: int) -> None:
    instances = [make_instance(BLOCKS, BLOCKS.levels[level - 1], 3, index) for index in range(20)]
    right = [BLOCKS.check(instance, down_and_up_again(instance)).score == 1.0 for instance in instances]
    assert sum(right) <= 10


@pytest.mark.parametrize("level", range(4, len(PATHS.levels)))
def test_counting_links_alone_finds_no_shortest_path_from_the_fourth_rung(level: int) -> None:
    for index in range(20):
        instance = make_instance(PATHS, PATHS.levels[level - 1], 3, index)
        unmeasured = msgspec.structs.replace(instance, links=tuple((a, b, 1) for a, b, _ in instance.links))
        assert PATHS.check(instance, PATHS.gold(unmeasured)).reason == "wrong"
