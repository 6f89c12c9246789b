"""Monte-Carlo tree search over steps, with the verifier's verdict on simulated endings as the reward.

As in reasoning via planning (RAP, arXiv 2305.14992) the model proposes the steps. There it is the model of the world
too; here the rules are, where they can follow the steps (`legal`): steps that break them are never gone on from.
"""

from collections.abc import Callable
from math import inf, log, sqrt

import msgspec
from pydantic import Field

from generators.preferences.search.asking import Ask, Path, Search, right
from generators.preferences.search.estimate import Estimate
from pipeline.config import Section

Legal = Callable[[Path], bool]
"""Whether the steps of a beginning keep the rules of its task; true where that can't be said."""


class MctsConfig(Section):
    """How large the tree grows."""

    iterations: int = Field(16, ge=1, description="places of a tree that are opened")
    branch: int = Field(4, ge=1, description="steps that are proposed at a place")
    simulations: int = Field(2, ge=1, description="endings that are simulated after each new step")
    explore: float = Field(1.4, ge=0, description="c of the upper bound: how much seldom visited steps are preferred")
    depth: int = Field(32, ge=1, description="steps of a response at most")
    exact: bool = Field(True, description="moves that the rules forbid are cut off, where the family can tell them")


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate for every step of the tree, from its own simulations alone, the root's first; and the right responses
    that were met, each once. Steps that the rules forbid are there too."""

    estimates: tuple[Estimate, ...]
    solved: tuple[Path, ...]


class _Node:
    """A beginning: what its own simulations and those below it came to. `tries` counts those too that say nothing: a
    place where all are cut off is not taken for one where nobody has looked."""

    def __init__(self, path: Path, parent: "_Node | None", ended: bool) -> None:
        self.path, self.parent, self.ended = path, parent, ended
        self.children: list[_Node] | None = None
        self.own = Estimate(path=path, successes=0, visits=0)
        self.reward, self.visits, self.tries = 0.0, 0, 0

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1


def anything(path: Path) -> bool:
    """No rules."""
    return True


def mcts(config: MctsConfig, legal: Legal = anything) -> Search[Tree]:
    """One task's search."""
    root = _Node((), None, ended=False)
    nodes, solved = [root], dict[Path, None]()
    for _ in range(config.iterations):
        leaf = _selected(root, config)
        if leaf is None:
            break
        told = yield [Ask(leaf.path, config.branch, "step")]
        if told is None:
            break
        leaf.children = []
        for answer in {each.token_ids: each for each in told[0]}.values():
            path = leaf.path + answer.token_ids
            keeps = legal(path)
            child = _Node(path, leaf, ended=answer.ended or not answer.token_ids or not keeps)
            leaf.children.append(child)
            if not keeps:
                child.own = Estimate(path=path, successes=0, visits=1, by="rules")
                _backed_up(child)
            elif answer.ended and answer.score is not None:
                child.own = Estimate(path=path, successes=int(answer.score == 1.0), visits=1, by="verdict")
                _backed_up(child)
                solved.update({path: None} if answer.score == 1.0 else {})
        nodes += leaf.children
        opened = [child for child in leaf.children if not child.ended]
        if opened:
            told = yield [Ask(child.path, config.simulations, "whole") for child in opened]
            if told is None:
                break
            for child, answers in zip(opened, told, strict=True):
                successes, visits = right(answers)
                child.own = Estimate(path=child.path, successes=successes, visits=visits)
                _backed_up(child, len(answers))
                solved.update({child.path + each.token_ids: None for each in answers if each.score == 1.0})
    return Tree(estimates=tuple(node.own for node in nodes), solved=tuple(solved))


def _selected(root: _Node, config: MctsConfig) -> _Node | None:
    """The place to open: down from the root by the upper confidence bound (UCT, Kocsis and Szepesvári, 2006).

    None where every place is open, ended, or as deep as may be.
    """
    node = root
    while node.children is not None:
        open_children = [child for child in node.children if _has_room(child, config)]
        if not open_children:
            return None
        total = max(1, node.tries)
        node = max(open_children, key=lambda child: _upper_bound(child, total, config.explore))
    return node


def _has_room(node: _Node, config: MctsConfig) -> bool:
    if node.ended or node.depth >= config.depth:
        return False
    return node.children is None or any(_has_room(child, config) for child in node.children)


def _upper_bound(node: _Node, total: int, explore: float) -> float:
    if not node.tries:
        return inf
    return node.reward / max(1, node.visits) + explore * sqrt(log(total) / node.tries)


def _backed_up(node: _Node, tries: int = 1) -> None:
    above: _Node | None = node
    while above is not None:
        above.reward += node.own.successes
        above.visits += node.own.visits
        above.tries += tries
        above = above.parent
