"""A beam over steps: at each depth the beginnings that simulated endings find best. The baseline of the searches."""

from pydantic import Field

from generators.preferences.search.asking import Ask, Path, Search, right
from generators.preferences.search.estimate import Estimate
from generators.preferences.search.mcts import Tree
from pipeline.config import Section


class BeamConfig(Section):
    """How wide and deep the beam is."""

    width: int = Field(4, ge=1, description="beginnings that are kept at each depth")
    branch: int = Field(4, ge=1, description="steps that are proposed after each")
    simulations: int = Field(2, ge=1, description="endings that are simulated after each new step")
    depth: int = Field(16, ge=1, description="steps of a response at most")


def beam(config: BeamConfig) -> Search[Tree]:
    """One task's search."""
    kept: list[Path] = [()]
    estimates: list[Estimate] = []
    solved: dict[Path, None] = {}
    for _ in range(config.depth):
        told = yield [Ask(path, config.branch, "step") for path in kept]
        if told is None:
            break
        steps = {path + each.token_ids: each for path, answers in zip(kept, told, strict=True) for each in answers}
        for path, answer in steps.items():
            if answer.ended and answer.score is not None:
                estimates.append(Estimate(path=path, successes=int(answer.score == 1.0), visits=1, by="verdict"))
                solved.update({path: None} if answer.score == 1.0 else {})
        kept = [path for path, answer in steps.items() if not answer.ended and answer.token_ids]
        if not kept:
            break
        told = yield [Ask(path, config.simulations, "whole") for path in kept]
        if told is None:
            break
        fresh: list[Estimate] = []
        for path, answers in zip(kept, told, strict=True):
            successes, visits = right(answers)
            fresh.append(Estimate(path=path, successes=successes, visits=visits))
            solved.update({path + each.token_ids: None for each in answers if each.score == 1.0})
        estimates += fresh
        kept = [each.path for each in sorted(fresh, key=lambda each: -each.mc)[: config.width]]
    return Tree(estimates=tuple(estimates), solved=tuple(solved))
