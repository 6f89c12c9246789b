"""The examples in the docstrings are true."""

import doctest
from types import ModuleType

import pytest

from rubrics.criteria import amounts, equations, keywords, text, tongues

MODULES = [amounts, equations, keywords, text, tongues]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
