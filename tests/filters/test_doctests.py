"""The worked examples in the docstrings of the room."""

import doctest
from types import ModuleType

import pytest

from filters import balance, beta, mix, quality


@pytest.mark.parametrize("module", [balance, beta, mix, quality])
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
