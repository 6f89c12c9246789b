"""The examples in the docstrings are true."""

import doctest
from types import ModuleType

import pytest

from generators import equations
from trainer import advantage, batch, budget, forest, packing, passes, scores
from trainer.rewards import compose, format, length, likelihood, process, rubric


@pytest.mark.parametrize(
    "module",
    [
        advantage,
        batch,
        budget,
        compose,
        equations,
        forest,
        format,
        length,
        likelihood,
        packing,
        passes,
        process,
        rubric,
        scores,
    ],
    ids=lambda module: module.__name__,
)
def test_the_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
