"""The planning core: searches agree with one another and with brute force, plans are judged move by move."""

from collections.abc import Iterator
from itertools import pairwise, permutations
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.cores.planning.plans import Plan, Refused, directions, judge_plan, may_begin
from generators.cores.planning.search import SearchLimitError, astar, breadth_first, explore, from_both_ends
from generators.family import make_instance
from generators.planning import blocks_world, river_crossing, sliding_tiles, sokoban
from generators.planning.blocks_plans import shortest_plan
from generators.planning.sliding_boards import distance_table, lower_bound, successors
from generators.planning.sokoban_rooms import (
    Room,
    carved_room,
    cells_of,
    least_pushes,
    mask_of,
    pulled_start,
    push_distances,
    shifted,
    shifts,
)
from schemas.verdict import malformed

Graph = tuple[tuple[int, ...], ...]

graphs = st.integers(2, 9).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, size - 1), max_size=3).map(tuple)] * size)
)


def forward(graph: Graph, state: int) -> Iterator[tuple[str, int]]:
    for after in graph[state]:
        yield f"{state}>{after}", after


def backward(graph: Graph, state: int) -> Iterator[tuple[str, int]]:
    for before in range(len(graph)):
        if state in graph[before]:
            yield f"{before}>{state}", before


def length(plan: tuple[str, ...] | None) -> int | None:
    return None if plan is None else len(plan)


@given(graphs)
def test_all_searches_find_plans_of_the_same_least_length(graph: Graph) -> None:
    start, goal = 0, len(graph) - 1

    def steps(state: int) -> Iterator[tuple[str, int]]:
        return forward(graph, state)

    space = explore(start, steps)
    plans = [
        breadth_first(start, steps, goal.__eq__),
        astar(start, steps, goal.__eq__, lambda state: int(state != goal)),
        from_both_ends(start, goal, steps, lambda state: backward(graph, state)),
        space.shortest_plan(goal),
    ]
    assert {length(plan) for plan in plans} == {space.depth.get(goal)}
    for plan in plans:
        walked = [tuple(map(int, move.split(">"))) for move in plan or ()]
        assert all(after in graph[before] for before, after in walked)
        if plan:
            assert walked[0][0] == start
            assert walked[-1][1] == goal
            assert all(one[1] == other[0] for one, other in pairwise(walked))


@given(graphs)
def test_the_map_counts_shortest_plans_as_brute_force_does(graph: Graph) -> None:
    graph = tuple(tuple(sorted(set(after))) for after in graph)
    start, goal = 0, len(graph) - 1
    ways = {start: 1}
    found = 0
    for _ in graph:
        found = ways.get(goal, 0)
        if found:
            break
        following: dict[int, int] = {}
        for state, count in ways.items():
            for after in graph[state]:
                following[after] = following.get(after, 0) + count
        ways = following
    assert explore(start, lambda state: forward(graph, state)).shortest_plan_count(goal) == found


def test_dead_ends_are_the_states_that_lead_nowhere_new() -> None:
    graph = ((1, 2), (0,), (0, 3, 4), (2,), (2,))
    space = explore(0, lambda state: forward(graph, state))
    assert space.dead_ends(4) == 2
    assert space.branching() == pytest.approx(8 / 5)


def test_searches_stop_at_their_limit() -> None:
    def endless(state: int) -> Iterator[tuple[int, int]]:
        yield 1, state + 1
        yield 2, state + 2

    def never(state: int) -> bool:
        return False

    for search in (
        lambda: breadth_first(0, endless, never, 100),
        lambda: astar(0, endless, never, lambda state: 0, 100),
        lambda: from_both_ends(0, -1, endless, lambda state: [(1, state - 1), (2, state - 2)], 100),
        lambda: explore(0, endless, 100),
    ):
        with pytest.raises(SearchLimitError):
            search()


def test_a_plan_is_told_where_and_why_it_fails() -> None:
    def step(state: int, move: int) -> int | Refused:
        return state + move if 0 <= state + move <= 3 else Refused("off the road")

    def shortfall(state: int) -> str:
        return "" if state == 3 else f"the place is {state}"

    assert judge_plan(Plan(0, [1, 1, 1], step, shortfall)).score == 1.0
    assert judge_plan(Plan(0, [1, 1, -1, 1, 1], step, shortfall)).score == 1.0
    assert judge_plan(Plan(0, [1, -1, -1], step, shortfall)).detail == "move 3 of 3 is not possible: off the road"
    assert judge_plan(Plan(0, [1, 1], step, shortfall)).detail == "after all 2 moves the place is 2"
    assert judge_plan(Plan(0, [1, 1, -1, 1, 1], step, shortfall, 3)).score == 0.0
    assert judge_plan(malformed("no plan")).reason == "malformed"


