"""The rates of a run that has been made."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from filters.prior import Cell
from flows.config import RunConfig, SourceConfig, config_of
from flows.plan.evidence import CellSeen, ModelSeen, RatesError, Seen, Sizes, TaskSeen, sizes_of
from flows.plan.warming import CHOOSING, DEDUP, WRITING, Units, making_of, processes_of
from flows.training_folder import training_folder
from pipeline.costs.ledger import costs_under, spent
from pipeline.costs.record import CellCost, Cost, in_all
from pipeline.engines.config import ModelConfig
from pipeline.store import Run, Stage, load_run, read_columns
from schemas import CurriculumRow, Difficulty, Rollout, Task, from_table, jsontext
from trainer.record import read_metrics

MOST_KEYS = 200_000
"""Tasks whose problems are looked at, the first ones."""

MOST_GRADED = 20_000
"""Tasks whose rollouts are looked at, the first ones."""

_SIZED = 500


def cells_of(config: RunConfig) -> dict[Cell, SourceConfig]:
    """The cells that a config makes, with the source of each."""
    return {
        (source.family, level, "" if level else jsontext.dumps(params)): source
        for source in config.tasks.sources
        for level, params in source.parameters().items()
    }


def seen_in(url: str, config: RunConfig) -> Seen:
    """What a run tells for a config. Raises RatesError where it lacks families, a model, or costs; StoreError."""
    run = load_run(url)
    old = config_of(run)
    tasks, unique = run.sealed("tasks", Task), run.sealed("unique", Task)
    if tasks is None or unique is None:
        raise RatesError(f"{url} has no finished tasks: finish that run, or plan without --rates, by a pilot")
    costs = costs_under(run.url, "tasks", tasks.key)
    made = _cells(tasks, costs, config, old)
    _refuse_others(url, config, old, made)
    models = [] if config.model is None else [config.model, *config.compare]
    seen = Seen(
        rates=f"the run {url}",
        cells={cell: seen for cell, seen in made.items() if seen.making.rows},
        models={model.name: _model(url, run, old, config, model) for model in models},
        waits=_waits(costs.values()),
        start=_start(run, old.workers),
        **_steps(run, old, config),
    )
    seen.dedup = DEDUP.apart(_deduplicated(run, unique))
    seen.curriculum = CHOOSING.apart(_chosen(run))
    seen.writing = WRITING.apart(_written(costs.values()), processes_of(old))
    return seen


def _cells(tasks: Stage[Task], costs: Mapping[int, Cost], config: RunConfig, old: RunConfig) -> dict[Cell, CellSeen]:
    asked, before = cells_of(config), cells_of(old)
    keys: dict[Cell, list[str]] = {cell: [] for cell in asked}
    parts: dict[Cell, list[CellCost]] = {cell: [] for cell in asked}
    rows: dict[Cell, list[Task]] = {cell: [] for cell in asked}
    for shard, cost in costs.items():
        for part in cost.cells:
            if (part.family, part.level, part.params) in parts and shard < tasks.count:
                parts[part.family, part.level, part.params].append(part)
    for number, shard, found in _keys_by_shard(tasks):
        for cell, own in found.items():
            if cell in keys:
                keys[cell] += own
        if any(len(rows[cell]) < _SIZED for cell in found if cell in rows) and number < 100:
            for task in from_table(tasks.read(shard), Task):
                cell = _cell(task.family, task.level, task.params)
                if cell in rows and len(rows[cell]) < _SIZED:
                    rows[cell].append(task)
    return {
        cell: CellSeen(
            keys=keys[cell],
            making=making_of(parts[cell], asked[cell].examples),
            sizes=sizes_of(rows[cell], Task),
            begun=config.seed == old.seed and cell in before and before[cell].start == asked[cell].start,
        )
        for cell in asked
    }


def _keys_by_shard(tasks: Stage[Task]) -> Iterator[tuple[int, int, dict[Cell, list[str]]]]:
    looked = 0
    for number, info in enumerate(tasks.shards()):
        if looked >= MOST_KEYS:
            return
        looked += info.rows
        frame = _frame(tasks, info.shard, ["family", "level", "params", "canonical"])
        groups = frame.group_by("family", "level", "params", maintain_order=True).agg("canonical")
        found: dict[Cell, list[str]] = {}
        for family, level, params, keys in groups.iter_rows():
            found.setdefault((family, level, "" if level else params), []).extend(keys)
        yield number, info.shard, found


def _refuse_others(url: str, config: RunConfig, old: RunConfig, made: Mapping[Cell, CellSeen]) -> None:
    before = cells_of(old)
    for cell, source in cells_of(config).items():
        name = f"{cell[0]} level {cell[1]}" if cell[1] else f"{cell[0]} with {cell[2]}"
        advice = "plan without --rates, by a pilot, or name another run"
        if cell not in before or not made[cell].keys:
            raise RatesError(f"{url} has no tasks of {name}: {advice}")
        was = before[cell]
        if (was.styles, was.examples, was.worked) != (source.styles, source.examples, source.worked):
            raise RatesError(f"{url} has {name} with other styles or examples: {advice}")
        if not made[cell].making.rows:
            raise RatesError(f"{url} does not say what {name} took, it was made by another version: {advice}")


def _model(url: str, run: Run, old: RunConfig, config: RunConfig, model: ModelConfig) -> ModelSeen:
    known = [] if old.model is None else [old.model, *old.compare]
    same = [each for each in known if (each.name, each.engine, each.url) == (model.name, model.engine, model.url)]
    if not same:
        told = ", ".join(f"{each.name} by {each.engine}" for each in known) or "none"
        raise RatesError(
            f"the models of {url} are: {told}; rates of another model say nothing of {model.name} by {model.engine}"
        )
    if old.sampling != config.sampling:
        raise RatesError(f"{url} sampled in another way: its `sampling` is not that of the config")
    suffix = "" if same[0] is old.model else f"_{model.slug}"
    rollouts, graded = run.sealed(f"rollouts{suffix}", Rollout), run.sealed(f"difficulty{suffix}", Difficulty)
    chosen = run.sealed("chosen" if old.aim is not None and old.aim.candidates > 1 else "unique", Task)
    if rollouts is None or graded is None or chosen is None:
        raise RatesError(f"{url} has no finished rollouts of {model.name}: finish that run, or plan without --rates")
    costs = [each for each in costs_under(run.url, rollouts.name, rollouts.key).values() if each.completion_tokens]
    if not costs:
        raise RatesError(f"{url} does not say what its rollouts took: they were made by another version")
    opened = in_all(costs_under(run.url, "engine", rollouts.key).values())
    starts = max(opened.starts, 1)
    return ModelSeen(
        tasks=_graded(chosen, rollouts, old.difficulty.success_at),
        sampling=[(each.completion_tokens, each.cpu_seconds) for each in costs],
        waiting=[(each.completion_tokens, each.wall_seconds) for each in costs],
        opening=(opened.cpu_seconds / starts, opened.wall_seconds / starts),
        device=in_all(costs).device,
        rollout_bytes=_ratio(rollouts),
        difficulty_bytes=_ratio(graded),
    )


def _graded(tasks: Stage[Task], rollouts: Stage[Rollout], success_at: float) -> dict[Cell, list[TaskSeen]]:
    found: dict[Cell, list[TaskSeen]] = {}
    looked = 0
    for info in tasks.shards():
        if looked >= MOST_GRADED:
            break
        looked += info.rows
        named = _frame(tasks, info.shard, ["id", "family", "level", "params"])
        columns = ["task_id", "score", "prompt_tokens", "completion_tokens"]
        made = _frame(rollouts, info.shard, columns)
        counted = made.group_by("task_id", maintain_order=True).agg(
            (pl.col("score") >= success_at).sum().alias("won"),
            (pl.col("score") < success_at).sum().alias("lost"),
            pl.len(),
            pl.col("prompt_tokens", "completion_tokens").sum(),
        )
        joined = named.join(counted, left_on="id", right_on="task_id", maintain_order="left")
        for _, family, level, params, won, lost, count, prompt, completion in joined.iter_rows():
            cell = family, level, "" if level else params
            found.setdefault(cell, []).append(TaskSeen(won, lost, count, prompt, completion))
    return found


def _ratio(stage: Stage[Rollout] | Stage[Difficulty]) -> Sizes:
    shards = stage.shards()
    fixed = sizes_of([], stage.record).fixed
    rows = sum(info.rows for info in shards)
    return Sizes(fixed, max(sum(info.bytes for info in shards) - fixed * len(shards), 0.0) / max(rows, 1))


def _waits(costs: Iterable[Cost]) -> float:
    whole = in_all(costs)
    return max(whole.wall_seconds / whole.cpu_seconds, 1.0) if whole.cpu_seconds else 1.0


def _start(run: Run, workers: int) -> tuple[float, float]:
    """The wall and CPU seconds of one start of a run beside its stages."""
    stages = spent(run.url)
    whole = stages.pop("run", None)
    if whole is None:
        return 0.0, 0.0
    wall = sum(cost.wall_seconds / (workers if name == "tasks" else 1) for name, cost in stages.items())
    cpu = sum(cost.cpu_seconds for cost in stages.values())
    return max(whole.wall_seconds - wall, 0.0) / whole.starts, max(whole.cpu_seconds - cpu, 0.0) / whole.starts


def _written(costs: Iterable[Cost]) -> Units:
    """Of each shard, what it took beside its cells."""
    made = [(cost.rows_out, cost.cpu_seconds - sum(part.cpu_seconds for part in cost.cells)) for cost in costs]
    return [(float(rows), max(took, 0.0)) for rows, took in made if rows]


def _deduplicated(run: Run, unique: Stage[Task]) -> Units:
    costs = costs_under(run.url, "unique", unique.key).values()
    return [(cost.rows_in, cost.cpu_seconds) for cost in costs if cost.rows_in]


def _chosen(run: Run) -> Units:
    """Graded tasks, and the CPU seconds of selecting among them and making the curriculum."""
    graded, told = run.sealed("difficulty", Difficulty), spent(run.url)
    took = sum(told[stage].cpu_seconds for stage in ("select", "curriculum") if stage in told)
    return [(sum(info.rows for info in graded.shards()), took)] if graded is not None and took else []


def _steps(run: Run, old: RunConfig, config: RunConfig) -> dict[str, Any]:
    """Of training with the same batches: each step's CPU seconds, and the wall seconds that one of them takes."""
    if old.train is None or config.train is None or old.model is None:
        return {}
    rows = run.sealed("curriculum_train", CurriculumRow)
    shape = {"prompts_per_step", "group_size", "model", "sampling"}
    if rows is None or old.train.model_dump(include=shape) != config.train.model_dump(include=shape):
        return {}
    folder = training_folder(run, old.train, old.model.name, rows)
    steps = [each.generation_seconds + each.reward_seconds + each.update_seconds for each in read_metrics(folder)]
    whole = in_all(costs_under(run.url, "train", folder.name).values())
    if not steps:
        return {}
    waits = whole.wall_seconds / sum(steps) if whole.wall_seconds else 1.0
    return {"steps": [(1.0, each) for each in steps], "step_waits": waits, "train_device": whole.device}


def _cell(family: str, level: int, params: object) -> Cell:
    return family, level, "" if level else jsontext.dumps(params)


def _frame(stage: Stage[Any], shard: int, columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(read_columns(stage.path(shard), stage.record, columns)))
