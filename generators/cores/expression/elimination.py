"""Exact linear algebra on small whole-number systems: solution and rank by fraction-free elimination."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

Row = Sequence[int]


class Solved(NamedTuple):
    """The one solution, and the digits of the longest entry met on the way to it."""

    values: tuple[Fraction, ...]
    longest_entry: int


def solved(rows: Sequence[Row]) -> Solved | None:
    """The unique solution of a square system of rows (N, N + 1), `a1 a2 … b`; None when there is not exactly one.

    Fraction-free elimination (Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination",
    1968): every division comes out even.
    """
    size = len(rows)
    work = [list(row) for row in rows]
    previous, largest = 1, max(abs(entry) for row in rows for entry in row)
    for step in range(size):
        pivot_row = next((place for place in range(step, size) if work[place][step]), None)
        if pivot_row is None:
            return None
        if pivot_row != step:
            work[step], work[pivot_row] = work[pivot_row], work[step]
        top = work[step]
        pivot = top[step]
        for place in range(step + 1, size):
            row = work[place]
            lead = row[step]
            row[step + 1 :] = [
                (pivot * entry - lead * above) // previous
                for entry, above in zip(row[step + 1 :], top[step + 1 :], strict=True)
            ]
            row[step] = 0
        largest = max(largest, *(abs(entry) for row in work[step + 1 :] for entry in row), 0)
        previous = pivot
    determinant = work[-1][size - 1]
    scaled = [0] * size
    for place in reversed(range(size)):
        row = work[place]
        known = sum(row[other] * scaled[other] for other in range(place + 1, size))
        scaled[place] = (determinant * row[size] - known) // row[place]
    return Solved(tuple(Fraction(entry, determinant) for entry in scaled), len(str(largest)))
