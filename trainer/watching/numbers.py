"""Lines of the record as flat numbers with names: what trackers draw."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import msgspec

from trainer.evaluate import Evaluation
from trainer.metrics import StepMetrics

Line = StepMetrics | Evaluation


def numbers_of(line: Line) -> dict[str, float]:
    """Every number of a line that is there and finite, as `section/name`.

    A step's own are `train/…`, those of a table inside it have its name (`curriculum/…`); an evaluation's have that of
    its split, the rates of families and levels as `split/family level`.
    """
    if isinstance(line, StepMetrics):
        told = msgspec.to_builtins(line, str_keys=True)
        own = {name: value for name, value in told.items() if not isinstance(value, dict)}
        tables = {name: value for name, value in told.items() if isinstance(value, dict)}
        sections = {"train": own | {"updated": line.outcome == "updated"}} | tables
    else:
        cells = {f"{cell.family} {cell.level}": cell.pass_at_1 for cell in line.cells}
        sections = {line.split: msgspec.to_builtins(line, str_keys=True) | cells}
    return {name: value for name, value in _flat(sections) if not name.endswith("/step")}


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}/")
        elif isinstance(value, int | float) and isfinite(value):
            yield above + name, float(value)
