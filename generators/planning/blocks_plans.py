"""Blocks: towers, what stands on what, and shortest plans.

Shortest plans follow Gupta and Nau (On the complexity of blocks-world planning, 1992): a block that stands as wanted
never moves, one that can go to its final place goes there at once, and else some block goes to the table. So only the
choice of that block is searched.
"""

from collections.abc import Iterator

from generators.cores.planning.search import astar

TABLE = "table"

Towers = tuple[tuple[str, ...], ...]
Move = tuple[str, str]
_Below = tuple[str, ...]  # what each block stands on, blocks in alphabetical order

_LIMIT = 5_000


def out_of_place(start: Towers, goal: Towers) -> int:
    """How many blocks do not stand as wanted, or on one that does not: each must move."""
    wanted = {tower[: height + 1] for tower in goal for height in range(len(tower))}
    return sum(tower[: height + 1] not in wanted for tower in start for height in range(len(tower)))


def supports(towers: Towers) -> dict[str, str]:
    """What each block stands on: a block or TABLE."""
    return {block: tower[height - 1] if height else TABLE for tower in towers for height, block in enumerate(tower)}


def shortest_plan(start: Towers, goal: Towers) -> tuple[Move, ...]:
    """Moves (block, block below or TABLE) from the start to the goal. Raises SearchLimitError."""
    under, wanted = supports(start), supports(goal)
    names = sorted(under)
    beneath = {block: frozenset(tower[:height]) for tower in goal for height, block in enumerate(tower)}
    place = {name: index for index, name in enumerate(names)}

    def standing(state: _Below) -> dict[str, bool]:
        """Whether each block, and all below it, stand as wanted."""
        known = {TABLE: True}

        def stands(block: str) -> bool:
            if block not in known:
                support = state[place[block]]
                known[block] = support == wanted[block] and stands(support)
            return known[block]

        for block in names:
            stands(block)
        return known

    def successors(state: _Below) -> Iterator[tuple[Move, _Below]]:
        stands = standing(state)
        clear = [block for block in names if block not in state and not stands[block]]
        for block in clear:
            aim = wanted[block]
            if stands[aim] and (aim == TABLE or aim not in state):
                yield (block, aim), _put(state, place[block], aim)
                return
        for block in clear:
            if state[place[block]] != TABLE:
                yield (block, TABLE), _put(state, place[block], TABLE)

    def estimate(state: _Below) -> int:
        """One move for each block out of place, two for those that stand on a block that must come below them again."""
        stands = standing(state)
        moves = 0
        for block in names:
            if not stands[block]:
                moves += 1
                support = state[place[block]]
                while support != TABLE and not stands[support]:
                    if support in beneath[block]:
                        moves += 1
                        break
                    support = state[place[support]]
        return moves

    first = tuple(under[name] for name in names)
    last = tuple(wanted[name] for name in names)
    plan = astar(first, successors, last.__eq__, estimate, _LIMIT)
    assert plan is not None  # with everything on the table any towers can be built
    return plan


def _put(state: _Below, block: int, support: str) -> _Below:
    return (*state[:block], support, *state[block + 1 :])
