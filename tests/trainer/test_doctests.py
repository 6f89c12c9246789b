"""The examples in the docstrings are true."""

import doctest
from types import ModuleType

import pytest

from trainer import advantage, batch, budget, forest, packing, passes
from trainer.rewards import compose, format, length, process


@pytest.mark.parametrize(
    "module",
    [
        advantage,
        batch,
        budget,
        compose,
        forest,
        format,
        length,
        packing,
        passes,
        process,
    ],
    ids=lambda module: module.__name__,
)
def test_the_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
