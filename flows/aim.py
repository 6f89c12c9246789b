"""Rounds of tasks, each aimed by what the rounds before came to: plan, generate, deduplicate, choose, roll out.

Round r of n owns its own range of shards in every stage, so what a round has written never changes. A round's plan is
a pure function of the config, the seed and the shards before it, and is written down before it is followed.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from filters.aiming import Cell, CellKey, Evidence, evidence, first_round, next_round
from filters.interpolation import cells_between
from flows.asking import who_asks
from flows.choose import choose_shards, chosen_stages
from flows.compared import compared_of
from flows.config import AimConfig, RunConfig
from flows.contamination import keep_apart
from flows.dedup import deduplicate_shards, unique_stages
from flows.generate import make_shards, tasks_key
from flows.rollout import after, limits_of, roll_out_shards, rollout_stages, settings_of
from flows.seen import put_into_index
from flows.shards import say_ignored
from flows.workers import opened_workers
from generators.stream import Segment, cut
from pipeline.engines.config import ModelConfig
from pipeline.store import Run, Stage, read_columns
from schemas import AimedCell, Difficulty, LeftOut, Removed, Rollout, Task, from_table


class Aimed(NamedTuple):
    """The stages of an aimed run; `plans` has a shard a round, the others those of `shards_of`.

    Where there are no more candidates than tasks, `chosen` is `unique` and `not_chosen` is None.
    """

    plans: Stage[AimedCell]
    tasks: Stage[Task]
    unique: Stage[Task]
    removed: Stage[Removed]
    chosen: Stage[Task]
    not_chosen: Stage[LeftOut] | None
    rollouts: Stage[Rollout]
    graded: Stage[Difficulty]


def shards_of(number: int, config: RunConfig, aim: AimConfig) -> range:
    """The shards of a round, counted from 1, in every stage but `plans`."""
    tasks, size = sum(segment.stop for segment in config.segments()), config.tasks.shard_size
    first, each = -(-tasks // size), -(-tasks * aim.candidates // size)
    return range(first + (number - 2) * each, first + (number - 1) * each) if number > 1 else range(first)


def run_rounds(run: Run, config: RunConfig, aim: AimConfig, model: ModelConfig) -> Aimed:
    """All rounds of a run, from where it stopped; the stages `aim`, `tasks` … `difficulty`, finished."""
    aimed = stages_of(run, config, aim, model)
    left = limits_of(config)
    count = sum(segment.stop for segment in config.segments())
    compared = compared_of(run, config, aimed.tasks)
    read: dict[str, float] = {}
    with (
        opened_workers(config.runner, config.workers, run.url) as workers,
        who_asks(model, aimed.rollouts, workers.models) as ask,
    ):
        for number in range(1, aim.rounds + 1):
            plan = planned(aimed, config, aim, number)
            own = shards_of(number, config, aim)
            segments = dict(zip(own, cut(segments_of(plan, config), config.tasks.shard_size), strict=True))
            make_shards(workers.rules, aimed.tasks, segments)
            screen = keep_apart(config, aimed.tasks, compared.hits, own, workers.rules)
            deduplicate_shards(
                aimed.tasks, aimed.unique, aimed.removed, own, compared._replace(screen=screen), workers.rows
            )
            if aimed.not_chosen is not None and set(own).intersection(aimed.chosen.missing()):
                choose_shards.submit(
                    config, aim, aimed.unique, aimed.chosen, aimed.not_chosen, aimed.graded, own, count, ask, read
                ).result()
            chosen = [info for info in aimed.chosen.shards() if info.shard in own]
            part = left.share(1, aim.rounds - number + 1)
            roll_out_shards(ask, config, aimed.chosen, chosen, aimed.rollouts, aimed.graded, part)
            left = after(left, aimed.rollouts, own)
            _say(aimed, number, own)
    for stage in aimed:
        if stage is not None:
            stage.seal()
    put_into_index(run, config, aimed.unique)
    return aimed


def stages_of(run: Run, config: RunConfig, aim: AimConfig, model: ModelConfig) -> Aimed:
    """The stages with what is already there. More rounds go on from fewer; a budget is for a number of rounds."""
    key = {
        **tasks_key(config),
        **settings_of(config, model),
        "explore": aim.explore,
        "candidates": aim.candidates,
        "read": aim.read,
        "rounds": aim.rounds if config.difficulty.limited else None,
    }
    plans = run.stage("aim", AimedCell, count=aim.rounds, key=key)
    tasks = run.stage("tasks", Task, count=shards_of(aim.rounds, config, aim).stop, key=key)
    say_ignored(tasks)
    unique, removed = unique_stages(run, config, tasks)
    chosen, not_chosen = (unique, None) if aim.candidates == 1 else chosen_stages(run, config, aim, unique)
    return Aimed(plans, tasks, unique, removed, chosen, not_chosen, *rollout_stages(run, config, model, chosen))


def planned(aimed: Aimed, config: RunConfig, aim: AimConfig, number: int) -> list[AimedCell]:
    """The plan of a round: the one that is written down, or made from the rounds before and written down."""
    if aimed.plans.has(number - 1):
        return from_table(aimed.plans.read(number - 1), AimedCell)
    done = range(shards_of(number, config, aim).start)
    before = [row for earlier in range(1, number) for row in planned(aimed, config, aim, earlier)]
    plan = plan_after(before, evidence_of(aimed, done), config, aim)
    aimed.plans.write(number - 1, plan, inputs=[info.sha256 for info in aimed.graded.shards() if info.shard in done])
    return plan


def plan_after(
    before: Sequence[AimedCell], seen: Mapping[CellKey, Evidence], config: RunConfig, aim: AimConfig
) -> list[AimedCell]:
    """The plan of the round after those planned `before`, or of the first; with a cell more where one is due."""
    cells = cells_of(config)
    if not before:
        return first_round(cells)
    cells = with_added(cells, before, config)
    band = config.difficulty.band_low, config.difficulty.band_high
    examples = [source.examples for source in config.tasks.sources]
    return next_round([*cells, *cells_between(cells, seen, band, examples)], before, seen, aim.explore, aim.candidates)


def cells_of(config: RunConfig) -> list[Cell]:
    """The cells that the config names."""
    return [
        Cell(
            source=number,
            family=source.family,
            level=level,
            params=params,
            place=float(level) if level else None,
            count=source.count,
        )
        for number, source in enumerate(config.tasks.sources)
        for level, params in source.parameters().items()
    ]


def with_added(cells: list[Cell], before: Iterable[AimedCell], config: RunConfig) -> list[Cell]:
    """The cells, and those that earlier rounds added."""
    there = {cell.key: cell for cell in cells}
    for row in before:
        added = Cell(
            source=row.source,
            family=row.family,
            level=row.level,
            params=row.params,
            place=row.place,
            count=config.tasks.sources[row.source].count,
        )
        there.setdefault(added.key, added)
    return list(there.values())


def segments_of(plan: Iterable[AimedCell], config: RunConfig) -> list[Segment]:
    """The items that the plan makes."""
    return [
        Segment(
            family=row.family,
            level=row.level,
            params={} if row.level else row.params,
            seed=config.seed,
            start=row.start,
            stop=row.stop,
            styles=tuple(config.tasks.sources[row.source].styles),
            examples=config.tasks.sources[row.source].examples,
            worked=config.tasks.sources[row.source].worked,
        )
        for row in plan
        if row.count
    ]


def evidence_of(aimed: Aimed, shards: range) -> dict[CellKey, Evidence]:
    """What the tasks of these shards say of each cell."""
    made: list[tuple[CellKey, str]] = []
    graded: list[tuple[CellKey, Difficulty]] = []
    for shard in shards:
        columns = read_columns(aimed.tasks.path(shard), Task, ["id", "family", "params", "canonical"]).to_pydict()
        cells = list(zip(columns["family"], columns["params"], strict=True))
        made += zip(cells, columns["canonical"], strict=True)
        cell_of = dict(zip(columns["id"], cells, strict=True))
        graded += ((cell_of[each.task_id], each) for each in from_table(aimed.graded.read(shard), Difficulty))
    return evidence(made, graded)


def _say(aimed: Aimed, number: int, own: range) -> None:
    decided = [each for shard in own for each in from_table(aimed.graded.read(shard), Difficulty)]
    graded = [each.decision for each in decided if each.samples]
    share = f" ({graded.count('in_band') / len(graded):.0%})" if graded else ""
    sys.stderr.write(
        f"round {number} of {aimed.plans.count}: {graded.count('in_band')} of {len(graded)} graded tasks are in the "
        f"band{share}\n"
    )