def test_a_plan_may_begin_with_what_the_rules_allow_and_no_longer_than_a_shortest_one() -> None:
    def step(state: int, move: int) -> int | Refused:
        return state + move if 0 <= state + move <= 3 else Refused("off the road")

    def begun(*moves: int) -> Plan[int, int]:
        return Plan(0, moves, step, lambda state: "" if state == 3 else "not there", 3)

    assert [may_begin(begun(*[1] * count)) for count in range(5)] == [True, True, True, True, False]
    assert may_begin(begun(-1)) is False
    assert may_begin(begun(1, -1, 1, 1)) is False
    assert may_begin(malformed("no plan")) is None


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("U D", "UD"),
        ("up,Down\nLEFT r", "UDLR"),
        ("LURD", "LURD"),
        ("UL DR", "ULDR"),
        ("", None),
        ("U 1", None),
        ("U,,D", None),
        ("Ｕ", None),
        ("upright", None),
        ("U or D", None),
        ("1UD", None),
    ],
)
def test_directions_are_read_strictly(text: str, letters: str | None) -> None:
    assert directions(text) == letters


@pytest.mark.parametrize(("rows", "cols", "states", "deepest"), [(2, 2, 12, 6), (2, 3, 360, 21), (3, 3, 181440, 31)])
def test_distance_tables_hold_every_solvable_board(rows: int, cols: int, states: int, deepest: int) -> None:
    goal = (*range(1, rows * cols), 0)
    table = distance_table(rows, cols, goal)
    assert (len(table.states), len(table.layers) - 1) == (states, deepest)
    bound = lower_bound(rows, cols, goal)
    rng = Random(1)
    for distance, layer in enumerate(table.layers):
        board = table.state(distance, rng.randrange(len(layer)), rows * cols)
        assert len(table.plan(board, rows, cols)) == distance
        assert bound(board) <= distance
        if distance <= 16:
            found = astar(board, successors(rows, cols), goal.__eq__, bound)
            assert length(found) == distance


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_blocks_plans_are_as_short_as_brute_force_finds(rng: Random) -> None:
    names = list("ABCDE")

    def stacked() -> tuple[tuple[str, ...], ...]:
        order = rng.sample(names, 5)
        cuts = sorted(rng.sample(range(1, 5), rng.randrange(3)))
        return tuple(tuple(order[a:b]) for a, b in zip([0, *cuts], [*cuts, 5], strict=True))

    def steps(towers: frozenset[tuple[str, ...]]) -> Iterator[tuple[None, frozenset[tuple[str, ...]]]]:
        for source in towers:
            rest = (towers - {source}) | ({source[:-1]} if len(source) > 1 else frozenset())
            yield None, rest | {source[-1:]}
            for target in rest:
                yield None, (rest - {target}) | {(*target, source[-1])}

    start, goal = stacked(), stacked()
    brute = breadth_first(frozenset(start), steps, frozenset(goal).__eq__)
    assert brute is not None
    assert len(shortest_plan(start, goal)) == len(brute)


