"""ReST-MCTS* (arXiv 2406.03816): tree search led by a model of what beginnings are worth, and the values it teaches.

The value model says v(path) in [0, 1]. Going down takes the child with the greatest V + c * sqrt(2 ln N / n); a new
leaf is given steps, each step its value; from the best of them `greedy` further steps are taken, each the best of
`branch`, all of which stay in the tree, and the best value met is mixed in with weight `mix`; a node's V is the mean of
its children's, weighted by their visits. A search that has met no whole response when its places are opened goes on
from the best place by the best steps until it meets one.

A model that was taught whether steps are right may not see an error behind it any more: `by` takes the least or the
product of a path's values for its worth.
"""

from collections.abc import Iterable, Sequence
from math import inf, log, sqrt

import msgspec
from pydantic import Field

from generators.preferences.search.asking import Answer, Answers, Ask, Path, Search
from generators.preferences.search.summary import Summary, summed_up
from pipeline.config import Section


class RestConfig(Section):
    """How large the tree grows."""

    iterations: int = Field(16, ge=1, description="places of a tree that are opened, at most")
    branch: int = Field(4, ge=1, description="steps that are proposed at a place")
    explore: float = Field(0.7, ge=0, description="c of the upper bound")
    greedy: int = Field(1, ge=0, description="steps that are looked ahead from the best new one")
    mix: float = Field(0.5, ge=0, le=1, description="weight of what was seen ahead")
    gate: float = Field(0.9, gt=0, le=1, description="the search ends with a whole response of at least this value")
    by: Summary = Field(
        "last", description="what a beginning is worth: the last of its steps, the least, or all's product"
    )
    depth: int = Field(32, ge=1, description="steps of a response at most")


class RestTree(msgspec.Struct, frozen=True, kw_only=True):
    """`best` is the whole response of the greatest value, None where none was reached; `right` whether it is right.

    `responses` are the different whole responses that were reached with a verdict, with their steps' ends and whether
    they are right: their inferred values (`inferred_values`) teach the next value model.
    """

    best: Path | None
    right: bool
    responses: tuple[tuple[tuple[int, ...], Path, bool], ...]


class _Node:
    """A beginning: what the value model `told` of each of its steps, and its value as the tree has it."""

    def __init__(
        self, path: Path, parent: "_Node | None", told: tuple[float, ...], by: Summary, answer: Answer | None
    ) -> None:
        self.path, self.parent, self.told, self.answer = path, parent, told, answer
        self.value = summed_up(told, by)
        self.children: list[_Node] | None = None
        self.visits = 1

    @property
    def ended(self) -> bool:
        return self.answer is not None and (self.answer.ended or not self.answer.token_ids)

    @property
    def ends(self) -> tuple[int, ...]:
        return () if self.parent is None else (*self.parent.ends, len(self.path))


def rest(config: RestConfig) -> Search[RestTree]:
    """One task's search; it asks for values, so it needs a value model."""
    root = _Node((), None, (), config.by, None)
    whole: list[_Node] = []
    spent = False
    for _ in range(config.iterations):
        leaf = _selected(root, config)
        if leaf is None:
            break
        children = yield from _expanded(leaf, config)
        if children is None:
            spent = True
            break
        leaf.children = children
        whole += [child for child in children if child.ended]
        best = max(children, key=lambda child: child.value)
        ahead, seen = best, best.value
        further: list[_Node] | None = []
        for _ in range(config.greedy):
            if not _has_room(ahead, config) or (further := (yield from _expanded(ahead, config))) is None:
                break
            ahead.children = further
            whole += [child for child in further if child.ended]
            ahead = max(further, key=lambda child: child.value)
            seen = max(seen, ahead.value)
        best.value = (1 - config.mix) * best.value + config.mix * seen
        _backed_up(leaf)
        spent = further is None
        if spent or any(node.value >= config.gate for node in whole):
            break
    if not whole and not spent:
        whole = yield from _led_to_an_end(root, config)
    judged = {node.path: node for node in whole if node.answer is not None and node.answer.score is not None}
    best_whole = max(whole, key=lambda node: node.value, default=None)
    return RestTree(
        best=None if best_whole is None else best_whole.path,
        right=best_whole is not None and _is_right(best_whole),
        responses=tuple((node.ends, node.path, _is_right(node)) for node in judged.values()),
    )


def inferred_values(steps: int, wrong_from: int | None = None) -> list[float]:
    """What each beginning of a response is worth, from what is known of its end (equations 1 and 2 of the paper).

    v_k = max(v_(k-1) + w_k, 0) with w_k = (1 - v_(k-1)) / (m_k + 1) * (1 - 2 r_k): m_k is how many steps are still
    needed after step k (of a wrong response: how many follow), r_k is 0 for a step of a right response and 1 from step
    `wrong_from` on. v_0 = 0.

    >>> [round(value, 3) for value in inferred_values(4)]
    [0.25, 0.5, 0.75, 1.0]
    >>> inferred_values(4, wrong_from=2)
    [0.25, 0.5, 0.25, 0.0]
    """
    values: list[float] = []
    before = 0.0
    for step in range(steps):
        missing = steps - step - 1
        sign = 1 if wrong_from is None or step < wrong_from else -1
        before = max(before + (1 - before) / (missing + 1) * sign, 0.0)
        values.append(before)
    return values


def _expanded(node: _Node, config: RestConfig) -> "Search[list[_Node] | None]":
    """New children of a node with their values, one for the same tokens; None when the budget is spent."""
    told: Answers = yield [Ask(node.path, config.branch, "step")]
    if told is None:
        return None
    answers = list({each.token_ids: each for each in told[0]}.values())
    valued: Answers = yield [Ask(node.path + each.token_ids, 1, "value") for each in answers]
    if valued is None:
        return None
    return [
        _Node(node.path + answer.token_ids, node, (*node.told, value[0].score or 0.0), config.by, answer)
        for answer, value in zip(answers, valued, strict=True)
    ]


def _led_to_an_end(root: _Node, config: RestConfig) -> Search[list[_Node]]:
    """The whole responses that the best steps lead to from the best place; none where there is no room to an end."""
    node = root
    while True:
        while node.children:
            node = max(node.children, key=lambda child: child.value)
        if not _has_room(node, config) or (children := (yield from _expanded(node, config))) is None:
            return []
        node.children = children
        if whole := [child for child in children if child.ended]:
            return whole


def _selected(root: _Node, config: RestConfig) -> _Node | None:
    node = root
    while node.children is not None:
        opened = [child for child in node.children if _has_room(child, config)]
        if not opened:
            return None
        total = node.visits
        node = max(opened, key=lambda child: _upper_bound(child, total, config.explore))
    return node


def _upper_bound(node: _Node, total: int, explore: float) -> float:
    return node.value + explore * sqrt(2 * log(total) / node.visits) if node.visits else inf


def _has_room(node: _Node, config: RestConfig) -> bool:
    if node.ended or len(node.ends) >= config.depth:
        return False
    return node.children is None or any(_has_room(child, config) for child in node.children)


def _backed_up(leaf: _Node) -> None:
    node: _Node | None = leaf
    while node is not None:
        node.visits += 1
        node.value = _mean((child.value, child.visits) for child in node.children or ())
        node = node.parent


def _mean(weighed: Iterable[tuple[float, int]]) -> float:
    pairs: Sequence[tuple[float, int]] = list(weighed)
    return sum(value * weight for value, weight in pairs) / max(1, sum(weight for _, weight in pairs))


def _is_right(node: _Node) -> bool:
    return node.answer is not None and node.answer.score == 1.0
