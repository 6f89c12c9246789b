"""The examples in the docstrings are true."""

import doctest
from types import ModuleType

import pytest

from rubrics import consistency, fitness
from rubrics.generation import arguments, parsing, path


@pytest.mark.parametrize("module", [arguments, parsing, path, consistency, fitness], ids=lambda module: module.__name__)
def test_the_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