def test_blocks_keys_are_equal_exactly_for_renamed_problems() -> None:
    """All pairs of arrangements of three blocks: as many keys as there are problems up to a permutation of names."""
    towers: list[tuple[tuple[str, ...], ...]] = []
    for order in permutations("ABC"):
        towers += [(order,), (order[:2], order[2:])]
    towers.append((("A",), ("B",), ("C",)))

    def key(start: tuple[tuple[str, ...], ...], goal: tuple[tuple[str, ...], ...]) -> bytes:
        return blocks_world.canonical(blocks_world.Instance(start=start, goal=goal, plan=(), shortest=False))

    def renamed(arrangement: tuple[tuple[str, ...], ...], names: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
        table = dict(zip("ABC", names, strict=True))
        return frozenset(tuple(table[block] for block in tower) for tower in arrangement)

    classes: dict[frozenset[object], set[bytes]] = {}
    for start in towers:
        for goal in towers:
            orbit = frozenset((renamed(start, names), renamed(goal, names)) for names in permutations("ABC"))
            classes.setdefault(orbit, set()).add(key(start, goal))
    assert all(len(keys) == 1 for keys in classes.values())
    assert len(set().union(*classes.values())) == len(classes) == 29  # Burnside: (13 * 13 + 3 + 2) / 6


def test_sliding_keys_are_equal_exactly_for_turned_and_renamed_boards() -> None:
    """Every board of 2 by 2 with every goal blank: eight symmetries of the square, tiles renamed by the goal."""
    keys: dict[bytes, set[int]] = {}
    for blank in range(4):
        goal = (*range(1, blank + 1), 0, *range(blank + 1, 4))
        table = distance_table(2, 2, goal)
        for distance, layer in enumerate(table.layers):
            for index in range(len(layer)):
                start = table.state(distance, index, 4)
                instance = sliding_tiles.Instance(rows=2, cols=2, start=start, goal=goal, plan="", shortest=False)
                keys.setdefault(sliding_tiles.canonical(instance), set()).add(distance)
    # The states are a ring of 12, seen the same from each goal; a reflection exchanges its two directions.
    assert len(keys) == 7
    assert all(len(distances) == 1 for distances in keys.values())


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3), st.integers(1, 4))
def test_reverse_play_proves_fewest_pushes_only_where_forward_search_agrees(
    rng: Random, boxes: int, pulls: int
) -> None:
    room = carved_room(6, 6, 15, rng)
    goals = mask_of(rng.sample(cells_of(room.floor), min(boxes, room.floor.bit_count() // 3)))
    start = pulled_start(room, goals, pulls, 12, rng)
    if start is None:
        return
    assert len(start.pushes) == pulls
    player = rng.choice(cells_of(start.position.reach))
    fewest = _fewest_pushes(room, goals, start.position.boxes, 1 << player)
    assert least_pushes(push_distances(room, goals), start.position.boxes) <= fewest <= pulls
    if start.fewest:
        assert fewest == pulls


def _fewest_pushes(room: Room, goals: int, boxes: int, player: int) -> int:
    """By forward search in single moves, a walk costing nothing: 0-1 breadth first."""
    layer, pushes, seen = [(player, boxes)], 0, {(player, boxes)}
    while layer:
        pushed = []
        for here, stones in layer:
            if stones == goals:
                return pushes
            for shift in shifts(room.cols).values():
                there, beyond = shifted(here, shift), shifted(here, 2 * shift)
                if not there & room.floor:
                    continue
                if not there & stones:
                    if (there, stones) not in seen:
                        seen.add((there, stones))
                        layer.append((there, stones))
                elif beyond & room.floor & ~stones:
                    pushed.append((there, stones ^ there | beyond))
        layer = [state for state in dict.fromkeys(pushed) if state not in seen]
        seen.update(layer)
        pushes += 1
    raise AssertionError("no solution, though reverse play came from one")


def test_the_farmer_needs_seven_crossings() -> None:
    farmer = river_crossing.Instance(
        names=("Anna", "wolf", "goat", "cabbage"),
        rowers=(0,),
        capacity=2,
        rules=((1, 2, 0), (2, 3, 0)),
        plan=(),
        shortest=False,
    )
    classic = "Anna goat; Anna; Anna wolf; Anna goat; Anna cabbage; Anna; Anna goat"
    assert river_crossing.check(farmer, classic).score == 1.0
    assert river_crossing.check(farmer, classic.replace("wolf", "cabbage", 1)).score == 0.0
    assert river_crossing.features(msgspec.structs.replace(farmer, plan=((0,),) * 7))["states"] == 10
    left_alone = river_crossing.check(farmer, "Anna cabbage; Anna")
    assert left_alone.detail == "crossing 1 of 2 is not possible: a rule is broken in the left bank"


def test_a_solved_sokoban_takes_no_more_moves() -> None:
    instance = sokoban.Instance(room=("#####", "#@$.#", "#---#", "#####"), plan="R", fewest=True)
    assert sokoban.check(instance, "R").score == 1.0
    assert sokoban.check(instance, "D U R").score == 1.0
    assert sokoban.check(instance, "R L").score == 0.0
    assert "wall" in sokoban.check(instance, "U").detail


@pytest.mark.parametrize(
    ("params", "knob"),
    [
        (lambda: sliding_tiles.Params(min_moves=9, max_moves=8), "max_moves"),
        (lambda: sliding_tiles.Params(rows=2, cols=2, min_moves=7, max_moves=9), "min_moves"),
        (lambda: blocks_world.Params(blocks=3, min_moves=5, max_moves=6), "min_moves"),
        (lambda: river_crossing.Params(travellers=3, rowers=4), "rowers"),
        (lambda: river_crossing.Params(travellers=3, capacity=3), "capacity"),
        (lambda: sokoban.Params(rows=5, cols=5, boxes=6), "boxes"),
    ],
)
def test_knobs_that_contradict_each_other_are_refused_by_name(params: object, knob: str) -> None:
    with pytest.raises(ValueError, match=knob):
        params()  # type: ignore[operator]


def test_longer_sliding_plans_are_wrong_only_where_the_fewest_moves_are_asked_for() -> None:
    family = sliding_tiles.FAMILY
    instance = make_instance(family, sliding_tiles.Params(rows=3, cols=4, min_moves=10, max_moves=12), 1, 0)
    detour = next(
        f"{there}{back}{instance.plan}"
        for there, back in ("UD", "LR", "DU", "RL")
        if sliding_tiles.check(instance, f"{there}{back}{instance.plan}").score == 1.0
    )
    asked = msgspec.structs.replace(instance, shortest=True)
    assert "are enough" in sliding_tiles.check(asked, detour).detail
