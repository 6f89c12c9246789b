"""A paper's claim, tried at toy scale: arms times seeds make cells, each run once and written down as it is done."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from pipeline.store.files import write_whole

RESULTS = Path(__file__).parents[1] / "results" / "papers"

Row = dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """`cell(arm, seed)` measures one arm once; `summary` reads all cells. `settings` is what the cells depend on.

    Seeds are the outer loop, so that what is compared is measured close together.
    """

    name: str
    paper: str
    says: str
    settings: Mapping[str, Any]
    arms: Sequence[str]
    seeds: Sequence[int]
    cell: Callable[[str, int], Row]
    summary: Callable[[Sequence[Row]], Any]


def measured(claim: Claim, heard: Callable[[str], None] = print) -> Any:
    """Runs the cells that are not written down yet under these settings, and gives the summary of all."""
    path = RESULTS / f"{claim.name}.json"
    settings = json.loads(json.dumps(claim.settings))
    stored = json.loads(path.read_text()) if path.exists() else {}
    cells: list[Row] = stored["cells"] if stored.get("settings") == settings else []
    done = {(cell["arm"], cell["seed"]) for cell in cells}
    for seed in claim.seeds:
        for arm in claim.arms:
            if (arm, seed) not in done:
                cells.append({"arm": arm, "seed": seed, **claim.cell(arm, seed)})
                _write(path, claim, settings, cells, None)
                heard(f"{claim.name}: {arm}, seed {seed}")
    summary = claim.summary(cells)
    _write(path, claim, settings, cells, summary)
    return summary


def _write(path: Path, claim: Claim, settings: Row, cells: Sequence[Row], summary: Any) -> None:
    """Settings and summary indented, a cell a line."""
    head = json.dumps(
        {"paper": claim.paper, "claim": claim.says, "settings": settings, "summary": summary}, indent=1
    ).removesuffix("\n}")
    lines = ",\n".join("  " + json.dumps(cell) for cell in cells)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(str(path), f'{head},\n "cells": [\n{lines}\n ]\n}}\n'.encode())


def of_arm(cells: Sequence[Row], arm: str) -> list[Row]:
    """The cells of one arm, in the order of their seeds."""
    return sorted((cell for cell in cells if cell["arm"] == arm), key=lambda cell: int(cell["seed"]))


def interval(values: Sequence[float], digits: int = 3) -> Row:
    """Mean and 95 % interval over seeds, by Student's t; None for the ends where there is one seed only.

    >>> interval([1.0, 2.0, 3.0])
    {'mean': 2.0, 'low': -0.484, 'high': 4.484, 'seeds': 3}
    """
    mean = fmean(values)
    told: Row = {"mean": round(mean, digits), "low": None, "high": None, "seeds": len(values)}
    if len(values) > 1:
        half = _STUDENT[len(values) - 2] * stdev(values) / len(values) ** 0.5
        told |= {"low": round(mean - half, digits), "high": round(mean + half, digits)}
    return told


_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5 % quantiles, by degrees of freedom from 1."""
