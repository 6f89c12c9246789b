"""The worked examples in the docstrings of the room."""

import doctest
from types import ModuleType

import pytest

from rubrics import fencing, likelihood, similarity
from rubrics.judges import verdict


@pytest.mark.parametrize("module", [fencing, likelihood, similarity, verdict])
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
