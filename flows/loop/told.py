"""What a loop has come to: its rounds from their own stages, for the report and for the rule that ends it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from filters.collapse import Evaluated, stopped, warnings_of
from filters.exploring import Tried
from filters.monitors import is_right, monitors
from filters.weakness import Allotment
from flows.chosen import Choices
from flows.config import RunConfig, config_of
from flows.loop.config import RoundsConfig
from flows.loop.lineage import Lineage, Round
from flows.loop.plan import read_plan, round_name
from pipeline.config import checked
from pipeline.report.loop import Loop, LoopCell, LoopRound, Setting
from pipeline.store import Run, StoreError, load_run
from pipeline.store.files import read_whole
from schemas import Difficulty, Rollout, Task
from trainer.config import HELD_OUT
from trainer.scores import Scores, scores_of


def evaluation_name(number: int) -> str:
    """The folder of the held-out samples after a round, inside the loop's; 0 for those of the first model."""
    return f"evaluations/{round_name(number)}"


def history_of(folder: str, lineage: Lineage) -> list[Evaluated]:
    """The held-out samples of the first model and of each round that is done."""
    return [evaluated(folder, number) for number in range(len(lineage.rounds) + bool(lineage.evaluation))]


def evaluated(folder: str, number: int) -> Evaluated:
    """Raises StoreError where that evaluation is not there."""
    by_task = _held_out(folder, number)
    judged = {task: [one for one in own if one.score is not None] for task, own in by_task.items()}
    return Evaluated(
        round=number,
        rates={task: (sum(map(is_right, own)), len(own)) for task, own in judged.items()},
        monitors=monitors(list(by_task.values()), best=_best(folder, number)),
    )


def is_over(history: Sequence[Evaluated], config: RoundsConfig) -> bool:
    return stopped(history, config.patience)


def told_of(folder: str, lineage: Lineage) -> Loop:
    """Everything that the report shows. Raises ConfigError where another version of Taskmill wrote the loop down."""
    config = checked(dict(lineage.config), RoundsConfig)
    history = history_of(folder, lineage)
    by_number: Mapping[int, Round] = {each.number: each for each in lineage.rounds}
    return Loop(
        rounds=tuple(_round(folder, config, each, by_number.get(each.round)) for each in history),
        plans=tuple(_cells(read_plan(folder, each.number)) for each in lineage.rounds),
        pilots=tuple(_pilot(each.grid, each.chosen) for each in lineage.rounds),
        warned=tuple((each.round, each.rule, each.sentence) for each in warnings_of(history)),
        asked=config.rounds,
        ended=len(lineage.rounds) < config.rounds and is_over(history, config),
    )


def _round(folder: str, config: RoundsConfig, told: Evaluated, done: Round | None) -> LoopRound:
    """A line of the report: the first model's has held-out samples alone."""
    scores = _scores(folder, told.round)
    seen = told.monitors
    own = None if done is None else load_run(f"{folder}/{round_name(told.round)}")
    settings = None if own is None else config_of(own)
    return LoopRound(
        number=told.round,
        model=config.begun_from.name if done is None else done.checkpoint.revision,
        made=_rows(own, "tasks", Task),
        unique=_rows(own, "unique", Task),
        in_band=_in_band(own),
        trained=0 if done is None else sum(shard.rows for shard in done.trained_on),
        rollouts=_rows(own, "rollouts", Rollout),
        piloted=0
        if done is None or not done.grid
        else _rows(load_run(_pilot_run(folder, told.round)), "pilot", Rollout),
        temperature=config.sampling.temperature if settings is None else settings.sampling.temperature,
        group_size=_group_size(settings),
        pass_at_1=seen.pass_at.get(1),
        low=scores.low,
        high=scores.high,
        most=max(seen.pass_at, default=1),
        pass_at_most=seen.pass_at[max(seen.pass_at)] if seen.pass_at else None,
        vote=seen.vote,
        best=seen.best,
        variety=seen.variety,
        right_variety=seen.right_variety,
        distinct=seen.distinct,
        balance=seen.balance,
        exploration=seen.exploration,
        exploitation=seen.exploitation,
    )


def _held_out(folder: str, number: int) -> dict[str, list[Rollout]]:
    run = load_run(f"{folder}/{evaluation_name(number)}")
    stage = run.sealed("rollouts", Rollout)
    if stage is None:
        raise StoreError(f"{run.url} has no finished rollouts: go on with `taskmill rounds`, then ask again")
    by_task: dict[str, list[Rollout]] = defaultdict(list)
    for rollout in stage.records():
        by_task[rollout.task_id].append(rollout)
    return dict(by_task)


def _scores(folder: str, number: int) -> Scores:
    told = msgspec.json.decode(read_whole(f"{folder}/{evaluation_name(number)}/scores.json"), type=list[Scores])
    return next((each for each in told if each.split == HELD_OUT), scores_of([], [])[0])


def _best(folder: str, number: int) -> float | None:
    """What the process reward model's favourites come to, where there is one."""
    path = Path(folder) / evaluation_name(number) / "choices.json"
    if not path.exists():
        return None
    choices = msgspec.json.decode(path.read_bytes(), type=dict[str, Choices])[HELD_OUT]
    return next((way.right for way in choices.ways if way.way == "best" and way.by == "least"), None)


def _pilot_run(folder: str, number: int) -> str:
    return f"{folder}/pilot-{number:02}"


def _rows(run: Run | None, name: str, record: type[msgspec.Struct]) -> int:
    stage = None if run is None else run.sealed(name, record)
    return 0 if stage is None else sum(info.rows for info in stage.shards())


def _in_band(run: Run | None) -> int:
    stage = None if run is None else run.sealed("difficulty", Difficulty)
    return 0 if stage is None else sum(each.decision == "in_band" for each in stage.records())


def _group_size(settings: RunConfig | None) -> int | None:
    return None if settings is None or settings.train is None else settings.train.group_size


def _cells(plan: Sequence[Allotment]) -> tuple[LoopCell, ...]:
    return tuple(
        LoopCell(
            name=f"{cell.family} {cell.level}" if cell.level else cell.family,
            tasks=cell.count,
            failed=None if cell.course is None else cell.course.failure,
            accuracy=None if cell.course is None else cell.course.accuracy,
            slope=None if cell.course is None else cell.course.slope,
            expected=cell.expected,
            weak=cell.weak,
        )
        for cell in plan
    )


def _pilot(grid: Sequence[Tried], chosen: Tried | None) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            temperature=each.temperature,
            samples=each.samples,
            balance=each.balance,
            pass_at_1=each.pass_at_1,
            chosen=each == chosen,
        )
        for each in grid
    )
