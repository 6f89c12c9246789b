"""How many items a config makes of each cell."""

from collections.abc import Mapping
from typing import NamedTuple

from filters.aiming import CellKey, Evidence, first_round, next_round
from filters.beta import JEFFREYS, Beta, beta_cdf
from filters.prior import Cell, cell_of_segment, fitted_priors
from flows.aim import cells_of
from flows.config import RunConfig
from flows.plan.evidence import ModelSeen, Seen
from generators.occupancy import times_seen
from schemas import AimedCell, jsontext


class Allotted(NamedTuple):
    """Items to make, and the share of the unique ones that is rolled out, by cell."""

    items: dict[Cell, int]
    rolled: dict[Cell, float]


def allotted(config: RunConfig, seen: Seen) -> Allotted:
    """What the sources say; with `aim` also what later rounds make, if what is seen goes on to hold.

    Among more candidates than are rolled out, those rolled out are thought to be drawn blindly.
    """
    items = {cell_of_segment(segment): segment.stop - segment.start for segment in config.segments()}
    if config.aim is None or config.model is None:
        return Allotted(items, dict.fromkeys(items, 1.0))
    cells = cells_of(config)
    evidence = _evidence(config, seen, seen.models[config.model.name])
    rows: list[AimedCell] = first_round(cells)
    for _ in range(1, config.aim.rounds):
        rows += next_round(cells, rows, evidence, config.aim.explore, config.aim.candidates)
    made: dict[Cell, int] = dict.fromkeys(items, 0)
    asked: dict[Cell, float] = dict.fromkeys(items, 0.0)
    for row in rows:
        cell = row.family, row.level, "" if row.level else jsontext.dumps(row.params)
        made[cell] += row.count
        asked[cell] += row.count / (1 if row.round == 1 else config.aim.candidates)
    return Allotted(made, {cell: asked[cell] / max(made[cell], 1) for cell in made})


def _evidence(config: RunConfig, seen: Seen, model: ModelSeen) -> Mapping[CellKey, Evidence]:
    counts = ((cell, each.successes, each.failures) for cell, own in model.tasks.items() for each in own)
    priors = fitted_priors(counts)
    return {
        (source.family, jsontext.dumps(params)): _evidence_of(
            config, seen, model, (source.family, level, "" if level else jsontext.dumps(params)), priors
        )
        for source in config.tasks.sources
        for level, params in source.parameters().items()
    }


def _evidence_of(config: RunConfig, seen: Seen, model: ModelSeen, cell: Cell, priors: Mapping[Cell, Beta]) -> Evidence:
    keys, graded = seen.cells[cell].keys, model.tasks.get(cell, [])
    beliefs = [priors.get(cell, JEFFREYS).after(each.successes, each.failures) for each in graded]
    low, high = config.difficulty.band_low, config.difficulty.band_high
    return Evidence(
        made=len(keys),
        once=times_seen(keys).get(1, 0),
        graded=len(graded),
        in_band=sum(beta_cdf(belief, high) - beta_cdf(belief, low) for belief in beliefs),
        solved=sum(belief.mean for belief in beliefs),
    )
