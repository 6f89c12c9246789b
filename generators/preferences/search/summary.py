"""What the values of several steps come to: one number for a response, or for a beginning of one."""

from collections.abc import Sequence
from math import prod
from typing import Literal

Summary = Literal["last", "least", "product"]
"""The last value, the least one, or all multiplied."""


def summed_up(values: Sequence[float], by: Summary = "least") -> float:
    """One number in [0, 1]; 0.0 without steps."""
    if not values:
        return 0.0
    return {"last": values[-1], "least": min(values), "product": prod(values)}[by]
