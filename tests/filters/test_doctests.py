"""The worked examples in the docstrings of the room."""

import doctest
from types import ModuleType

import pytest

from filters import balance, beta, diversity, mix, monitors, quality, weakness
from filters.sanity import characters, leak, leftovers, marks, wording

MODULES = [balance, beta, diversity, mix, monitors, quality, weakness, characters, leak, leftovers, marks, wording]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
